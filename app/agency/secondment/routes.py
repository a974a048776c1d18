"""HTTP of secondments."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response

from app.agency.routes import ADDED, CHANGES, LISTED, ONE, BasedOn, Reader, Writer, tagged
from app.agency.secondment import service
from app.agency.secondment.schemas import EndIn, SecondmentFilter, SecondmentIn, SecondmentOut
from app.core.db import Read, Write
from app.core.once import KeyMissing, KeyReused, StillRunning
from app.core.pages import Cursor, Limit, Page, decode, page_of
from app.core.problems import problems
from app.identity.access import OnceKey

router = APIRouter(prefix="/v1/secondments", tags=["organisation"])


@router.get("", responses=LISTED)
async def list_secondments(
    caller: Reader,
    session: Read,
    wanted: Annotated[SecondmentFilter, Depends()],
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[SecondmentOut]:
    """Secondments by their last day; `ends_within_days=30&has_follow_up=false` are those to find a next turn for."""
    after = decode("secondments", cursor, date.fromisoformat, UUID)
    found = await service.secondments(session, caller, wanted, (after[0], after[1]) if after else None, limit)
    return page_of("secondments", found, limit, "ends_on", "id")


@router.get("/{secondment_id}", responses=ONE)
async def show_secondment(secondment_id: UUID, caller: Reader, session: Read, response: Response) -> SecondmentOut:
    """One secondment."""
    return tagged(response, await service.secondment(session, caller, secondment_id))


@router.post("", status_code=201, response_model=SecondmentOut, responses=ADDED)
async def second(body: SecondmentIn, caller: Writer, session: Write, once: OnceKey) -> Response:
    """Send an officer to a host; `follows` makes it the next turn of a rotation."""
    return await once.reply(session, await service.second(session, caller, body), 201)


@router.post(
    "/{secondment_id}/end",
    response_model=SecondmentOut,
    responses=problems(*CHANGES, KeyMissing, KeyReused, StillRunning),
)
async def end_secondment(
    secondment_id: UUID, body: EndIn, caller: Writer, session: Write, once: OnceKey, based_on: BasedOn
) -> Response:
    """End a secondment early, with a reason."""
    return await once.reply(session, await service.end(session, caller, secondment_id, body, based_on))
