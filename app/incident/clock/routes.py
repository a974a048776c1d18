"""HTTP of an incident's clocks."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter

from app.core.db import Read
from app.core.problems import InvalidRequest, NotFound, problems
from app.identity.access import needs
from app.identity.service import Forbidden, NotSignedIn
from app.identity.workflow import Actor, Right
from app.incident.clock import service
from app.incident.clock.schemas import ClocksOut

router = APIRouter(prefix="/v1/incidents/{incident_id}", tags=["incidents"])


@router.get("/clocks", responses=problems(NotSignedIn, Forbidden, NotFound, InvalidRequest))
async def clocks(incident_id: UUID, caller: Annotated[Actor, needs(Right.INCIDENTS_READ)], session: Read) -> ClocksOut:
    """Every clock, with the stretches of time that count for it: why it is due when it is due."""
    return await service.clocks(session, caller, incident_id)
