"""What an incident shows on a board, as one JSON value: itself, its limits, crews, departments, and what is asked.

Names that may change later are left out for codes that stay: a fact about a centre then touches no incident.
"""

from typing import Any

from sqlalchemy import ColumnElement, Select, func, literal_column, or_, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import aliased

from app.agency.models import Centre
from app.command.record.queries import category_json, obj
from app.dispatch.models import Assignment
from app.grid.models import GridCell
from app.identity.models import Organisation
from app.incident.models import Incident, RunningClock, Task
from app.incident.request.models import Request
from app.linkage.models import Summons, Whistle
from app.roster.models import Patrol
from app.supervision.models import SupervisionOrder

I = Incident  # noqa: E741  # the subject of every line below
SUMMARY = 200


def named(organisation_id: Any) -> ColumnElement[Any]:
    """An organisation's code."""
    o = aliased(Organisation)
    return select(o.code).where(o.id == organisation_id).correlate_except(o).scalar_subquery()


def point(column: Any) -> ColumnElement[Any]:
    """A point as GeoJSON."""
    return obj(type=literal_column("'Point'"), coordinates=func.json_build_array(func.ST_X(column), func.ST_Y(column)))


def _many(of: Any, shown: Any, *conditions: Any, order: tuple[Any, ...] | None = None) -> ColumnElement[Any]:
    """The parts of an incident of one kind as a JSON list."""
    rows = func.json_agg(aggregate_order_by(shown, *(order or (of.id,))))
    found: Select[Any] = select(func.coalesce(rows, literal_column("'[]'::json")))
    return found.where(of.incident_id == I.id, *conditions).correlate_except(of).scalar_subquery()


def _some(of: Any, *names: str, **more: Any) -> ColumnElement[Any]:
    return obj(**{name: getattr(of, name) for name in names}, **more)


def _clocks() -> ColumnElement[Any]:
    c = RunningClock
    shown = _some(c, "kind", "summons_id", "state", "started_at", "due_at", "paused_at", "card")
    return _many(c, shown, c.is_current, c.ended_at.is_(None), order=(c.started_at, c.kind, c.id))


def _crews() -> ColumnElement[Any]:
    a = aliased(Assignment)
    patrol = select(Patrol.code).where(Patrol.id == a.patrol_id).correlate_except(Patrol).scalar_subquery()
    shown = _some(a, "id", "version", "state", "is_stacked", "offered_at", "accepted_at", "arrived_at", patrol=patrol)
    return _many(a, shown, or_(a.is_active, a.is_stacked))


def _summons() -> ColumnElement[Any]:
    s = aliased(Summons)
    names = (
        "id", "version", "whistle_id", "role", "is_required", "state", "called_at", "acknowledged_at", "arrived_at",
        "is_late", "waived_reason",
    )  # fmt: skip
    return _many(s, _some(s, *names, department=named(s.department_id)), s.state != literal_column("'released'"))


def _whistles() -> ColumnElement[Any]:
    w = aliased(Whistle)
    shown = _some(w, "id", "version", "kind", "blown_at", "arrive_by", centre=named(w.centre_id))
    return _many(w, shown, w.state == literal_column("'blown'"))


def _requests() -> ColumnElement[Any]:
    r = aliased(Request)
    names = ("id", "version", "kind", "asker_role", "reason", "hours", "until", "created_at", "expires_at")
    return _many(r, _some(r, *names), r.state == literal_column("'asked'"))


def _orders() -> ColumnElement[Any]:
    o = aliased(SupervisionOrder)
    places = {"centre": named(o.centre_id), "target": named(o.target_id)}
    shown = _some(o, "id", "version", "grade", "reason", "opened_at", "reply_due_at", **places)
    return _many(o, shown, o.state == literal_column("'open'"))


def _task() -> ColumnElement[Any]:
    t = aliased(Task)
    shown = _some(t, "id", "version", "kind", "state", "due_at", "card")
    return select(shown).where(t.id == I.task_id).correlate_except(t).scalar_subquery()


def incident_json() -> ColumnElement[Any]:
    """An open incident."""
    names = (
        "id", "version", "number", "status", "status_since", "round", "title", "priority", "source", "reported_at",
        "due_at", "suspended_until", "is_returned",
    )  # fmt: skip
    level = select(Centre.level).where(Centre.id == I.commanding_centre_id).correlate_except(Centre).scalar_subquery()
    cell = select(GridCell.code).where(GridCell.id == I.cell_id).correlate_except(GridCell).scalar_subquery()
    patrol = select(Patrol.code).where(Patrol.id == I.lead_patrol_id).correlate_except(Patrol).scalar_subquery()
    return _some(
        I,
        *names,
        summary=func.left(I.description, SUMMARY),
        location=point(I.location),
        category=category_json(I.category_id),
        cell=cell,
        home_centre=named(I.home_centre_id),
        commanding_centre=named(I.commanding_centre_id),
        level=level,
        lead_patrol=patrol,
        lead_department=named(I.lead_department_id),
        clocks=_clocks(),
        crews=_crews(),
        task=_task(),
        whistles=_whistles(),
        summons=_summons(),
        requests=_requests(),
        orders=_orders(),
    )
