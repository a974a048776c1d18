"""HTTP of the clock's work."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Response

from app.command.move.routes import Acting
from app.command.move.service import NotYourMove
from app.command.timer import service
from app.command.timer.schemas import ActionsOut, ParkedOut
from app.core.db import Read, Write
from app.core.once import KeyMissing, KeyReused, StillRunning
from app.core.pages import DEFAULT_LIMIT, Cursor, InvalidCursor, Limit, Page, decode, page_of
from app.core.problems import InvalidRequest, NotFound, problems
from app.identity.access import OnceKey, needs
from app.identity.service import Forbidden, NotSignedIn
from app.identity.workflow import Actor, Right
from app.supervision.workflow import Due

router = APIRouter(prefix="/v1", tags=["supervision"])
Looking = Annotated[Actor, needs(Right.INCIDENTS_READ)]
Kind = Annotated[Due, Path(description="What came due.")]
RETRY = problems(NotSignedIn, Forbidden, NotYourMove, NotFound, InvalidRequest, KeyMissing, KeyReused, StillRunning)


@router.get("/incidents/{incident_id}/clock-actions", responses=problems(NotSignedIn, Forbidden, NotFound))
async def actions(incident_id: UUID, caller: Looking, session: Read) -> ActionsOut:
    """What the incident's clocks did by themselves: each step with its acts, and how late it was taken."""
    return await service.actions(session, caller, incident_id)


@router.get("/parked-work", responses=problems(NotSignedIn, Forbidden, InvalidRequest, InvalidCursor))
async def parked(
    caller: Looking, session: Read, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> Page[ParkedOut]:
    """What the clock had to give up after five tries: nothing happens there until somebody has it tried again."""
    after = decode("parked-work", cursor, UUID)
    rows = await service.parked(session, caller, after[0] if after else None, limit)
    return page_of("parked-work", rows, limit, "subject_id")


@router.post("/parked-work/{kind}/{subject_id}/retry", response_model=ParkedOut, responses=RETRY)
async def retry(kind: Kind, subject_id: UUID, caller: Acting, session: Write, once: OnceKey) -> Response:
    """Have parked work tried anew, when what stood in its way is gone; for who commands the incident, or from above."""
    return await once.reply(session, await service.retry(session, caller, kind, subject_id))
