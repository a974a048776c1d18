"""HTTP of changes of a crew during its shift."""

from uuid import UUID

from fastapi import APIRouter, Response

from app.core.db import Read, Write
from app.core.once import KeyReused, StillRunning
from app.core.pages import Page
from app.core.problems import Conflict, NotFound, Unprocessable, VersionMissing, VersionStale, problems
from app.identity.access import OnceKey
from app.roster.crew import service
from app.roster.crew.schemas import CrewChangeIn, CrewChangeOut
from app.roster.crew.service import NotRunning
from app.roster.routes import REFUSED, BasedOn, Reader
from app.roster.schemas import ShiftOut

router = APIRouter(prefix="/v1", tags=["duty"])
CHANGES = (
    *(*REFUSED, NotFound, NotRunning, Conflict, Unprocessable),
    *(VersionMissing, VersionStale, KeyReused, StillRunning),
)


@router.post("/shifts/{shift_id}/crew", response_model=ShiftOut, responses=problems(*CHANGES))
async def change_crew(  # one parameter each of what a request carries
    shift_id: UUID, caller: Reader, session: Write, once: OnceKey, based_on: BasedOn, body: CrewChangeIn
) -> Response:
    """Let officers join and leave a crew during its shift, with a reason: by its leader, or who runs the duty."""
    return await once.reply(session, await service.change(session, caller, shift_id, body, based_on))


@router.get("/shifts/{shift_id}/crew", responses=problems(*REFUSED, NotFound))
async def crew_changes(shift_id: UUID, caller: Reader, session: Read) -> Page[CrewChangeOut]:
    """What changed in a crew during its shift, in its order."""
    return Page(items=await service.changes(session, caller, shift_id))
