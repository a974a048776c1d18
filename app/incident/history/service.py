"""Looking at what has happened to an incident, and leaving a note."""

from datetime import datetime
from uuid import UUID

from app.catalogue.calendar.service import calendar_of_centre
from app.catalogue.workflow import Limit, NoWorkingTime, Stretch, Unit, WorkCalendar
from app.core import outbox
from app.core.db import Session
from app.core.ids import uuid7
from app.identity.workflow import Actor, Right
from app.incident.history import queries
from app.incident.history.schemas import ClockOut, ClocksOut, MoveOut, NoteIn, NoteOut, StretchOut
from app.incident.models import IncidentNote, RunningClock
from app.incident.queries import now
from app.incident.service import audience, require_right, role_at, seen

MOVE = (
    "seq",
    "action",
    "from_status",
    "to_status",
    "role",
    "note",
    "details",
    "evidence",
    "at",
    "seconds_in_state",
    "overdue",
)
CLOCK = (
    "id", "kind", "state", "is_current", "round", "level", "amount", "unit", "started_at", "due_at", "paused_at",
    "ended_at",
)  # fmt: skip


async def timeline(session: Session, caller: Actor, incident_id: UUID, after: int, limit: int) -> list[MoveOut]:
    """The moves of an incident in order, one more than asked for."""
    await seen(session, caller, incident_id)
    return [
        MoveOut(
            **{name: getattr(row.IncidentMove, name) for name in MOVE},
            actor=row.username,
            centre=row.centre,
            from_centre=row.from_centre,
        )
        for row in await queries.moves(session, incident_id, after, limit)
    ]


async def clocks(session: Session, caller: Actor, incident_id: UUID) -> ClocksOut:
    """Every clock of an incident with the time that counts for it."""
    incident = await seen(session, caller, incident_id)
    calendar = await calendar_of_centre(session, incident.commanding_centre_id)
    at: datetime = await now(session)
    rows = await queries.clocks(session, incident_id)
    return ClocksOut(now=at, time_zone=calendar.zone.key, items=[_explained(row, calendar, at) for row in rows])


def _explained(clock: RunningClock, calendar: WorkCalendar, at: datetime) -> ClockOut:
    stretches = _stretches(clock, calendar)
    reached = stretches[-1].ends_at if stretches else clock.due_at
    return ClockOut(
        **{name: getattr(clock, name) for name in CLOCK},
        overdue=clock.due_at < (clock.ended_at or clock.paused_at or at),
        added_s=(clock.due_at - reached).total_seconds(),
        stretches=[StretchOut(**stretch._asdict()) for stretch in stretches],
    )


def _stretches(clock: RunningClock, calendar: WorkCalendar) -> list[Stretch]:
    try:
        return calendar.explain(clock.started_at, Limit(amount=clock.amount, unit=Unit(clock.unit)))
    except NoWorkingTime:
        return []  # the calendar has changed since the clock was started


async def notes(session: Session, caller: Actor, incident_id: UUID, after: UUID | None, limit: int) -> list[NoteOut]:
    """The notes of an incident in the order they were left, one more than asked for."""
    await seen(session, caller, incident_id)
    return [_shown(row.IncidentNote, row.username) for row in await queries.notes(session, incident_id, after, limit)]


async def leave_note(session: Session, caller: Actor, incident_id: UUID, body: NoteIn) -> NoteOut:
    """Leave a note, of an ended incident too. The incident itself does not change, nor its version."""
    incident = await seen(session, caller, incident_id)
    places = await audience(session, incident)
    require_right(caller, places, Right.INCIDENTS_ACT)
    note = IncidentNote(
        id=uuid7(),
        incident_id=incident.id,
        account_id=caller.account_id,
        role=role_at(caller, incident, places).value,
        note=body.note,
    )
    session.add(note)
    await session.flush()
    await session.refresh(note)
    outbox.record(session, "incident.noted", incident.id, places, note_id=str(note.id))
    return _shown(note, caller.username)


def _shown(note: IncidentNote, username: str) -> NoteOut:
    return NoteOut(id=note.id, actor=username, role=note.role, note=note.note, at=note.at)  # type: ignore[arg-type]  # checked by the table
