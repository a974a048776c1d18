"""HTTP of positions, and of signing on, which begins them."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from app.core.db import Write
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
from app.patrol.gathering import Gatherer, gatherer
from app.patrol.schemas import PositionsIn, PositionsOut, SignOnIn
from app.patrol.service import Sender
from app.roster.routes import REFUSED, BasedOn, Reader
from app.roster.schemas import ShiftOut
from app.roster.signing.service import SignOnRefused

router = APIRouter(prefix="/v1", tags=["duty"])
SIGNS = (*REFUSED, NotFound, Conflict, VersionMissing, VersionStale, KeyReused, StillRunning)


async def whole(request: Request) -> bytes:
    """The body, read to its end: a slow phone holds nobody up."""
    return await request.body()


@router.post(
    "/positions",
    responses=problems(*REFUSED, InvalidRequest, TooLarge, Unavailable),
    openapi_extra=body_of(PositionsIn),
    response_model=PositionsOut,
    response_model_exclude_none=True,
)
async def store_positions(
    caller: Annotated[Actor, needs(Right.POSITIONS_WRITE)],
    body: Annotated[bytes, Depends(whole)],
    gatherer: Annotated[Gatherer, Depends(gatherer)],
) -> Response:
    """Where patrols on duty are and were; only what was not stored is listed.

    Any order and any repetition end in the same, so the request may be sent again: it needs no Idempotency-Key.
    """
    answer = await gatherer.store(Sender.of(caller), Batch.read(body))
    return Response(answer.model_dump_json(exclude_none=True), media_type="application/json")


@router.post("/shifts/{shift_id}/sign-on", response_model=ShiftOut, responses=problems(*SIGNS, SignOnRefused))
async def sign_on(
    shift_id: UUID, caller: Reader, session: Write, once: OnceKey, based_on: BasedOn, body: SignOnIn | None = None
) -> Response:
    """Begin a shift, from 60 minutes before the start to the end.

    A crew signs on inside its beat; its leader, or who runs the duty, anywhere, with a reason when that is outside.
    """
    return await once.reply(session, await service.sign_on(session, caller, shift_id, based_on, body or SignOnIn()))
