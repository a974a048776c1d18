"""HTTP of checking a roster."""

from uuid import UUID

from fastapi import APIRouter

from app.core.db import Read
from app.core.problems import NotFound, problems
from app.roster.check import service
from app.roster.check.schemas import CheckOut
from app.roster.routes import REFUSED, Planner

router = APIRouter(prefix="/v1", tags=["rosters"])


@router.get("/rosters/{roster_id}/check", responses=problems(*REFUSED, NotFound))
@router.post("/rosters/{roster_id}/check", responses=problems(*REFUSED, NotFound))
async def check(roster_id: UUID, session: Read, caller: Planner) -> CheckOut:
    """Every rule the roster does not keep to. A POST asks the same and changes nothing: it needs no key."""
    return await service.check(session, caller, roster_id)
