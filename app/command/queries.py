"""The one statement that writes a change of an incident with everything that belongs to it."""

from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Double,
    Executable,
    Insert,
    Integer,
    SmallInteger,
    Text,
    Update,
    bindparam,
    column,
    func,
    insert,
    literal_column,
    select,
    true,
    update,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import BYTEA, JSONB, distinct_on
from sqlalchemy.dialects.postgresql import UUID as PgUUID
from sqlalchemy.sql.selectable import CTE, TableValuedAlias

from app.core.db import Base, Hot
from app.core.geo import SRID
from app.core.once import StoredAnswer
from app.core.outbox import Event
from app.dispatch.models import Assignment
from app.incident.clock.models import ClockEntry
from app.incident.contact.models import Reporter
from app.incident.models import Incident, IncidentMove, RunningClock, Task
from app.incident.request.models import Request
from app.linkage.models import LinkGrant, Summons, SummonsEntry, Whistle
from app.supervision.models import ClockAction, SupervisionEntry, SupervisionOrder

UUID = PgUUID(as_uuid=True)
SET_ON_INSERT = ("number", "source", "external_ref", "occurred_at", "reporter_id", "root_centre_id")
KEPT = {"id", "version", "created_at", "updated_at", "reported_at", "location", *SET_ON_INSERT}
CHANGING: tuple[str, ...] = tuple(c.name for c in Incident.__table__.columns if c.name not in KEPT)
"""The columns of an incident that a change may set; all of them are written each time."""


def rows_of(name: str, *columns: ColumnElement[Any]) -> TableValuedAlias:
    """A JSON list of objects given as one parameter, as rows."""
    listed = func.jsonb_to_recordset(bindparam(name, type_=JSONB))
    return listed.table_valued(*columns).render_derived(f"new_{name}", with_types=True)


def _like(model: type[Base], *names: str) -> list[ColumnElement[Any]]:
    """Columns named and typed as a table's."""
    table = model.__table__
    return [column(name, table.c[name].type) for name in names]


def _after(first: CTE | None) -> ColumnElement[bool]:
    """True, once the part named has written all its rows: otherwise the parts of one statement have no order."""
    if first is None:
        return true()
    return select(func.count() >= literal_column("0")).select_from(first).scalar_subquery()


def insert_rows(model: type[Base], name: str, *names: str, after: CTE | None = None) -> Insert:
    """Insert the rows of a list given as one parameter."""
    given = rows_of(name, *_like(model, *names))
    rows = select(*(given.c[n] for n in names)).where(_after(after))
    return insert(model).from_select(list(names), rows, include_defaults=False)


def update_rows(model: type[Base], name: str, *names: str, after: CTE | None = None) -> Update:
    """Change rows, found by id, to those of a list given as one parameter."""
    table = model.__table__
    given = rows_of(name, *_like(model, *names))
    values: dict[str, Any] = {n: given.c[n] for n in names if n != "id"}
    if "version" in table.c:
        values = {"version": table.c.version + literal_column("1")} | values | {"updated_at": func.now()}
    return update(model).where(table.c.id == given.c.id, _after(after)).values(values)


MOVE = (
    "incident_id", "seq", "action", "from_status", "to_status", "actor_id", "role", "centre_id", "from_centre_id",
    "note", "details", "evidence", "seconds_in_state", "overdue",
)  # fmt: skip
CLOCK = (
    "id", "incident_id", "summons_id", "kind", "state", "is_current", "round", "level", "amount", "limit_amount",
    "unit", "basis", "started_at", "due_at", "paused_at", "ended_at", "rung_share", "rung_min", "acts_at", "card",
)  # fmt: skip
CLOCK_CHANGE = (
    "id", "state", "is_current", "amount", "limit_amount", "unit", "due_at", "paused_at", "ended_at",
    "rung_share", "rung_min", "acts_at", "card",
)  # fmt: skip
CLOCK_ENTRY = ("clock_id", "seq", "what", "at", "due_at", "details")
TASK = ("id", "incident_id", "kind", "state", "patrol_id", "account_id", "due_at", "card")
TASK_CHANGE = ("id", "state", "account_id", "result", "reason", "reported_by", "reported_at", "card")
ASSIGNMENT = (
    "id", "version", "incident_id", "patrol_id", "state", "is_active", "is_stacked", "offered_at", "distance_m",
    "override_reason",
)  # fmt: skip
ASSIGNMENT_CHANGE = (
    "id", "state", "is_active", "is_stacked", "accepted_at", "departed_at", "arrived_at", "ended_at", "reason",
    "observed",
)  # fmt: skip
REQUEST = (
    "id", "version", "incident_id", "kind", "state", "round", "asked_by", "asker_role", "reason", "reason_code",
    "hours", "until", "expires_at",
)  # fmt: skip
REQUEST_CHANGE = ("id", "state", "decided_by", "decided_at", "decision_note", "is_misdispatch")
WHISTLE = ("id", "version", "incident_id", "kind", "state", "note", "centre_id", "blown_by", "blown_at", "arrive_by")
WHISTLE_CHANGE = ("id", "version", "state", "closed_at", "closed_by")
SUMMONS_CHANGE = (
    "id", "version", "role", "is_required", "state", "state_since", "called_at", "acknowledged_at", "arrived_at",
    "arrived_m", "observed_at", "arrival_waiver", "is_late", "done_at", "ended_at", "ended_by", "measures",
    "waived_reason",
)  # fmt: skip
SUMMONS = (*SUMMONS_CHANGE, "incident_id", "whistle_id", "department_id", "centre_id")
SUMMONS_ENTRY = (
    "summons_id", "seq", "action", "from_state", "to_state", "actor_id", "role", "note", "details", "at",
    "seconds_in_state", "overdue",
)  # fmt: skip
LINK = ("incident_id", "department_id", "starts_at", "ends_at", "read_until")
OFTEN = (
    "moves", "clocks", "clock_changes", "clock_entries", "tasks", "task_changes", "assignments", "assignment_changes",
    "assignment_ends", "requests", "request_changes", "events", "contacts",
)  # fmt: skip
RARE = (
    "whistles", "whistle_changes", "summons", "summons_changes", "summons_entries", "links", "orders", "order_changes",
    "order_entries", "clock_actions",
)  # fmt: skip
"""What few changes write: those go by the longer form of the writing statement."""
LISTS = (*OFTEN, *RARE)
CONTACT = ("incident_id", "name", "phone", "email")
EVENT = ("topic", "subject_id", "subject_version", "scope", "payload")
ORDER = (
    "id", "version", "incident_id", "target_id", "centre_id", "clock_id", "grade", "state", "reason", "opened_by",
    "opened_at", "reply_due_at", "acts_at",
)  # fmt: skip
ORDER_CHANGE = (
    "id", "centre_id", "grade", "state", "reply_due_at", "acts_at", "answer", "answered_by", "answered_at",
)  # fmt: skip
ORDER_ENTRY = ("order_id", "seq", "action", "grade", "account_id", "role", "note", "reply_due_at")
CLOCK_ACTION = ("clock_id", "due_at", "share", "after_min", "step", "incident_id", "state", "acts", "skipped", "late_s")


def _beside(change: CTE) -> list[CTE]:
    """What is written beside the incident's row, each from one list that may be empty.

    Where one row takes the place of another in a unique index, the part that frees the place comes first.
    """
    clocks = update_rows(RunningClock, "clock_changes", *CLOCK_CHANGE).returning(RunningClock.id).cte("clocks_changed")
    ended = update_rows(Assignment, "assignment_ends", *ASSIGNMENT_CHANGE)
    freed = ended.returning(Assignment.id, Assignment.patrol_id).cte("assignments_ended")
    return [
        change,
        clocks,
        freed,
        insert_rows(IncidentMove, "moves", *MOVE).cte("moved"),
        insert_rows(RunningClock, "clocks", *CLOCK, after=clocks).cte("clocks_started"),
        insert_rows(ClockEntry, "clock_entries", *CLOCK_ENTRY).cte("clocks_told"),
        update_rows(Task, "task_changes", *TASK_CHANGE).cte("tasks_changed"),
        insert_rows(Task, "tasks", *TASK).cte("tasks_made"),
        update_rows(Assignment, "assignment_changes", *ASSIGNMENT_CHANGE, after=freed).cte("assignments_changed"),
        insert_rows(Assignment, "assignments", *ASSIGNMENT, after=freed).cte("assignments_made"),
        update_rows(Request, "request_changes", *REQUEST_CHANGE).cte("requests_changed"),
        insert_rows(Request, "requests", *REQUEST).cte("requests_made"),
        insert_rows(Event, "events", *EVENT).cte("logged"),
        _moved_up(freed),
    ]


def _linked() -> list[CTE]:
    """What is written of whistles and summons. A department that is called again gets its grant back."""
    changed = update_rows(Summons, "summons_changes", *SUMMONS_CHANGE).returning(Summons.id).cte("summons_changed")
    given = rows_of("links", *_like(LinkGrant, *LINK))
    link = postgresql.insert(LinkGrant).from_select(list(LINK), select(*given.c), include_defaults=False)
    anew = {name: link.excluded[name] for name in ("ends_at", "read_until")}
    return [
        _whistles(),
        update_rows(Whistle, "whistle_changes", *WHISTLE_CHANGE).cte("whistles_changed"),
        changed,
        insert_rows(Summons, "summons", *SUMMONS, after=changed).cte("summons_made"),
        insert_rows(SummonsEntry, "summons_entries", *SUMMONS_ENTRY).cte("summons_logged"),
        link.on_conflict_do_update(index_elements=["incident_id", "department_id"], set_=anew).cte("linked"),
    ]


def _whistles() -> CTE:
    given = rows_of("whistles", *_like(Whistle, *WHISTLE), column("lon", Double), column("lat", Double))
    place = func.ST_SetSRID(func.ST_MakePoint(given.c.lon, given.c.lat), SRID)
    rows = select(*(given.c[name] for name in WHISTLE), place)
    return insert(Whistle).from_select([*WHISTLE, "place"], rows, include_defaults=False).cte("whistles_made")


def _supervised() -> list[CTE]:
    """What is written of supervision orders, and of what clocks did."""
    return [
        insert_rows(SupervisionOrder, "orders", *ORDER).cte("orders_opened"),
        update_rows(SupervisionOrder, "order_changes", *ORDER_CHANGE).cte("orders_changed"),
        insert_rows(SupervisionEntry, "order_entries", *ORDER_ENTRY).cte("orders_noted"),
        insert_rows(ClockAction, "clock_actions", *CLOCK_ACTION).cte("clocks_acted"),
    ]


def _moved_up(freed: CTE) -> CTE:
    """What waited longest behind a freed patrol becomes its active assignment."""
    waiting = (
        select(Assignment.id)
        .ext(distinct_on(Assignment.patrol_id))
        .where(Assignment.is_stacked, Assignment.patrol_id.in_(select(freed.c.patrol_id)))
        .where(Assignment.id.not_in(select(freed.c.id)))
        .order_by(Assignment.patrol_id, Assignment.offered_at, Assignment.id)
    )
    values = {"is_active": True, "is_stacked": False, "version": Assignment.version + 1, "updated_at": func.now()}
    return update(Assignment).where(Assignment.id.in_(waiting)).values(values).cte("moved_up")


def _given(name: str) -> ColumnElement[Any]:
    return bindparam(name, type_=Incident.__table__.c[name].type)


def _point() -> ColumnElement[Any]:
    return func.ST_SetSRID(func.ST_MakePoint(bindparam("lon", type_=Double), bindparam("lat", type_=Double)), SRID)


def answered() -> CTE:
    """The answer, stored with the effect of the request it belongs to."""
    values = {
        "principal_id": bindparam("actor_id", type_=UUID),
        "key": bindparam("key", type_=Text),
        "fingerprint": bindparam("fingerprint", type_=BYTEA),
        "status": bindparam("answer_status", type_=SmallInteger),
        "etag": bindparam("answer_etag", type_=Text),
        "body": bindparam("answer_body", type_=Text),
    }
    return insert(StoredAnswer).values(values).cte("answered")


def _change(*, moves_place: bool = False, whole: bool = False, answers: bool = True) -> Executable:
    """Write an incident's changing columns and everything beside it."""
    values: dict[str, Any] = {name: _given(name) for name in CHANGING}
    values |= {"version": bindparam("version", type_=Integer), "updated_at": func.now()}
    if moves_place:
        values["location"] = _point()
    changed = update(Incident).where(Incident.id == bindparam("id", type_=UUID)).values(values)
    rare = (*_linked(), *_supervised()) if whole else ()
    parts = [*_beside(changed.cte("changed")), *rare, *([answered()] if answers else ())]
    return select(literal_column("1")).add_cte(*parts)


def _filing(*, linked: bool) -> Executable:
    """Write a new incident and everything beside it."""
    values: dict[str, Any] = {name: _given(name) for name in (*CHANGING, *SET_ON_INSERT, "id")}
    values |= {"version": bindparam("version", type_=Integer), "location": _point()}
    contact = rows_of("contacts", *_like(Reporter, *CONTACT))
    reporter = insert(Reporter).from_select(list(CONTACT), select(*contact.c), include_defaults=False)
    filed = insert(Incident).values(values).cte("filed")
    parts = [*_beside(filed), *(_linked() if linked else ()), reporter.cte("reporter_kept"), answered()]
    return select(literal_column("1")).add_cte(*parts)


class Writing(NamedTuple):
    """A writing statement in two forms: with what most changes write, and with the rest as well."""

    often: Hot
    whole: Hot


CHANGE = Writing(Hot(_change), Hot(lambda: _change(whole=True)))
AMEND = Writing(Hot(lambda: _change(moves_place=True)), Hot(lambda: _change(moves_place=True, whole=True)))
FILE = Writing(Hot(lambda: _filing(linked=False)), Hot(lambda: _filing(linked=True)))
BY_CLOCK = Hot(lambda: _change(whole=True, answers=False))
"""A change that nobody asked for: the clock's."""
