"""HTTP of changing shifts, and of what was changed in a published roster."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response

from app.core.db import Read, Write
from app.core.pages import Cursor, InvalidCursor, Limit, Page, decode, page_of
from app.core.problems import Conflict, NotFound, problems
from app.roster.amendment import service
from app.roster.amendment.effects import SeatTaken
from app.roster.amendment.schemas import AmendmentOut, ShiftChange, Why
from app.roster.amendment.service import ReasonMissing, ShiftBegun
from app.roster.check.service import RulesUnmet
from app.roster.routes import CHANGES, REFUSED, BasedOn, Planner, Reader, tagged
from app.roster.schemas import ShiftOut

router = APIRouter(prefix="/v1", tags=["rosters"])
Reasons = Annotated[Why, Depends()]
AMENDS = (*CHANGES, Conflict, ShiftBegun, SeatTaken, ReasonMissing, RulesUnmet)


@router.patch("/shifts/{shift_id}", tags=["duty"], responses=problems(*AMENDS))
async def change_shift(
    shift_id: UUID, body: ShiftChange, response: Response, session: Write, caller: Planner, based_on: BasedOn
) -> ShiftOut:
    """Change a shift that has not begun; one of a published roster with a reason."""
    return tagged(response, await service.change_shift(session, caller, shift_id, body, based_on))


@router.delete("/shifts/{shift_id}", tags=["duty"], status_code=204, responses=problems(*AMENDS))
async def cancel_shift(shift_id: UUID, session: Write, caller: Planner, based_on: BasedOn, why: Reasons) -> None:
    """Take a shift that has not begun off the plan; one of a published roster with a reason."""
    await service.cancel_shift(session, caller, shift_id, why, based_on)


@router.get("/rosters/{roster_id}/amendments", responses=problems(*REFUSED, NotFound, InvalidCursor))
async def list_amendments(
    roster_id: UUID, session: Read, caller: Reader, limit: Limit = 100, cursor: Cursor = None
) -> Page[AmendmentOut]:
    """What was changed after the roster was published, the oldest first: before, after, why, by whom."""
    after = decode("amendments", cursor, UUID)
    rows = await service.amendments(session, caller, roster_id, after[0] if after else None, limit)
    return page_of("amendments", rows, limit, "id")
