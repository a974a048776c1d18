"""HTTP of wishes."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Response

from app.core.db import Read, Write
from app.core.pages import Cursor, InvalidCursor, Limit, Page, decode, page_of
from app.core.problems import Conflict, NotFound, problems
from app.identity.access import needs
from app.identity.workflow import Actor, Right
from app.roster.period.service import RosterPublished
from app.roster.routes import CHANGES, REFUSED, BasedOn, Planner, tagged
from app.roster.wish import service
from app.roster.wish.schemas import OfficerWishes, OwnWishes, StandingIn, StandingOut, WishesIn

router = APIRouter(prefix="/v1", tags=["rosters"])
# A key that may only read must not wish for anybody.
Officer = Annotated[Actor, needs(Right.DUTY_READ, Right.POSITIONS_WRITE)]
SAYS = (*CHANGES, Conflict)


@router.get("/wishes", responses=problems(*REFUSED, InvalidCursor))
async def list_own_wishes(session: Read, caller: Officer, limit: Limit = 100, cursor: Cursor = None) -> Page[OwnWishes]:
    """The drafts the caller may say wishes about, and rosters about which they have. A page may hold fewer."""
    return await service.all_own(session, caller, decode("own-wishes", cursor, date.fromisoformat, UUID), limit)


@router.get("/wishes/standing", responses=problems(*REFUSED))
async def show_standing_wishes(response: Response, session: Read, caller: Officer) -> StandingOut:
    """What duties the caller would rather have, and rather not, on every roster."""
    return tagged(response, await service.standing(session, caller))


@router.put("/wishes/standing", responses=problems(*SAYS))
async def say_standing_wishes(
    body: StandingIn, response: Response, session: Write, caller: Officer, based_on: BasedOn
) -> StandingOut:
    """Say what duties the caller would rather have, and rather not; the same again changes nothing."""
    return tagged(response, await service.say_standing(session, caller, body, based_on))


@router.get("/rosters/{roster_id}/wishes/own", responses=problems(*REFUSED, NotFound))
async def show_own_wishes(roster_id: UUID, response: Response, session: Read, caller: Officer) -> OwnWishes:
    """The caller's wishes about one roster, the turns they could be given, and what became of it."""
    return tagged(response, await service.own(session, caller, roster_id))


@router.put("/rosters/{roster_id}/wishes/own", responses=problems(*SAYS, RosterPublished))
async def say_wishes(
    roster_id: UUID, body: WishesIn, response: Response, session: Write, caller: Officer, based_on: BasedOn
) -> OwnWishes:
    """Say which turns of a draft the caller would rather work, and rather not; the same again changes nothing."""
    return tagged(response, await service.say(session, caller, roster_id, body, based_on))


@router.get("/rosters/{roster_id}/wishes", responses=problems(*REFUSED, NotFound, InvalidCursor))
async def list_wishes(
    roster_id: UUID, session: Read, caller: Planner, limit: Limit = 100, cursor: Cursor = None
) -> Page[OfficerWishes]:
    """What officers wish of a roster and what became of it, by number, for who runs the duty of its centre."""
    after = decode("wishes", cursor, str)
    found = await service.of_roster(session, caller, roster_id, after[0] if after else None, limit)
    return page_of("wishes", found, limit, "officer")
