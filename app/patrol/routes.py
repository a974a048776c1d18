"""HTTP of positions, and of signing on, which begins them."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Response

from app.core.db import Write, WriteLane
from app.core.once import KeyReused, StillRunning
from app.core.problems import Conflict, NotFound, TooLarge, VersionMissing, VersionStale, problems
from app.identity.access import OnceKey, needs
from app.identity.workflow import Actor, Right
from app.patrol import service
from app.patrol.schemas import PositionsIn, PositionsOut, SignOnIn
from app.roster.routes import REFUSED, BasedOn, Reader
from app.roster.schemas import ShiftOut
from app.roster.signing.service import SignOnRefused

router = APIRouter(prefix="/v1", tags=["duty"])
SIGNS = (*REFUSED, NotFound, Conflict, VersionMissing, VersionStale, KeyReused, StillRunning)


@router.post("/positions", responses=problems(*REFUSED, TooLarge))
async def store_positions(
    caller: Annotated[Actor, needs(Right.POSITIONS_WRITE)], lane: WriteLane, body: PositionsIn
) -> PositionsOut:
    """Where patrols on duty are; only what was not stored is listed.

    The newest fix of a patrol wins whatever the order, so the request may be sent again: it needs no Idempotency-Key.
    """
    return await service.store(lane, caller, body.positions)


@router.post("/shifts/{shift_id}/sign-on", response_model=ShiftOut, responses=problems(*SIGNS, SignOnRefused))
async def sign_on(
    shift_id: UUID, caller: Reader, session: Write, once: OnceKey, based_on: BasedOn, body: SignOnIn | None = None
) -> Response:
    """Begin a shift, from 60 minutes before the start to the end.

    A crew signs on inside its beat; its leader, or who runs the duty, anywhere, with a reason when that is outside.
    """
    return await once.reply(session, await service.sign_on(session, caller, shift_id, based_on, body or SignOnIn()))
