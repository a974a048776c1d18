"""The page of incidents as one statement: the newest of each centre the caller reaches, and of their own, merged.

The centres come in one list and each is read by its own index (`LATERAL`), so a street and a district page cost alike
and neither sorts what it does not show. What makes an incident visible alone makes it stand in the list as well.
"""

from collections.abc import Callable
from enum import StrEnum
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    DateTime,
    Double,
    Executable,
    Integer,
    Select,
    SmallInteger,
    Text,
    and_,
    any_,
    bindparam,
    exists,
    false,
    func,
    literal_column,
    or_,
    select,
    true,
    tuple_,
    union,
)
from sqlalchemy.dialects.postgresql import UUID as PgUUID
from sqlalchemy.orm import aliased

from app.agency.models import Centre
from app.catalogue.models import Category
from app.command.record.queries import callers_patrols, category_json, cell_json, centre_json, has_child, involved, obj
from app.core.db import Hot
from app.core.geo import SRID
from app.dispatch.models import Assignment
from app.grid.models import Area, GridCell
from app.identity.models import Organisation
from app.incident.models import Incident, Task
from app.incident.queries import LINK_GRANT, my_patrols, readable, sent_to, visible
from app.roster.models import Patrol

UUID = PgUUID(as_uuid=True)
I = aliased(Incident)  # noqa: E741  # the subject of every line below
AT = DateTime(timezone=True)
FOUND: tuple[Any, ...] = (I.id, I.reported_at)
METRES_A_DEGREE = 111_320.0


def _p(name: str, kind: Any) -> Any:
    return bindparam(name, type_=kind)


def _text(name: str) -> Any:
    return bindparam(name, type_=Text)


def _near() -> ColumnElement[bool]:
    here = func.ST_SetSRID(func.ST_MakePoint(_p("near_lon", Double), _p("near_lat", Double)), SRID)
    degrees = _p("near_m", Double) / METRES_A_DEGREE
    wide = degrees / func.greatest(func.cos(func.radians(_p("near_lat", Double)), type_=Double), literal_column("0.01"))
    box = func.ST_Expand(here, wide, degrees)
    return and_(I.location.op("&&")(box), func.ST_DistanceSphere(I.location, here) <= _p("near_m", Double))


def _within_area() -> ColumnElement[bool]:
    area, above = aliased(Area), aliased(Area)
    return I.area_id.in_(select(area.id).join(above, above.id == any_(area.lineage)).where(above.code == _text("area")))


def _assigned_to() -> ColumnElement[bool]:
    held, patrol = aliased(Assignment), aliased(Patrol)
    named = or_(patrol.code == _text("patrol"), func.cast(patrol.id, Text) == _text("patrol"))
    found = select(held.incident_id).join(patrol, patrol.id == held.patrol_id).where(named)
    return I.id.in_(found.where(held.is_active | held.is_stacked))


def _live() -> ColumnElement[bool]:
    held = aliased(Assignment)
    return exists().where(held.incident_id == I.id, held.is_active | held.is_stacked).correlate_except(held)


def _box() -> ColumnElement[bool]:
    corners = (_p(name, Double) for name in ("west", "south", "east", "north"))
    return I.location.op("&&")(func.ST_MakeEnvelope(*corners, SRID))


def _text_search() -> ColumnElement[bool]:
    pattern = func.concat("%", _text("q"), "%")
    return or_(I.description.ilike(pattern), I.title.ilike(pattern), I.number.ilike(pattern))


def _coded(column: Any, model: Any, name: str) -> ColumnElement[bool]:
    found: ColumnElement[bool] = column.in_(select(model.id).where(model.code == _text(name)))
    return found


def _commanded_by() -> ColumnElement[bool]:
    """One centre, not one of several: so its newest come in the order of its index."""
    named = aliased(Organisation)
    found: ColumnElement[bool] = (
        I.commanding_centre_id == select(named.id).where(named.code == _text("centre")).scalar_subquery()
    )
    return found


CONDITIONS: dict[str, Callable[[], ColumnElement[bool]]] = {
    "status": lambda: I.status == any_(_p("status", ARRAY(Text))),
    "open": lambda: I.closed_at.is_(None),
    "ended": lambda: I.closed_at.is_not(None),
    "level": lambda: I.commanding_centre_id.in_(select(Centre.id).where(Centre.level == _p("level", SmallInteger))),
    "centre": _commanded_by,
    "area": _within_area,
    "cell": lambda: _coded(I.cell_id, aliased(GridCell), "cell"),
    "category": lambda: _coded(I.category_id, aliased(Category), "category"),
    "domain": lambda: I.category_id.in_(select(Category.id).where(Category.domain == _text("domain"))),
    "department": lambda: _coded(I.lead_department_id, aliased(Organisation), "department"),
    "patrol": _assigned_to,
    "priority": lambda: I.priority == any_(_p("priority", ARRAY(SmallInteger))),
    "source": lambda: I.source == _text("source"),
    "external_ref": lambda: I.external_ref == _text("external_ref"),
    "number": lambda: I.number == _text("number"),
    "overdue": lambda: and_(I.closed_at.is_(None), I.due_at < func.now()),
    "in_time": lambda: or_(I.closed_at.is_not(None), I.due_at.is_(None), I.due_at >= func.now()),
    "unassigned": lambda: ~_live(),
    "assigned": _live,
    "bbox": _box,
    "near": _near,
    "reported_from": lambda: I.reported_at >= _p("reported_from", AT),
    "reported_to": lambda: I.reported_at < _p("reported_to", AT),
    "q": _text_search,
}
SELECTIVE = frozenset({"bbox", "near", "q", "external_ref", "number", "cell", "patrol", "centre"})
"""Filters that find few rows by an index of their own: with one of these the page is found by it, not by time."""


class Reach(StrEnum):
    """By what the caller sees incidents beside their own: the centres reached, departments too, or nothing else."""

    CENTRES = "centres"
    DEPARTMENTS = "departments"
    PERSON = "person"


def _page(chosen: frozenset[str], *, newest: bool, after: bool, by: Reach) -> Select[Any]:
    """The ids of a page in order."""
    place = tuple_(I.reported_at, I.id)
    order = (I.reported_at.desc(), I.id.desc()) if newest else (I.reported_at, I.id)
    wanted = [CONDITIONS[name]() for name in sorted(chosen)]
    if after:
        edge = tuple_(_p("after_at", AT), _p("after_id", UUID))
        wanted.append(place < edge if newest else place > edge)
    limit = _p("limit", Integer)
    if chosen & SELECTIVE:
        return select(*FOUND).where(visible(I), *wanted).order_by(*order).limit(limit)
    parts = [part.where(*wanted).order_by(*order).limit(limit) for part in _own()]
    if by is not Reach.PERSON:
        parts.append(_of_each("centres", I.home_centre_id, wanted, order))
    if by is Reach.DEPARTMENTS:
        called = select(LINK_GRANT.c.incident_id).where(
            LINK_GRANT.c.department_id == any_(_p("departments", ARRAY(UUID))), readable()
        )
        parts.append(_of_each("departments", I.lead_department_id, wanted, order))
        parts.append(select(*FOUND).where(I.id.in_(called), *wanted).order_by(*order).limit(limit))
    together = union(*(select(part.subquery()) for part in parts)).subquery("together")
    return select(together.c.id, together.c.reported_at).order_by(*_like(order, together)).limit(limit)


def _own() -> list[Select[Any]]:
    """What is the caller's own: reported, sent to, or to be looked at by them or their crew. Each has its index."""
    me = _p("actor_id", UUID)
    found = select(*FOUND)
    held = [found.where(I.task_account_id == me), found.where(I.task_patrol_id.in_(my_patrols(me)))]
    return [found.where(I.reporter_id == me), found.where(sent_to(I.id, me)), *held]


def _of_each(name: str, column: Any, wanted: list[Any], order: tuple[Any, ...]) -> Select[Any]:
    """The first of each of several places, found by its own index."""
    one = func.unnest(_p(name, ARRAY(UUID))).table_valued("id").render_derived(name=f"of_{name}")
    limit = _p("limit", Integer)
    of_one = select(*FOUND).where(column == one.c.id, *wanted).order_by(*order).limit(limit)
    found = of_one.lateral(f"{name}_first")
    merged = select(found.c.id, found.c.reported_at).select_from(one).join(found, true())
    return merged.order_by(*_like(order, found)).limit(limit)


def _like(order: tuple[Any, ...], of: Any) -> tuple[Any, ...]:
    """The same order of the same columns, of what was found."""
    is_newest = order[0] is not I.reported_at
    return (of.c.reported_at.desc(), of.c.id.desc()) if is_newest else (of.c.reported_at, of.c.id)


def _shown() -> ColumnElement[Any]:
    """An incident of a list as JSON, all but what the caller may do."""
    names = (
        "id", "version", "number", "status", "round", "rework_count", "title", "description", "priority", "source",
        "external_ref", "occurred_at", "reported_at", "created_at", "updated_at", "status_since", "closed_at", "due_at",
        "self_handled", "force_closed", "suspended_until",
    )  # fmt: skip
    return obj(
        **{name: getattr(I, name) for name in names},
        level=select(Centre.level)
        .where(Centre.id == I.commanding_centre_id)
        .correlate_except(Centre)
        .scalar_subquery(),
        overdue=func.coalesce(and_(I.closed_at.is_(None), I.due_at < func.now()), false()),
        location=obj(
            type=literal_column("'Point'"),
            coordinates=func.json_build_array(func.ST_X(I.location), func.ST_Y(I.location)),
        ),
        category=category_json(I.category_id),
        cell=cell_json(I.cell_id),
        home_centre=centre_json(I.home_centre_id),
        commanding_centre=centre_json(I.commanding_centre_id),
    )


def _list(chosen: frozenset[str], *, newest: bool, after: bool, by: Reach) -> Executable:
    page = _page(chosen, newest=newest, after=after, by=by).subquery("page")
    order = (page.c.reported_at.desc(), page.c.id.desc()) if newest else (page.c.reported_at, page.c.id)
    command = aliased(Organisation)
    rules = aliased(Category)
    centre = aliased(Centre)
    task = select(Task.kind).where(Task.id == I.task_id).correlate_except(Task).scalar_subquery()
    facts: list[Any] = [
        I.id,
        I.reported_at,
        I.status,
        I.commanding_centre_id,
        command.parent_id,
        has_child(command.id).label("has_child"),
        involved(I).label("is_involved"),
        I.is_returned,
        centre.settings.op("->>")("acceptors_may_register").label("acceptors_register"),
        (I.reporter_id == _p("actor_id", UUID)).label("is_reporter"),
        I.lead_patrol_id,
        I.lead_department_id,
        I.task_patrol_id,
        I.task_account_id,
        task.label("task_kind"),
        or_(rules.rules.op("->>")("desk_check_allowed") == literal_column("'true'"), I.self_handled).label(
            "desk_check"
        ),
        callers_patrols().label("my_patrols"),
    ]
    return (
        select(_shown().label("shown"), *facts)
        .select_from(page)
        .join(I, I.id == page.c.id)
        .join(command, command.id == I.commanding_centre_id)
        .join(centre, centre.id == I.commanding_centre_id)
        .outerjoin(rules, rules.id == I.category_id)
        .order_by(*order)
    )


@lru_cache(maxsize=256)
def listing(chosen: frozenset[str], *, newest: bool, after: bool, by: Reach) -> Hot:
    """The statement for these filters; the same filters share one prepared statement."""
    return Hot(lambda: _list(chosen, newest=newest, after=after, by=by))
