"""HTTP of seats."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response

from app.core.db import Read, Write
from app.core.once import KeyReused, StillRunning
from app.core.pages import Cursor, InvalidCursor, Limit, Page, decode
from app.core.problems import problems
from app.identity.access import OnceKey, needs
from app.identity.schemas import Code
from app.identity.workflow import Actor, Right
from app.roster.amendment.routes import AMENDS, Reasons
from app.roster.amendment.schemas import Why
from app.roster.routes import REFUSED, BasedOn, Planner, instant, tagged
from app.roster.schemas import ShiftOut
from app.roster.seat import service
from app.roster.seat.schemas import OpenSeat, SeatIn, SignedUp
from app.roster.seat.service import NoOpenSeat

router = APIRouter(prefix="/v1", tags=["rosters"])
# A key that may only read must not sign anybody up.
Officer = Annotated[Actor, needs(Right.DUTY_READ, Right.POSITIONS_WRITE)]


def _basis(based_on: BasedOn, why: Reasons) -> tuple[int, Why]:
    return based_on, why


Basis = Annotated[tuple[int, Why], Depends(_basis)]
SEATS = (*AMENDS, KeyReused, StillRunning)


@router.post("/shifts/{shift_id}/seats", status_code=201, response_model=ShiftOut, responses=problems(*SEATS))
async def assign(
    shift_id: UUID, body: SeatIn, caller: Planner, session: Write, once: OnceKey, based_on: BasedOn
) -> Response:
    """Put an officer on a shift, or make one who sits there lead it; once it is published, with a reason."""
    return await once.reply(session, await service.assign(session, caller, shift_id, body, based_on), 201)


@router.delete("/shifts/{shift_id}/seats/{officer}", responses=problems(*AMENDS))
async def unassign(
    shift_id: UUID, officer: Code, response: Response, session: Write, caller: Planner, basis: Basis
) -> ShiftOut:
    """Take an officer, by number, off a shift; once it is published, with a reason."""
    return tagged(response, await service.unassign(session, caller, shift_id, officer, *basis))


@router.get("/open-seats", responses=problems(*REFUSED, InvalidCursor))
async def open_seats(session: Read, caller: Officer, limit: Limit = 100, cursor: Cursor = None) -> Page[OpenSeat]:
    """Shifts with a seat that the caller may fill, by their start. A page may hold fewer than asked for."""
    return await service.open_seats(session, caller, decode("open-seats", cursor, instant, UUID), limit)


@router.post("/shifts/{shift_id}/sign-up", response_model=SignedUp, responses=problems(*SEATS, NoOpenSeat))
async def sign_up(shift_id: UUID, caller: Officer, session: Write, once: OnceKey, based_on: BasedOn) -> Response:
    """Take an open seat of the caller's department."""
    return await once.reply(session, await service.sign_up(session, caller, shift_id, based_on))


@router.delete("/shifts/{shift_id}/sign-up", responses=problems(*AMENDS, NoOpenSeat))
async def leave(shift_id: UUID, response: Response, session: Write, caller: Officer, based_on: BasedOn) -> SignedUp:
    """Leave a seat again while the roster is a draft."""
    return tagged(response, await service.leave(session, caller, shift_id, based_on))
