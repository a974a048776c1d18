"""Looking at what has happened to an incident, and leaving a note."""

from typing import Any, ClassVar
from uuid import UUID

from app.core import outbox
from app.core.db import Lane, Session
from app.core.ids import uuid7
from app.identity.service import Forbidden
from app.identity.workflow import SENIORITY, Actor, Right, Role
from app.incident.history import queries
from app.incident.history.models import IncidentNote
from app.incident.history.schemas import MoveOut, NoteIn, NoteOut
from app.incident.history.workflow import TABLE, By, NoteKind, NoteRow, role_for
from app.incident.models import Incident
from app.incident.service import IncidentEnded, audience, require_right, role_at, seen

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
MASTER = "master"
"""What the details of a merge call the incident that it was merged into."""


async def timeline(session: Session, caller: Actor, incident_id: UUID, after: int, limit: int) -> list[MoveOut]:
    """The moves of an incident in order, one more than asked for; a master that is out of sight is not named."""
    await seen(session, caller, incident_id)
    rows = await queries.moves(session, incident_id, after, limit)
    masters = {row.IncidentMove.details[MASTER] for row in rows if MASTER in row.IncidentMove.details}
    known = await queries.seen_numbers(session, caller, masters) if masters else masters
    return [
        MoveOut(
            **{name: getattr(row.IncidentMove, name) for name in MOVE if name != "details"},
            details={name: said for name, said in row.IncidentMove.details.items() if name != MASTER or said in known},
            actor=row.username,
            centre=row.centre,
            from_centre=row.from_centre,
        )
        for row in rows
    ]


class NotYours(Forbidden):
    """A note of this kind is left by others."""

    members: ClassVar[dict[str, Any]] = {"roles": ["leader"], "by": By.ABOVE.value}


async def notes(session: Session, caller: Actor, incident_id: UUID, after: UUID | None, limit: int) -> list[NoteOut]:
    """The notes of an incident in the order they were left, one more than asked for."""
    await seen(session, caller, incident_id)
    return [_shown(row.IncidentNote, row.username) for row in await queries.notes(session, incident_id, after, limit)]


async def leave_note(session: Session, caller: Actor, incident_id: UUID, body: NoteIn) -> NoteOut:
    """Leave a note, of an ended incident too. The incident itself does not change, nor its version.

    Raises:
        NotYours: 催办 and 公开答复 are for who commands, 批示 for who stands strictly above, 补充 for who reported.
        IncidentEnded: nobody is urged or instructed any more.
    """
    incident, row = await seen(session, caller, incident_id), TABLE[body.kind]
    places = await audience(session, incident)
    require_right(caller, places, Right.INCIDENTS_ACT)
    role = role_at(caller, incident, places) if row.by in (By.ANYBODY, By.REPORTER) else _role(caller, incident, row)
    if row.by is By.REPORTER and incident.reporter_id != caller.account_id:
        raise NotYours(f"Left by {row.by}.", roles=[], by=row.by)
    said = {"kind": body.kind.value, "note": body.note, "role": role.value}
    note = IncidentNote(id=uuid7(), incident_id=incident.id, account_id=caller.account_id, **said)
    session.add(note)
    await session.flush()
    await session.refresh(note)
    facts = {"note_id": str(note.id), "by": caller.username, "centre_id": str(incident.commanding_centre_id)}
    outbox.record(session, row.topic, incident.id, places, incident_id=str(incident.id), **facts)
    return _shown(note, caller.username)


async def supplement(lane: Lane, caller: Actor, incident_id: UUID, said: str) -> None:
    """补充: put beside a report what its own channel says further, on the lane of the report itself."""
    role = min(caller.held, key=SENIORITY.__getitem__)
    row = TABLE[NoteKind.SUPPLEMENT]
    kept = {"kind": row.kind.value, "topic": row.topic, "role": role.value, "note": said}
    of = {"incident_id": incident_id, "actor_id": caller.account_id, "by": caller.username}
    await queries.SUPPLEMENT.row(lane, id=uuid7(), **of, **kept)


def _role(caller: Actor, incident: Incident, row: NoteRow) -> Role:
    role = role_for(row, caller, incident.commanding_centre_id)
    if role is None:
        raise NotYours(f"Left by {', '.join(sorted(row.roles))} {row.by}.", roles=sorted(row.roles), by=row.by)
    if incident.closed_at is not None and not row.after_end:
        raise IncidentEnded(status_now=incident.status)
    return role


def _shown(note: IncidentNote, username: str) -> NoteOut:
    return NoteOut.model_validate(
        {"id": note.id, "actor": username, "kind": note.kind, "role": note.role, "note": note.note, "at": note.at}
    )
