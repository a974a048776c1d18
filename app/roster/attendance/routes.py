"""HTTP of roll calls."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from app.core.db import Read, Write
from app.core.once import KeyReused, StillRunning
from app.core.problems import NotFound, Unprocessable, problems
from app.core.time import Instant
from app.identity.access import OnceKey
from app.identity.schemas import Code
from app.roster.attendance import service
from app.roster.attendance.schemas import MarksIn, RollCall, ShiftCalled
from app.roster.attendance.service import NotOnNow
from app.roster.routes import REFUSED, Reader

router = APIRouter(prefix="/v1", tags=["duty"])


@router.get("/roll-call", responses=problems(*REFUSED))
async def roll_call(
    session: Read,
    caller: Reader,
    centre: Annotated[Code | None, Query(description="A centre's code: its shifts and those of centres below.")] = None,
    at: Annotated[Instant | None, Query(description="As it was then; now, if left out.")] = None,
) -> RollCall:
    """点名: every shift that should be on, who is present, late and missing, by how many minutes, by department."""
    return await service.roll_call(session, caller, centre, at)


@router.post(
    "/shifts/{shift_id}/roll-call",
    status_code=201,
    response_model=ShiftCalled,
    responses=problems(*REFUSED, NotFound, NotOnNow, Unprocessable, KeyReused, StillRunning),
)
async def mark(shift_id: UUID, caller: Reader, session: Write, once: OnceKey, body: MarksIn) -> Response:
    """Put on record who of a crew is there: by its leader, or who runs the duty. Nothing recorded is changed later."""
    return await once.reply(session, await service.mark(session, caller, shift_id, body), 201)
