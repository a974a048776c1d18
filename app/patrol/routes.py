"""HTTP of positions, and of signing on, which begins them."""

from uuid import UUID

from fastapi import APIRouter, Request, Response

from app.core.db import Write
from app.core.direct import Direct
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
from app.identity.workflow import Right
from app.patrol import service
from app.patrol.gathering import Gatherer
from app.patrol.schemas import PositionsIn, PositionsOut, SignOnIn
from app.patrol.service import Sender
from app.roster.routes import REFUSED, BasedOn, Reader
from app.roster.schemas import ShiftOut
from app.roster.signing.service import SignOnRefused

router = APIRouter(prefix="/v1", tags=["duty"])
SIGNS = (*REFUSED, NotFound, Conflict, VersionMissing, VersionStale, KeyReused, StillRunning)


async def store_positions(request: Request) -> Response:
    """Where patrols on duty are and were; only what was not stored is listed.

    Any order and any repetition end in the same, so the request may be sent again: it needs no Idempotency-Key.
    """
    gatherer: Gatherer = request.app.state.gatherer
    batch = await gatherer.read(await request.body())
    answer = await gatherer.store(Sender.of(request.state.actor), batch)
    return Response(answer.model_dump_json(exclude_none=True), media_type="application/json")


router.add_api_route(
    "/positions",
    store_positions,
    methods=["POST"],
    dependencies=[needs(Right.POSITIONS_WRITE)],
    response_model=PositionsOut,
    responses=problems(*REFUSED, InvalidRequest, TooLarge, Unavailable),
    openapi_extra=body_of(PositionsIn),
    response_model_exclude_none=True,
    route_class_override=Direct,
)


@router.post("/shifts/{shift_id}/sign-on", response_model=ShiftOut, responses=problems(*SIGNS, SignOnRefused))
async def sign_on(
    shift_id: UUID, caller: Reader, session: Write, once: OnceKey, based_on: BasedOn, body: SignOnIn | None = None
) -> Response:
    """Begin a shift, from 60 minutes before the start to the end.

    A crew signs on inside its beat; its leader, or who runs the duty, anywhere, with a reason when that is outside.
    """
    return await once.reply(session, await service.sign_on(session, caller, shift_id, based_on, body or SignOnIn()))
