"""HTTP of leave."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response

from app.core.db import Read, Write
from app.core.once import KeyMissing
from app.core.pages import Cursor, InvalidCursor, Limit, Page, decode, page_of
from app.core.problems import NotFound, problems
from app.identity.access import OnceKey
from app.roster.leave import service
from app.roster.leave.schemas import AbsenceOut, LeaveDecisionIn, LeaveFilter, LeaveIn, LeaveOut
from app.roster.leave.service import LeaveSettled
from app.roster.routes import CHANGES, MAKES, REFUSED, BasedOn, Reader, instant

router = APIRouter(prefix="/v1/leaves", tags=["rosters"])
MOVES = problems(*CHANGES, *MAKES, KeyMissing, LeaveSettled)


@router.get("", responses=problems(*REFUSED, InvalidCursor))
async def list_leaves(
    session: Read,
    caller: Reader,
    wanted: Annotated[LeaveFilter, Depends()],
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[LeaveOut | AbsenceOut]:
    """Leaves by their start: one's own and those one plans for; of others only that they are not available."""
    after = decode("leaves", cursor, instant, UUID)
    found = await service.leaves(session, caller, wanted, (after[0], after[1]) if after else None, limit)
    return page_of("leaves", found, limit, "starts_at", "id")


@router.get("/{leave_id}", responses=problems(*REFUSED, NotFound))
async def show_leave(leave_id: UUID, session: Read, caller: Reader, response: Response) -> LeaveOut | AbsenceOut:
    """One leave."""
    shown = await service.leave(session, caller, leave_id)
    if isinstance(shown, LeaveOut):
        response.headers["ETag"] = f'"{shown.version}"'
    return shown


@router.post("", status_code=201, response_model=LeaveOut, responses=problems(*MAKES, KeyMissing))
async def ask_for_leave(body: LeaveIn, session: Write, caller: Reader, once: OnceKey) -> Response:
    """Ask for leave: one's own, or for an officer whose duty one plans."""
    return await once.reply(session, await service.ask(session, caller, body), 201)


@router.post("/{leave_id}/decision", response_model=LeaveOut, responses=MOVES)
async def decide_leave(
    leave_id: UUID, body: LeaveDecisionIn, session: Write, caller: Reader, once: OnceKey, based_on: BasedOn
) -> Response:
    """Approve or refuse, by who runs the duty of the base and did not ask; the answer lists seats that become unmet."""
    return await once.reply(session, await service.decide(session, caller, leave_id, body, based_on))


@router.post("/{leave_id}/cancel", response_model=LeaveOut, responses=MOVES)
async def cancel_leave(leave_id: UUID, session: Write, caller: Reader, once: OnceKey, based_on: BasedOn) -> Response:
    """Call a leave off, asked or approved."""
    return await once.reply(session, await service.cancel(session, caller, leave_id, based_on))
