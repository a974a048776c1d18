"""The statements of features: a page of a collection as finished GeoJSON texts, or one feature."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import (
    ARRAY,
    Boolean,
    ColumnElement,
    DateTime,
    Double,
    Executable,
    Integer,
    Label,
    LargeBinary,
    Select,
    String,
    Text,
    and_,
    any_,
    bindparam,
    cast,
    column,
    func,
    literal,
    literal_column,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.dialects.postgresql import UUID as PgUUID
from sqlalchemy.sql.base import ColumnCollection
from sqlalchemy.sql.selectable import Subquery

from app.core.db import Hot
from app.core.geo import SRID
from app.incident.workflow import OPEN
from app.layer.crs.queries import drawn
from app.layer.feature.workflow import Asked, Order
from app.layer.filter.queries import Queryable
from app.layer.filter.workflow import Kind
from app.layer.incident import queries as incidents
from app.layer.queries import SOURCES
from app.layer.workflow import COLLECTIONS, Shape, When

TYPES: dict[Kind, Any] = {
    Kind.STRING: String,
    Kind.INTEGER: Integer,
    Kind.NUMBER: Double,
    Kind.BOOLEAN: Boolean,
    Kind.INSTANT: DateTime(timezone=True),
    Kind.UUID: PgUUID(as_uuid=True),
}
Filter = Callable[[Mapping[str, Queryable]], ColumnElement[bool]]
"""A condition, when it is told what it may name."""
LIMIT, OFFSET = bindparam("limit", type_=Integer), bindparam("offset", type_=Integer)
Columns = ColumnCollection[str, Any]
ID = bindparam("id", type_=PgUUID(as_uuid=True))


class Form(NamedTuple):
    """What a statement looks like, apart from its values: those of one form are compiled and prepared once.

    `after` says of each property of `order` whether the page before ended where it has no value.
    """

    collection: str
    srid: int = 0
    properties: tuple[str, ...] | None = None
    order: tuple[Order, ...] = ()
    equal: tuple[str, ...] = ()
    bbox: str = ""
    timed: bool = False
    after: tuple[bool, ...] | None = None
    one: bool = False

    @classmethod
    def of(cls, collection: str, asked: Asked) -> "Form":
        """The form of the statement that answers this."""
        return cls(
            collection,
            asked.srid,
            asked.properties,
            asked.order,
            tuple(name for name, _ in asked.equal),
            "" if asked.box is None else "wraps" if asked.box.wraps else "plain",
            asked.interval is not None and COLLECTIONS[collection].when is When.INSTANT,
            None if asked.after is None else tuple(part is None for part in asked.after[:-1]),
        )

    @property
    def names(self) -> tuple[str, ...]:
        """The properties that features have: all of the collection's, unless some are asked for."""
        known = COLLECTIONS[self.collection].properties
        return tuple(one.name for one in known) if self.properties is None else self.properties


@lru_cache(maxsize=256)
def hot_count(form: Form) -> Hot:
    """How many features a form without a filter of its own finds."""
    return Hot(lambda: count(form))


@lru_cache(maxsize=512)
def hot(form: Form) -> Hot:
    """The statement of a form without a filter of its own."""
    return Hot(lambda: statement(form))


def statement(form: Form, filtered: Filter | None = None) -> Executable:
    """Features by the order asked for, else by their ids; each as `id, feature`, the GeoJSON text, and `by_…`."""
    if form.collection == "incidents" and not form.one:
        return _incidents(form, filtered)
    source = (incidents.whole() if form.collection == "incidents" else SOURCES[form.collection]()).subquery("s")
    by = _by(source.c, form)
    found = select(source.c.id, feature(source, form).label("feature"), *by)
    found = found.where(*conditions(source.c, form, filtered))
    return found if form.one else found.order_by(*_order(by, source.c.id, form)).limit(LIMIT).offset(OFFSET)


def _incidents(form: Form, filtered: Filter | None) -> Executable:
    """The first of each way in which incidents are seen, merged; and only what is on the page is written out."""

    def first(of: Select[Any]) -> Select[Any]:
        c = of.selected_columns
        by = _by(c, form)
        found = of.with_only_columns(c.id, *by).where(*conditions(c, form, filtered))
        return found.order_by(*_order(by, c.id, form)).limit(LIMIT + OFFSET)

    at_centres, *otherwise = incidents.parts()
    if [one.name for one in form.order] == ["reported_at"]:
        place, there = incidents.at_each_centre()
        newest = first(there).lateral("newest")
        ways = [select(*newest.c).select_from(place).join(newest, true()), *map(first, otherwise)]
    else:
        ways = [first(at_centres), *map(first, otherwise)]
    merged = union_all(*(select(way.subquery()) for way in ways)).subquery("merged")
    page = select(merged).order_by(*_order(list(merged.c)[1:], merged.c.id, form)).limit(LIMIT).offset(OFFSET)
    shown, source = page.subquery("shown"), incidents.told().subquery("s")
    by = list(shown.c)[1:]
    found = select(source.c.id, feature(source, form).label("feature"), *by)
    return found.join(shown, shown.c.id == source.c.id).order_by(*_order(by, source.c.id, form))


def count(form: Form, filtered: Filter | None = None) -> Executable:
    """How many features there are, counted no further than `most`."""
    of = incidents.parts() if form.collection == "incidents" else [select(SOURCES[form.collection]().subquery("s"))]
    one: Any = literal_column("1").label("one")
    found = (
        part.with_only_columns(one, maintain_column_froms=True).where(
            *conditions(part.selected_columns, form, filtered)
        )
        for part in of
    )
    few = select(union_all(*found).subquery("all")).limit(bindparam("most", type_=Integer)).subquery("few")
    return select(func.count().label("n")).select_from(few)


def queryables(collection: str, column_of: Callable[[str], Any]) -> dict[str, Queryable]:
    """What a filter may name."""
    known = COLLECTIONS[collection].properties
    named = {one.name: Queryable(one.kind, _plain(column_of(one.name))) for one in known}
    return named | {"geometry": Queryable(Kind.GEOMETRY, _plain(column_of("geometry")))}


def judge(collection: str, filtered: Filter) -> None:
    """Refuse a filter that makes no sense for what a collection has, before anything is looked up.

    Raises:
        InvalidFilter.
    """
    filtered(queryables(collection, column))


def _plain(told: Any) -> Any:
    """A column without the name that it is given among what is selected."""
    return told.element if isinstance(told, Label) else told


def _by(c: Columns, form: Form) -> list[Any]:
    """What the page is ordered by."""
    return [_plain(c[one.name]).label(f"by_{number}") for number, one in enumerate(form.order)]


def ordering(source: Subquery, form: Form) -> Iterator[Any]:
    """By what is asked for, then by id."""
    return _order(_by(source.c, form), source.c.id, form)


def _order(by: Sequence[Any], feature_id: Any, form: Form) -> Iterator[Any]:
    """The order of these columns: nulls come last, whichever way it is."""
    for told, one in zip(by, form.order, strict=True):
        way = told.desc() if one.descending else told.asc()
        yield way if _is_never_empty(form, one.name) else way.nulls_last()
    yield feature_id


def _is_never_empty(form: Form, name: str) -> bool:
    return form.collection == "incidents" and name in incidents.NEVER_EMPTY


def feature(source: Subquery, form: Form, *, east_first: bool = False) -> ColumnElement[Any]:
    """A finished feature, its axes as the authority orders them, or east first."""
    names = form.names
    properties: Any = literal_column("'{}'")
    if names:
        row = select(*(source.c[name] for name in names)).correlate(source).subquery("p")
        properties = cast(select(func.row_to_json(literal_column("p"))).select_from(row).scalar_subquery(), Text)
    return func.concat(
        '{"type":"Feature","id":"',
        source.c.id,
        '","geometry":',
        func.coalesce(drawn(source.c.geometry, form.srid, east_first=east_first), "null"),
        ',"properties":',
        properties,
        "}",
        type_=Text,
    )


def conditions(c: Columns, form: Form, filtered: Filter | None) -> Iterator[ColumnElement[bool]]:
    """What a feature must be to be among those asked for."""
    if form.one:
        yield c.id == ID
    if form.after is not None:
        yield from _beyond(c, form, form.after)
    if form.bbox:
        yield _meets(_plain(c.geometry), form)
    if form.timed:
        at = _plain(c[COLLECTIONS[form.collection].time[0]])
        begin, until = (bindparam(name, type_=DateTime(timezone=True)) for name in ("begin", "until"))
        yield and_(at >= begin, at <= until)
    for number, name in enumerate(form.equal):
        yield from equal(c, form.collection, name, bindparam(f"equal_{number}", type_=_type(form, name)))
    if filtered is not None:
        yield filtered(queryables(form.collection, c.__getitem__))


def equal(c: Columns, collection: str, name: str, value: Any) -> Iterator[ColumnElement[bool]]:
    """The property has this value, told in a way that an index can be used for."""
    yield _plain(c[name]) == value
    if (collection, name) == ("incidents", "status"):
        yield _plain(c.is_open) == (value == any_(literal(sorted(OPEN), ARRAY(Text))))


def _beyond(c: Columns, form: Form, is_null: tuple[bool, ...]) -> Iterator[ColumnElement[bool]]:
    """The feature comes after the last of the page before: nulls come last, whichever way it is sorted."""
    beyond: ColumnElement[bool] = c.id > ID
    for number, one in reversed(list(enumerate(form.order))):
        by = _plain(c[one.name])
        if is_null[number]:
            beyond = and_(by.is_(None), beyond)
            continue
        last = bindparam(f"by_{number}", type_=_type(form, one.name))
        further = by < last if one.descending else by > last
        if _is_never_empty(form, one.name):
            beyond = or_(further, and_(by == last, beyond))
        else:
            beyond = or_(further, by.is_(None), and_(by == last, beyond))
        if number == 0 and _is_never_empty(form, one.name):
            yield by <= last if one.descending else by >= last  # where an index begins
    yield beyond


def _type(form: Form, name: str) -> Any:
    known = COLLECTIONS[form.collection].named(name)
    assert known is not None, "only what is known is asked for"  # noqa: S101  # a programming error
    return TYPES[known.kind]


def _meets(geometry: Any, form: Form) -> ColumnElement[bool]:
    """The geometry meets the box: many a shape surely, since its own box lies within, else looked at exactly.

    Of the overlap alone the database can tell beforehand how many it will find: without it, it takes them for a third.
    """
    box = func.ST_GeomFromWKB(bindparam("box", type_=LargeBinary), SRID)
    meets: ColumnElement[bool] = func.ST_Intersects(geometry, box)
    if form.bbox == "wraps":
        return meets
    if COLLECTIONS[form.collection].shape is not Shape.POINT:
        meets = or_(geometry.op("@")(box), meets)
    return and_(geometry.op("&&")(box), meets)
