"""The statements of the timer: what is due, held with its incident; work begun, ended, parked.

An incident is held before anything of it, as by every request, and never waited for: what another holds is left to it.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any
from uuid import UUID as Id

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Executable,
    Integer,
    Select,
    Text,
    any_,
    bindparam,
    column,
    delete,
    exists,
    func,
    insert,
    literal_column,
    select,
    update,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import UUID as PgUUID
from sqlalchemy.dialects.postgresql import aggregate_order_by, distinct_on
from sqlalchemy.orm import aliased

from app.command.move.queries import ladders, target_centre
from app.command.queries import rows_of
from app.command.record.queries import obj, one, record_columns
from app.command.timer.workflow import MOST_TRIES
from app.core.db import Hot, Session
from app.core.outbox import Event
from app.identity.models import Organisation
from app.identity.workflow import Actor
from app.incident.models import Incident, RunningClock, Task
from app.incident.queries import seen_by
from app.incident.request.models import Request
from app.supervision.models import ClockAction, SupervisionOrder, Trial
from app.supervision.workflow import Due

UUID = PgUUID(as_uuid=True)
I = Incident  # noqa: E741  # the subject of every line below
ORDER_SHOWN = tuple(column.name for column in SupervisionOrder.__table__.c)
WINDOW = 8
"""How many times a batch is looked through for incidents that nobody holds."""


def _due(kind: Due) -> Select[Any]:
    """What is due of a kind: its id, its incident, and since when."""
    match kind:
        case Due.CLOCK:
            c = RunningClock
            return _listed(c.id, c.incident_id, c.acts_at).where(c.acts_at <= func.now(), c.paused_at.is_(None))
        case Due.ORDER:
            o = SupervisionOrder
            return _listed(o.id, o.incident_id, o.acts_at).where(o.acts_at <= func.now())
        case Due.TASK:
            t, open_ = Task, Task.state.in_([literal_column("'offered'"), literal_column("'accepted'")])
            return _listed(t.id, t.incident_id, t.due_at).where(t.due_at <= func.now(), open_, t.card.is_(None))
        case Due.REQUEST:
            r, asked = Request, Request.state == literal_column("'asked'")
            return _listed(r.id, r.incident_id, r.expires_at).where(r.expires_at <= func.now(), asked)
        case Due.SUSPENSION:
            suspended = I.status == literal_column("'suspended'")
            return _listed(I.id, I.id, I.suspended_until).where(I.suspended_until <= func.now(), suspended)


def _listed(subject_id: Any, incident_id: Any, at: Any) -> Select[Any]:
    columns = (subject_id.label("subject_id"), incident_id.label("incident_id"), at.label("at"))
    return select(*columns).order_by(at)


def _fresh(kind: Due) -> Executable:
    """What is due and was not begun, one of an incident, the incidents held; the longest overdue first."""
    inner, batch = _due(kind), bindparam("batch", type_=Integer)
    begun = exists().where(Trial.kind == literal_column(f"'{kind}'"), Trial.subject_id == inner.selected_columns[0])
    due = inner.where(~begun.correlate_except(Trial)).limit(batch * WINDOW).subquery()
    first = select(due).ext(distinct_on(due.c.incident_id)).order_by(due.c.incident_id, due.c.at).subquery()
    return _held(first).order_by(first.c.at).limit(batch)


def _doubtful(kind: Due) -> Executable:
    """The same of one that was begun before and has not come to its end, after a while that grows with its tries."""
    waited = Trial.at <= func.now() - Trial.tries * literal_column("interval '1 second'")
    begun = (
        select(Trial.subject_id, Trial.incident_id, Trial.at, Trial.tries)
        .where(Trial.kind == literal_column(f"'{kind}'"), Trial.parked_at.is_(None), waited)
        .order_by(Trial.at)
        .limit(WINDOW)
        .subquery()
    )
    return _held(begun).add_columns(begun.c.tries).order_by(begun.c.at).limit(1)


def _held(found: Any) -> Select[Any]:
    # A worker that waits gives up before the database looks for a deadlock: no request ever fails for it.
    patience = func.set_config(literal_column("'lock_timeout'"), literal_column("'200ms'"), literal_column("true"))
    return (
        select(found.c.subject_id, found.c.incident_id, patience)
        .join(I, I.id == found.c.incident_id)
        .with_for_update(of=I, key_share=True, skip_locked=True)
    )


FRESH = {kind: Hot(partial(_fresh, kind)) for kind in Due}
DOUBTFUL = {kind: Hot(partial(_doubtful, kind)) for kind in Due}


def _orders() -> ColumnElement[Any]:
    """The orders on an incident that were not lifted."""
    o = SupervisionOrder
    shown = obj(**{name: o.__table__.c[name] for name in ORDER_SHOWN})
    listed = func.coalesce(func.json_agg(aggregate_order_by(shown, o.id)), literal_column("'[]'::json"))
    return one(listed).where(o.incident_id == I.id, o.state != literal_column("'lifted'")).scalar_subquery()


def _loading() -> Executable:
    """The incidents that are held, with everything that showing them and deciding about them needs."""
    ids = bindparam("ids", type_=ARRAY(UUID))
    columns = (*record_columns(), ladders(), target_centre().label("target"), _orders().label("orders"))
    return select(*columns).where(I.id == any_(ids))


LOAD = Hot(_loading)


def _beginning() -> Executable:
    """Count a try of each, before anything else is done about it."""
    given = rows_of("begun", column("subject_id", UUID), column("incident_id", UUID))
    kind = bindparam("kind", type_=Text)
    rows = select(kind, given.c.subject_id, given.c.incident_id, literal_column("1"))
    names = ["kind", "subject_id", "incident_id", "tries"]
    put = postgresql.insert(Trial).from_select(names, rows, include_defaults=False)
    again = {"tries": Trial.tries + literal_column("1"), "at": func.now()}
    return put.on_conflict_do_update(index_elements=["kind", "subject_id"], set_=again).returning(Trial.tries)


def _of_kind(ids: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    subjects = bindparam(ids, type_=ARRAY(UUID))
    return Trial.kind == bindparam("kind", type_=Text), Trial.subject_id == any_(subjects)


BEGIN = Hot(_beginning)
END = Hot(lambda: delete(Trial).where(*_of_kind("ids")).returning(Trial.tries))
FORGIVE = Hot(lambda: update(Trial).where(*_of_kind("ids")).values(tries=1).returning(Trial.tries))
"""It failed because another was quicker, which is nobody's fault."""
FAIL = Hot(
    lambda: update(Trial).where(*_of_kind("ids")).values(error=bindparam("error", type_=Text)).returning(Trial.tries)
)


def _parking() -> Executable:
    """Park what was begun often enough, and tell the log, for the incident's centre."""
    enough = Trial.tries >= literal_column(str(MOST_TRIES))
    parked = (
        update(Trial)
        .where(*_of_kind("ids"), enough, Trial.parked_at.is_(None))
        .values(parked_at=func.now())
        .returning(Trial.kind, Trial.subject_id, Trial.incident_id, Trial.error, Trial.tries)
        .cte("parked")
    )
    payload = func.jsonb_build_object(
        literal_column("'kind'"), parked.c.kind, literal_column("'subject_id'"), parked.c.subject_id,
        literal_column("'incident_id'"), parked.c.incident_id, literal_column("'tries'"), parked.c.tries,
        literal_column("'centre_id'"), I.commanding_centre_id,
        literal_column("'error'"), parked.c.error,
    )  # fmt: skip
    scope = func.array_remove(postgresql.array([I.home_centre_id, I.lead_department_id]), None)
    rows = select(literal_column("'clock.parked'"), parked.c.subject_id, scope, payload)
    rows = rows.join(I, I.id == parked.c.incident_id)
    told = insert(Event).from_select(["topic", "subject_id", "scope", "payload"], rows, include_defaults=False)
    return select(parked.c.subject_id).add_cte(told.cte("told"))


PARK = Hot(_parking)


async def wake(session: Session, centre_id: Id) -> int:
    """Let the worker look at every clock that goes at a centre or below: other ladders may hold now; says how many.

    A clock that somebody is changing is armed by whoever does.
    """
    c, place = RunningClock, aliased(Organisation)
    below = select(I.id).join(place, place.id == I.commanding_centre_id).where(place.lineage.contains([centre_id]))
    going = (c.state.in_(("running", "breached")), c.ended_at.is_(None), c.paused_at.is_(None), c.is_current)
    found = select(c.id).where(*going, c.incident_id.in_(below.where(I.closed_at.is_(None))))
    held = found.with_for_update(skip_locked=True, of=c)
    woken = update(c).where(c.id.in_(held)).values(acts_at=func.least(c.acts_at, func.now())).returning(c.id)
    return len((await session.execute(woken)).all())


CLOCK_NOW = Hot(lambda: select(func.clock_timestamp().label("wall")))


async def actions(session: Session, incident_id: Id) -> Sequence[Any]:
    """The steps that an incident's clocks have climbed, in order."""
    a, c = ClockAction, RunningClock
    statement = select(a, c.kind, c.round).join(c, c.id == a.clock_id).where(a.incident_id == incident_id)
    return (await session.execute(statement.order_by(a.at, c.kind, a.step))).all()


async def parked(session: Session, caller: Actor, after: Id | None, limit: int) -> Sequence[Any]:
    """Parked work of incidents the caller may see, one more than asked for."""
    parked = Trial.parked_at.is_not(None)
    statement = select(Trial, I.number).join(I, I.id == Trial.incident_id).where(parked, seen_by(caller))
    if after is not None:
        statement = statement.where(Trial.subject_id > after)
    return (await session.execute(statement.order_by(Trial.subject_id).limit(limit + 1))).all()


async def parked_held(session: Session, caller: Actor, kind: Due, subject_id: Id) -> Any | None:
    """One piece of parked work with who commands its incident, held until commit."""
    statement = select(Trial, I.number, I.commanding_centre_id).join(I, I.id == Trial.incident_id)
    this = (Trial.kind == kind.value, Trial.subject_id == subject_id, Trial.parked_at.is_not(None))
    return (await session.execute(statement.where(*this, seen_by(caller)).with_for_update(of=Trial))).one_or_none()


async def forget(session: Session, trial: Trial) -> None:
    """Let parked work be begun anew."""
    await session.delete(trial)
    await session.flush()
