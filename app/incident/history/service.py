"""Looking at what has happened to an incident, and leaving a note."""

from uuid import UUID

from app.core import outbox
from app.core.db import Session
from app.core.ids import uuid7
from app.identity.workflow import Actor, Right
from app.incident.history import queries
from app.incident.history.schemas import (
    MoveOut,
    NoteIn,
    NoteOut,
)
from app.incident.models import IncidentNote
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
