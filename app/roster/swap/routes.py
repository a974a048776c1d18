"""HTTP of swaps."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response

from app.core.db import Read, Write
from app.core.once import KeyMissing
from app.core.pages import Cursor, InvalidCursor, Limit, Page, decode, page_of
from app.core.problems import NotFound, problems
from app.identity.access import OnceKey
from app.roster.amendment.effects import SeatTaken
from app.roster.amendment.service import ShiftBegun
from app.roster.check.service import RulesUnmet
from app.roster.routes import CHANGES, MAKES, REFUSED, BasedOn, Reader, tagged
from app.roster.seat.routes import Officer
from app.roster.seating import NotAvailable
from app.roster.swap import service
from app.roster.swap.schemas import SwapFilter, SwapIn, SwapOut, SwapTransitionIn
from app.roster.swap.service import SeatsChanged, SwapSettled

router = APIRouter(prefix="/v1/swaps", tags=["rosters"])
MOVES = (SwapSettled, SeatsChanged, RulesUnmet, SeatTaken, NotAvailable, ShiftBegun)


@router.get("", responses=problems(*REFUSED, InvalidCursor))
async def list_swaps(
    session: Read,
    caller: Reader,
    wanted: Annotated[SwapFilter, Depends()],
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[SwapOut]:
    """Swaps in the order they were proposed: one's own, those one decides, and open ones where one may be sent."""
    after = decode("swaps", cursor, UUID)
    found = await service.swaps(session, caller, wanted, after[0] if after else None, limit)
    return page_of("swaps", list(found), limit, "id")


@router.get("/{swap_id}", responses=problems(*REFUSED, NotFound))
async def show_swap(swap_id: UUID, session: Read, caller: Reader, response: Response) -> SwapOut:
    """One swap."""
    return tagged(response, await service.swap(session, caller, swap_id))


@router.post("", status_code=201, response_model=SwapOut, responses=problems(*MAKES, KeyMissing))
async def propose_swap(body: SwapIn, session: Write, caller: Officer, once: OnceKey) -> Response:
    """Offer one's own seat to a colleague, in exchange for theirs, or to all who may fill it."""
    return await once.reply(session, await service.propose(session, caller, body), 201)


@router.post("/{swap_id}/transitions", response_model=SwapOut, responses=problems(*CHANGES, *MAKES, KeyMissing, *MOVES))
async def move_swap(
    swap_id: UUID, body: SwapTransitionIn, session: Write, caller: Reader, once: OnceKey, based_on: BasedOn
) -> Response:
    """Accept, decline or withdraw a swap; who runs the duty approves, which exchanges the seats, or refuses."""
    return await once.reply(session, await service.move(session, caller, swap_id, body, based_on))
