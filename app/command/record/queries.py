"""How an incident is read: one row with everything that showing it and deciding about it needs."""

from typing import Any

from sqlalchemy import (
    ColumnElement,
    Executable,
    Select,
    bindparam,
    case,
    exists,
    false,
    func,
    literal_column,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import UUID as PgUUID
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import aliased

from app.agency.models import Centre
from app.catalogue.models import Category, Standard
from app.catalogue.queries import calendar_json, calendar_of_centre
from app.core.db import Hot
from app.dispatch.models import Assignment
from app.grid.models import Area, GridCell
from app.identity.models import Organisation
from app.identity.workflow import Role
from app.incident.evidence.models import Evidence
from app.incident.models import Incident, IncidentMove, RunningClock, Task
from app.incident.queries import visible
from app.incident.request.models import Request
from app.linkage.models import Summons, Whistle
from app.roster.models import CrewMember, Patrol, Shift
from app.roster.queries import ON_DUTY, SEATED

UUID = PgUUID(as_uuid=True)
I = Incident  # noqa: E741  # the subject of every line below
COMMANDED = (Role.ACCEPTOR, Role.SHIFT_LEADER, Role.DISPATCHER, Role.LEADER)
HANDLED = (Role.TEAM_LEADER, Role.DEPARTMENT_DESK, Role.DEPARTMENT_HANDLER)
TOOK_PART: list[ColumnElement[str]] = [literal_column(f"'{role.value}'") for role in (*COMMANDED, *HANDLED)]


def one(*columns: Any) -> Select[Any]:
    """A correlated look-up by key, to be used as a value."""
    return select(*columns)


def obj(**members: Any) -> ColumnElement[Any]:
    """A JSON object."""
    parts: list[Any] = []
    for name, value in members.items():
        parts += [literal_column(f"'{name}'"), value]
    return func.json_build_object(*parts)


def centre_json(centre_id: Any) -> ColumnElement[Any]:
    """A centre as it is shown: code, name, level."""
    o = Organisation
    shown = obj(id=Centre.id, code=o.code, name=o.name, name_en=o.name_en, level=Centre.level)
    found = one(shown).join(Organisation, Organisation.id == Centre.id).where(Centre.id == centre_id)
    return found.correlate_except(Centre, Organisation).scalar_subquery()


def category_json(category_id: Any) -> ColumnElement[Any]:
    """A category as it is shown."""
    shown = obj(code=Category.code, name=Category.name, name_en=Category.name_en, domain=Category.domain)
    return one(shown).where(Category.id == category_id).correlate_except(Category).scalar_subquery()


def cell_json(cell_id: Any) -> ColumnElement[Any]:
    """A cell as it is shown."""
    shown = obj(id=GridCell.id, code=GridCell.code, kind=GridCell.kind)
    return one(shown).where(GridCell.id == cell_id).scalar_subquery()


def standard_json(standard: Any) -> ColumnElement[Any]:
    """A standard with its limits."""
    return obj(
        id=standard.id,
        code=standard.code,
        filing_condition=standard.filing_condition,
        filing_condition_en=standard.filing_condition_en,
        closing_condition=standard.closing_condition,
        closing_condition_en=standard.closing_condition_en,
        limits=standard.limits,
    )


def callers_patrols() -> ColumnElement[Any]:
    """The patrols the caller is on duty with: read once a statement, whatever the number of rows."""
    mine = select(func.array_agg(Shift.patrol_id)).join(CrewMember, CrewMember.shift_id == Shift.id)
    mine = mine.where(CrewMember.account_id == bindparam("actor_id", type_=UUID), ON_DUTY, SEATED)
    return mine.scalar_subquery()


def _clocks() -> ColumnElement[Any]:
    c = RunningClock
    names = (
        "id", "summons_id", "kind", "state", "round", "level", "amount", "limit_amount", "unit", "started_at", "due_at",
        "paused_at", "ended_at", "rung_share", "rung_min", "acts_at", "card",
    )  # fmt: skip
    shown = obj(**{name: getattr(c, name) for name in names})
    listed = func.coalesce(func.json_agg(aggregate_order_by(shown, c.started_at, c.kind)), literal_column("'[]'::json"))
    return one(listed).where(c.incident_id == I.id, c.is_current).scalar_subquery()


def _assignments() -> ColumnElement[Any]:
    a = Assignment
    names = (
        "id", "version", "patrol_id", "state", "is_active", "is_stacked", "offered_at", "accepted_at", "departed_at",
        "arrived_at", "ended_at", "distance_m", "observed",
    )  # fmt: skip
    shown = obj(**{name: getattr(a, name) for name in names}, patrol=Patrol.code, patrol_name=Patrol.name)
    listed = func.coalesce(func.json_agg(aggregate_order_by(shown, a.offered_at, a.id)), literal_column("'[]'::json"))
    return one(listed).join(Patrol, Patrol.id == a.patrol_id).where(a.incident_id == I.id).scalar_subquery()


def _evidence() -> ColumnElement[Any]:
    e = Evidence
    listed = func.json_agg(obj(id=e.id, kind=e.kind, at=e.created_at, distance_m=_metres(e.location, I.location)))
    return one(listed).where(Evidence.incident_id == I.id).scalar_subquery()


def _metres(one_place: Any, other: Any) -> ColumnElement[Any]:
    return func.ST_DistanceSphere(one_place, other)


def _requests() -> ColumnElement[Any]:
    r = Request
    names = (
        "id", "version", "kind", "state", "round", "asked_by", "asker_role", "reason", "reason_code", "hours", "until",
        "expires_at", "created_at", "decided_at", "decision_note", "is_misdispatch",
    )  # fmt: skip
    shown = obj(**{name: getattr(r, name) for name in names})
    listed = func.coalesce(func.json_agg(aggregate_order_by(shown, r.id)), literal_column("'[]'::json"))
    return one(listed).where(r.incident_id == I.id).scalar_subquery()


def _task() -> ColumnElement[Any]:
    names = ("id", "version", "kind", "state", "due_at", "card")
    shown = obj(**{name: getattr(Task, name) for name in names})
    return one(shown).where(Task.id == I.task_id).scalar_subquery()


def _summons() -> ColumnElement[Any]:
    s, o = Summons, aliased(Organisation)
    names = (
        "id", "version", "whistle_id", "department_id", "centre_id", "role", "is_required", "state", "state_since",
        "called_at", "acknowledged_at", "arrived_at", "arrived_m", "observed_at", "arrival_waiver", "is_late",
        "done_at", "ended_at", "ended_by", "measures", "waived_reason",
    )  # fmt: skip
    department = obj(id=o.id, code=o.code, name=o.name, name_en=o.name_en)
    shown = obj(**{name: getattr(s, name) for name in names}, department=department)
    listed = func.coalesce(func.json_agg(aggregate_order_by(shown, s.id)), literal_column("'[]'::json"))
    return one(listed).join(o, o.id == s.department_id).where(s.incident_id == I.id).scalar_subquery()


def _whistles() -> ColumnElement[Any]:
    w, o = Whistle, aliased(Organisation)
    names = ("id", "version", "kind", "state", "note", "centre_id", "blown_at", "arrive_by", "closed_at")
    place = {"lon": func.ST_X(w.place), "lat": func.ST_Y(w.place)}
    shown = obj(**{name: getattr(w, name) for name in names}, **place, centre=o.code)
    listed = func.coalesce(func.json_agg(aggregate_order_by(shown, w.id)), literal_column("'[]'::json"))
    return one(listed).join(o, o.id == w.centre_id).where(w.incident_id == I.id).scalar_subquery()


def involved(incident: Any) -> ColumnElement[Any]:
    """Whether the caller commanded or handled this incident; looked at only while it is being checked."""
    me = bindparam("actor_id", type_=UUID)
    moved = exists().where(
        IncidentMove.incident_id == incident.id, IncidentMove.actor_id == me, IncidentMove.role.in_(TOOK_PART)
    )
    went: Select[Any] = (
        select(literal_column("1"))
        .select_from(Assignment)
        .join(Shift, Shift.patrol_id == Assignment.patrol_id)
        .join(CrewMember, CrewMember.shift_id == Shift.id)
        .where(Assignment.incident_id == incident.id, CrewMember.account_id == me, Assignment.accepted_at.is_not(None))
        .where(CrewMember.during.contains(Assignment.accepted_at), Shift.signed_on_at.is_not(None))
    )
    checking = incident.status == literal_column("'checking'")
    return case((checking, or_(moved, exists(went))), else_=false())


def has_child(centre_id: Any) -> ColumnElement[bool]:
    """A centre has centres under it."""
    under = aliased(Organisation)
    return (
        exists().where(under.parent_id == centre_id, under.kind == literal_column("'centre'")).correlate_except(under)
    )


def record_columns() -> list[ColumnElement[Any]]:
    """Everything that showing an incident and deciding about it needs, beside its own columns."""
    command = aliased(Organisation)
    commanding = select(Centre).where(Centre.id == I.commanding_centre_id)
    seen, master = aliased(Incident), aliased(Incident)
    return [
        *(column for column in I.__table__.c if column.name != "location"),
        func.now().label("now"),
        func.ST_X(I.location).label("lon"),
        func.ST_Y(I.location).label("lat"),
        one(seen.updated_at).where(seen.id == I.id).scalar_subquery().label("seen_at"),
        category_json(I.category_id).label("category"),
        one(Category.rules).where(Category.id == I.category_id).scalar_subquery().label("rules"),
        one(standard_json(Standard)).where(Standard.id == I.standard_id).scalar_subquery().label("standard"),
        cell_json(I.cell_id).label("cell"),
        one(GridCell.places).where(GridCell.id == I.cell_id).scalar_subquery().label("places"),
        centre_json(I.commanding_centre_id).label("commanding_centre"),
        centre_json(I.home_centre_id).label("home_centre"),
        commanding.with_only_columns(Centre.settings).scalar_subquery().label("settings"),
        calendar_of_centre(I.commanding_centre_id).label("calendar_id"),
        one(Area.lineage).where(Area.id == I.area_id).scalar_subquery().label("area_lineage"),
        one(command.lineage).where(command.id == I.commanding_centre_id).scalar_subquery().label("lineage"),
        one(command.parent_id).where(command.id == I.commanding_centre_id).scalar_subquery().label("parent_id"),
        has_child(I.commanding_centre_id).label("has_child"),
        one(Patrol.code).where(Patrol.id == I.lead_patrol_id).scalar_subquery().label("lead_patrol"),
        one(Organisation.code)
        .where(Organisation.id == I.lead_department_id)
        .scalar_subquery()
        .label("lead_department"),
        one(master.number).where(master.id == I.master_id, visible(master)).scalar_subquery().label("master_number"),
        _clocks().label("clocks"),
        _assignments().label("assignments"),
        _evidence().label("evidence"),
        _task().label("task"),
        _requests().label("requests"),
        _summons().label("summons"),
        _whistles().label("whistles"),
        callers_patrols().label("my_patrols"),
        involved(I).label("is_involved"),
    ]


def _one_incident() -> Executable:
    """One incident this caller may see."""
    return select(*record_columns()).where(I.id == bindparam("id", type_=UUID), visible())


GET = Hot(_one_incident)


def _calendar() -> Executable:
    return select(calendar_json(bindparam("calendar_id", type_=UUID)).label("calendar"))


CALENDAR = Hot(_calendar)
