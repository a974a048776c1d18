"""HTTP of an incident's past."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import Field, TypeAdapter

from app.core.db import Read, Write
from app.core.once import KeyMissing, KeyReused, StillRunning
from app.core.pages import DEFAULT_LIMIT, Cursor, InvalidCursor, Limit, Page, decode, page_of
from app.core.problems import InvalidRequest, NotFound, problems
from app.identity.access import OnceKey, needs
from app.identity.service import Forbidden, NotSignedIn
from app.identity.workflow import Actor, Right
from app.incident.history import service
from app.incident.history.schemas import MoveOut, NoteIn, NoteOut
from app.incident.history.service import NotYours
from app.incident.service import IncidentEnded

router = APIRouter(prefix="/v1/incidents/{incident_id}", tags=["incidents"])
Looking = Annotated[Actor, needs(Right.INCIDENTS_READ)]
REFUSED = (NotSignedIn, Forbidden, NotFound, InvalidRequest)
ONCE = (KeyMissing, KeyReused, StillRunning)
seq = TypeAdapter[int](Annotated[int, Field(ge=0, lt=2**31)]).validate_python


@router.get("/timeline", responses=problems(*REFUSED, InvalidCursor))
async def timeline(
    incident_id: UUID, caller: Looking, session: Read, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> Page[MoveOut]:
    """Every move of the incident in order, and nothing but moves: notes are listed by themselves."""
    after = decode("timeline", cursor, seq)
    rows = await service.timeline(session, caller, incident_id, after[0] if after else 0, limit)
    return page_of("timeline", rows, limit, "seq")


@router.get("/notes", responses=problems(*REFUSED, InvalidCursor))
async def notes(
    incident_id: UUID, caller: Looking, session: Read, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> Page[NoteOut]:
    """The notes in the order they were left."""
    after = decode("notes", cursor, UUID)
    rows = await service.notes(session, caller, incident_id, after[0] if after else None, limit)
    return page_of("notes", rows, limit, "id")


@router.post(
    "/notes", status_code=201, response_model=NoteOut, responses=problems(*REFUSED, *ONCE, NotYours, IncidentEnded)
)
async def leave_note(
    incident_id: UUID,
    body: NoteIn,
    caller: Annotated[Actor, needs(Right.INCIDENTS_ACT)],
    session: Write,
    once: OnceKey,
) -> Response:
    """Leave a note, urge 催办 or instruct 批示. Nothing moves, and the incident keeps its version."""
    return await once.reply(session, await service.leave_note(session, caller, incident_id, body), 201)
