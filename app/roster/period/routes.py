"""HTTP of rosters."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response

from app.core.db import Read, Write
from app.core.once import KeyReused, StillRunning
from app.core.pages import Cursor, InvalidCursor, Limit, Page, decode, page_of
from app.core.problems import Conflict, NotFound, problems
from app.identity.access import OnceKey
from app.roster.check.service import RulesUnmet
from app.roster.period import service
from app.roster.period.schemas import RosterFilter, RosterIn, RosterOut, RosterPatch
from app.roster.period.service import RosterPublished
from app.roster.routes import CHANGES, MAKES, REFUSED, BasedOn, Planner, Reader, instant, tagged
from app.roster.schemas import ShiftOut

router = APIRouter(prefix="/v1", tags=["rosters"])
DRAFTS = (*CHANGES, RosterPublished)
MOVES = (*DRAFTS, Conflict, KeyReused, StillRunning)


@router.get("/rosters", responses=problems(*REFUSED, InvalidCursor))
async def list_rosters(
    session: Read,
    caller: Reader,
    wanted: Annotated[RosterFilter, Depends()],
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[RosterOut]:
    """Rosters by their first day: published ones, and drafts of centres whose duty the caller runs."""
    after = decode("rosters", cursor, date.fromisoformat, UUID)
    return page_of("rosters", await service.rosters(session, caller, wanted, after, limit), limit, "starts_on", "id")


@router.post("/rosters", status_code=201, response_model=RosterOut, responses=problems(*MAKES))
async def make_roster(body: RosterIn, session: Write, caller: Planner, once: OnceKey) -> Response:
    """Draft a roster with the shifts that the centre's templates give in these days."""
    return await once.reply(session, await service.make(session, caller, body), 201)


@router.get("/rosters/{roster_id}", responses=problems(*REFUSED, NotFound))
async def show_roster(roster_id: UUID, response: Response, session: Read, caller: Reader) -> RosterOut:
    """One roster, with how many seats are open."""
    return tagged(response, await service.roster(session, caller, roster_id))


@router.get("/rosters/{roster_id}/shifts", responses=problems(*REFUSED, NotFound, InvalidCursor))
async def list_roster_shifts(
    roster_id: UUID, session: Read, caller: Reader, limit: Limit = 100, cursor: Cursor = None
) -> Page[ShiftOut]:
    """A roster's shifts by their start, with who sits on them and who is wanted."""
    after = decode("roster-shifts", cursor, instant, UUID)
    rows = await service.shifts(session, caller, roster_id, after, limit)
    return page_of("roster-shifts", rows, limit, "starts_at", "id")


@router.patch("/rosters/{roster_id}", responses=problems(*DRAFTS))
async def rename_roster(
    roster_id: UUID, body: RosterPatch, response: Response, session: Write, caller: Planner, based_on: BasedOn
) -> RosterOut:
    """Change a draft's title."""
    return tagged(response, await service.rename(session, caller, roster_id, body, based_on))


@router.delete("/rosters/{roster_id}", status_code=204, responses=problems(*DRAFTS))
async def discard_roster(roster_id: UUID, session: Write, caller: Planner, based_on: BasedOn) -> None:
    """Throw a draft away with its shifts."""
    await service.discard(session, caller, roster_id, based_on)


@router.post("/rosters/{roster_id}/generate", response_model=RosterOut, responses=problems(*MOVES))
async def generate(roster_id: UUID, caller: Planner, session: Write, once: OnceKey, based_on: BasedOn) -> Response:
    """Make a draft's shifts again after its templates have changed; seats that still fit are kept."""
    return await once.reply(session, await service.generate(session, caller, roster_id, based_on))


@router.post("/rosters/{roster_id}/publish", response_model=RosterOut, responses=problems(*MOVES, RulesUnmet))
async def publish(roster_id: UUID, caller: Planner, session: Write, once: OnceKey, based_on: BasedOn) -> Response:
    """Publish a roster that keeps to every hard rule; else every rule that is unmet is named."""
    return await once.reply(session, await service.publish(session, caller, roster_id, based_on))
