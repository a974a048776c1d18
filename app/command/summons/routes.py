"""HTTP of summons."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from app.command.move.asking import NeedsMissing
from app.command.move.routes import Acting, BasedOn
from app.command.move.service import IllegalMove, NotYourMove
from app.command.schemas import Call
from app.command.summons import service
from app.command.summons.schemas import (
    SummonsDetail,
    SummonsFilter,
    SummonsItem,
    SummonsMoved,
    SummonsTransitionIn,
)
from app.core.db import Read, WriteLane
from app.core.once import KeyMissing, KeyReused, StillRunning
from app.core.pages import InvalidCursor, Page, decode, page_of
from app.core.problems import Conflict, InvalidRequest, NotFound, VersionMissing, VersionStale, problems
from app.identity.access import HotKey, needs
from app.identity.service import Forbidden, NotSignedIn
from app.identity.workflow import Actor, Right

Looking = Annotated[Actor, needs(Right.INCIDENTS_READ)]
router = APIRouter(prefix="/v1/summons", tags=["linkage"])
PROBLEMS = problems(
    NotSignedIn, NotYourMove, NotFound, KeyMissing, KeyReused, StillRunning, Conflict, IllegalMove, NeedsMissing,
    InvalidRequest, VersionStale, VersionMissing,
)  # fmt: skip


@router.get("", responses=problems(NotSignedIn, Forbidden, InvalidRequest, InvalidCursor))
async def summons(caller: Looking, wanted: Annotated[SummonsFilter, Query()], session: Read) -> Page[SummonsItem]:
    """Summons, the newest first: `mine=true&open=true` is what a department's desk has to do."""
    after = decode("summons", wanted.cursor, UUID)
    rows = await service.page(session, caller, wanted, after[0] if after else None)
    return page_of("summons", rows, wanted.limit, "id")


@router.get("/{summons_id}", responses=problems(NotSignedIn, Forbidden, NotFound))
async def show(summons_id: UUID, caller: Looking, session: Read, response: Response) -> SummonsDetail:
    """One summons with its history."""
    found = await service.one(session, caller, summons_id)
    response.headers["ETag"] = f'"{found.version}"'
    return found


@router.post("/{summons_id}/transitions", response_model=SummonsMoved, responses=PROBLEMS)
async def advance(  # one parameter each of what a request carries
    summons_id: UUID, caller: Acting, body: SummonsTransitionIn, based_on: BasedOn, once: HotKey, lane: WriteLane
) -> Response:
    """Move a summons: acknowledge 签收, decline, arrive 报到, work, done; release 离场 is the centre's."""
    return await service.advance(Call(lane, caller, once), summons_id, body, based_on)
