"""HTTP of calls for help. Raising one is never refused for a missing header or for its words."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from pydantic import ValidationError

from app.core.db import Read, Write, WriteLane
from app.core.once import MAX_KEY, KeyHeader, KeyReused, StillRunning, answer
from app.core.pages import DEFAULT_LIMIT, Cursor, InvalidCursor, Limit, Page, decode, page_of
from app.core.problems import NotFound, VersionMissing, VersionStale, problems
from app.identity.access import OnceKey, needs
from app.identity.workflow import Actor, Right
from app.roster.routes import REFUSED, BasedOn, Reader
from app.safety.sos import service
from app.safety.sos.schemas import SosDetail, SosFilter, SosIn, SosOut, SosTransitionIn
from app.safety.sos.service import NobodyToCall, NotOnTheDesk, SosMoveIllegal

router = APIRouter(prefix="/v1", tags=["safety"])
Acting = Annotated[Actor, needs(Right.SAFETY_ACT)]
MOVES = (*REFUSED, NotOnTheDesk, NotFound, SosMoveIllegal, VersionMissing, VersionStale, KeyReused, StillRunning)
SHAPE = SosIn.model_json_schema(ref_template="#/components/schemas/{model}")
SHAPE.pop("$defs")
BODY: dict[str, Any] = {"requestBody": {"required": False, "content": {"application/json": {"schema": SHAPE}}}}
"""Said here because the body is read by hand: the framework would refuse what it cannot read."""
RAISED: dict[int | str, dict[str, Any]] = {200: {"model": SosOut, "description": "The same SOS, sent again."}}


async def words(request: Request) -> tuple[SosIn, str | None]:
    """What the call says, and what of it cannot be read: a call that makes no sense is still a call for help."""
    body = await request.body()
    try:
        return (SosIn.model_validate_json(body) if body.strip() else SosIn()), None
    except ValidationError as wrong:
        first = wrong.errors()[0]
        return SosIn(), f"/{'/'.join(map(str, first['loc']))}: {first['msg']}"


@router.post(
    "/sos",
    status_code=201,
    response_model=SosOut,
    responses=RAISED | problems(*REFUSED, NobodyToCall),
    openapi_extra=BODY,
)
async def call(
    caller: Acting,
    lane: WriteLane,
    said: Annotated[tuple[SosIn, str | None], Depends(words)],
    idempotency_key: KeyHeader = None,
) -> Response:
    """Call for help 求助, without a body or with one.

    Sent again before it is resolved it is the same SOS, so it needs no Idempotency-Key; one that is given belongs to
    its SOS for good. What cannot be read of the body is `ignored`.
    """
    made, is_new = await service.call(lane, caller, said[0], idempotency_key and idempotency_key[:MAX_KEY])
    body = made.model_copy(update={"ignored": said[1]}).model_dump_json().encode()
    return answer(body, 201 if is_new else 200, f'"{made.version}"')


@router.get("/sos", responses=problems(*REFUSED, InvalidCursor))
async def list_sos(
    session: Read,
    caller: Reader,
    wanted: Annotated[SosFilter, Depends()],
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[SosOut]:
    """Calls for help, the newest first."""
    after = decode("sos", cursor, UUID)
    return page_of("sos", await service.page(session, caller, wanted, after[0] if after else None, limit), limit, "id")


@router.get("/sos/{sos_id}", responses=problems(*REFUSED, NotFound))
async def show_sos(sos_id: UUID, response: Response, session: Read, caller: Reader) -> SosDetail:
    """One SOS, with everybody who was told because nobody acknowledged it."""
    found = await service.sos(session, caller, sos_id)
    response.headers["ETag"] = f'"{found.version}"'
    return found


@router.post("/sos/{sos_id}/transitions", response_model=SosOut, responses=problems(*MOVES))
async def advance(  # one parameter each of what a request carries
    sos_id: UUID, caller: Acting, session: Write, once: OnceKey, body: SosTransitionIn, based_on: BasedOn
) -> Response:
    """Acknowledge 签收 or resolve 解除, in a duty role of the centre: dispatcher, shift leader, leader."""
    return await once.reply(session, await service.advance(session, caller, sos_id, body, based_on))
