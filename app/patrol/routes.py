"""HTTP of positions, and of signing on, which begins them."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from app.core.db import PositionLane, Write, database
from app.core.once import KeyReused, StillRunning
from app.core.openapi import body_of
from app.core.problems import (
    Conflict,
    InvalidRequest,
    NotFound,
    TooLarge,
    Unavailable,
    VersionMissing,
    VersionStale,
    problems,
)
from app.identity.access import OnceKey, needs
from app.identity.workflow import Actor, Right
from app.patrol import service
from app.patrol.batch import Batch
from app.patrol.schemas import PositionsIn, PositionsOut, SignOnIn
from app.roster.routes import REFUSED, BasedOn, Reader
from app.roster.schemas import ShiftOut
from app.roster.signing.service import SignOnRefused

router = APIRouter(prefix="/v1", tags=["duty"])
SIGNS = (*REFUSED, NotFound, Conflict, VersionMissing, VersionStale, KeyReused, StillRunning)


async def keep_days(request: Request) -> int:
    """For how many days the history is kept."""
    return database(request).settings.track_keep_days


async def whole(request: Request) -> bytes:
    """The body, read to its end before a lane is taken: a slow phone holds none."""
    return await request.body()


KeepDays = Annotated[int, Depends(keep_days)]


@router.post(
    "/positions",
    responses=problems(*REFUSED, InvalidRequest, TooLarge, Unavailable),
    openapi_extra=body_of(PositionsIn),
    response_model_exclude_none=True,
)
async def store_positions(
    caller: Annotated[Actor, needs(Right.POSITIONS_WRITE)],
    body: Annotated[bytes, Depends(whole)],
    lane: PositionLane,
    keep_days: KeepDays,
) -> PositionsOut:
    """Where patrols on duty are and were; only what was not stored is listed.

    Any order and any repetition end in the same, so the request may be sent again: it needs no Idempotency-Key.
    """
    return await service.store(lane, service.Sender.of(caller), Batch.read(body), keep_days)


@router.post("/shifts/{shift_id}/sign-on", response_model=ShiftOut, responses=problems(*SIGNS, SignOnRefused))
async def sign_on(
    shift_id: UUID, caller: Reader, session: Write, once: OnceKey, based_on: BasedOn, body: SignOnIn | None = None
) -> Response:
    """Begin a shift, from 60 minutes before the start to the end.

    A crew signs on inside its beat; its leader, or who runs the duty, anywhere, with a reason when that is outside.
    """
    return await once.reply(session, await service.sign_on(session, caller, shift_id, based_on, body or SignOnIn()))
