"""HTTP of filling rosters."""

from uuid import UUID

from fastapi import APIRouter, Response

from app.core.db import Read, Write
from app.core.once import KeyReused, StillRunning
from app.core.pages import Cursor, InvalidCursor, Limit, Page, decode, page_of
from app.core.problems import NotFound, problems
from app.identity.access import OnceKey
from app.roster.amendment.effects import SeatTaken
from app.roster.amendment.service import ShiftBegun
from app.roster.fill import service
from app.roster.fill.schemas import FillIn, FillOut
from app.roster.fill.service import FillEnded, NothingToApply, RosterMoved, SolverMissing
from app.roster.period.service import RosterPublished
from app.roster.routes import CHANGES, MAKES, REFUSED, BasedOn, Planner, tagged
from app.roster.seating import NotAvailable

router = APIRouter(prefix="/v1", tags=["rosters"])
ASKS = (*MAKES, NotFound, RosterPublished, SolverMissing)
MOVES = (*CHANGES, KeyReused, StillRunning)
APPLIES = (*MOVES, RosterPublished, NothingToApply, RosterMoved, SeatTaken, ShiftBegun, NotAvailable)


@router.post("/rosters/{roster_id}/fill", status_code=202, response_model=FillOut, responses=problems(*ASKS))
async def fill_roster(roster_id: UUID, session: Write, caller: Planner, once: OnceKey, body: FillIn) -> Response:
    """Have a solver propose who sits where in a draft; nothing changes until the proposal is applied."""
    return await once.reply(session, await service.ask(session, caller, roster_id, body), 202)


@router.get("/rosters/{roster_id}/fills", responses=problems(*REFUSED, NotFound, InvalidCursor))
async def list_fills(
    roster_id: UUID, session: Read, caller: Planner, limit: Limit = 100, cursor: Cursor = None
) -> Page[FillOut]:
    """The fills of a roster, the latest first."""
    before = decode("roster-fills", cursor, UUID)
    found = await service.fills(session, caller, roster_id, before[0] if before else None, limit)
    return page_of("roster-fills", [FillOut.model_validate(one) for one in found], limit, "id")


@router.get("/roster-fills/{fill_id}", responses=problems(*REFUSED, NotFound))
async def show_fill(fill_id: UUID, response: Response, session: Read, caller: Planner) -> FillOut:
    """How far a fill is, and its proposal once it is done."""
    return tagged(response, await service.fill(session, caller, fill_id))


@router.post("/roster-fills/{fill_id}/cancel", response_model=FillOut, responses=problems(*MOVES, FillEnded))
async def cancel_fill(fill_id: UUID, caller: Planner, session: Write, once: OnceKey, based_on: BasedOn) -> Response:
    """Stop a fill."""
    return await once.reply(session, await service.cancel(session, caller, fill_id, based_on))


@router.post("/roster-fills/{fill_id}/apply", response_model=FillOut, responses=problems(*APPLIES))
async def apply_fill(fill_id: UUID, caller: Planner, session: Write, once: OnceKey, based_on: BasedOn) -> Response:
    """Seat the proposal in the draft, all or none."""
    return await once.reply(session, await service.apply(session, caller, fill_id, based_on))
