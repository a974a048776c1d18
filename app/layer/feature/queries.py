"""The statements of features: a page of a collection as finished GeoJSON texts, or one feature."""

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import (
    Boolean,
    ColumnElement,
    DateTime,
    Double,
    Executable,
    Integer,
    LargeBinary,
    Select,
    String,
    Text,
    and_,
    bindparam,
    cast,
    column,
    func,
    literal_column,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import UUID as PgUUID
from sqlalchemy.sql.selectable import Subquery

from app.core.db import Hot
from app.core.geo import SRID
from app.layer.crs.queries import drawn
from app.layer.feature.workflow import Asked, Order
from app.layer.filter.queries import Queryable
from app.layer.filter.workflow import Kind
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
    source = SOURCES[form.collection]().subquery("s")
    by = (source.c[one.name].label(f"by_{number}") for number, one in enumerate(form.order))
    found = select(source.c.id, feature(source, form).label("feature"), *by)
    found = found.where(*conditions(source, form, filtered))
    if form.one:
        return found
    paged = found.order_by(*ordering(source, form)).limit(bindparam("limit", type_=Integer))
    return paged.offset(bindparam("offset", type_=Integer))


def count(form: Form, filtered: Filter | None = None) -> Executable:
    """How many features there are, counted no further than `most`."""
    source = SOURCES[form.collection]().subquery("s")
    found: Select[Any] = select(literal_column("1")).select_from(source).where(*conditions(source, form, filtered))
    few = found.limit(bindparam("most", type_=Integer)).subquery()
    return select(func.count().label("n")).select_from(few)


def queryables(collection: str, column_of: Callable[[str], Any]) -> dict[str, Queryable]:
    """What a filter may name."""
    known = COLLECTIONS[collection].properties
    named = {one.name: Queryable(one.kind, column_of(one.name)) for one in known}
    return named | {"geometry": Queryable(Kind.GEOMETRY, column_of("geometry"))}


def judge(collection: str, filtered: Filter) -> None:
    """Refuse a filter that makes no sense for what a collection has, before anything is looked up.

    Raises:
        InvalidFilter.
    """
    filtered(queryables(collection, column))


def ordering(source: Subquery, form: Form) -> Iterator[ColumnElement[Any]]:
    """By what is asked for, then by id."""
    for one in form.order:
        by = source.c[one.name]
        yield by.desc().nulls_last() if one.descending else by.asc().nulls_last()
    yield source.c.id


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


def conditions(source: Subquery, form: Form, filtered: Filter | None = None) -> Iterator[ColumnElement[bool]]:
    """What a feature must be to be among those asked for."""
    if filtered is not None:
        yield filtered(queryables(form.collection, source.c.__getitem__))
    if form.one:
        yield source.c.id == ID
    if form.after is not None:
        yield _beyond(source, form, form.after)
    if form.bbox:
        yield _meets(source.c.geometry, form)
    if form.timed:
        at = source.c[COLLECTIONS[form.collection].time[0]]
        begin, until = (bindparam(name, type_=DateTime(timezone=True)) for name in ("begin", "until"))
        yield and_(at >= begin, at <= until)
    for number, name in enumerate(form.equal):
        yield source.c[name] == bindparam(f"equal_{number}", type_=_type(form, name))


def _beyond(source: Subquery, form: Form, is_null: tuple[bool, ...]) -> ColumnElement[bool]:
    """The feature comes after the last of the page before: nulls come last, whichever way it is sorted."""
    beyond: ColumnElement[bool] = source.c.id > ID
    for number, one in reversed(list(enumerate(form.order))):
        by = source.c[one.name]
        if is_null[number]:
            beyond = and_(by.is_(None), beyond)
            continue
        last = bindparam(f"by_{number}", type_=_type(form, one.name))
        further = by < last if one.descending else by > last
        beyond = or_(further, by.is_(None), and_(by == last, beyond))
    return beyond


def _type(form: Form, name: str) -> Any:
    known = COLLECTIONS[form.collection].named(name)
    assert known is not None, "only what is known is asked for"  # noqa: S101  # a programming error
    return TYPES[known.kind]


def _meets(geometry: Any, form: Form) -> ColumnElement[bool]:
    """The geometry meets the box: many a shape surely, since its own box lies within, else looked at exactly."""
    box = func.ST_GeomFromWKB(bindparam("box", type_=LargeBinary), SRID)
    meets: ColumnElement[bool] = func.ST_Intersects(geometry, box)
    if form.bbox == "wraps" or COLLECTIONS[form.collection].shape is Shape.POINT:
        return meets
    return and_(geometry.op("&&")(box), or_(geometry.op("@")(box), meets))
