"""HTTP of looking at incidents."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Response

from app.command.record import service
from app.command.record.schemas import IncidentOut
from app.command.record.view import shown
from app.core.db import ReadLane
from app.core.once import answer
from app.core.problems import NotFound, problems
from app.identity.access import needs
from app.identity.service import Forbidden, NotSignedIn
from app.identity.workflow import Actor, Right

router = APIRouter(prefix="/v1/incidents", tags=["incidents"])
Looking = Annotated[Actor, needs(Right.INCIDENTS_READ)]
REFUSED = (NotSignedIn, Forbidden)


@router.get("/{incident_id}", response_model=IncidentOut, responses=problems(*REFUSED, NotFound))
async def show(incident_id: UUID, caller: Looking, lane: ReadLane) -> Response:
    """One incident, with what this caller may do now.

    The ETag is the incident's version, for If-Match; its crews, departments and limits move on without it.
    """
    record = await service.get(lane, caller, incident_id)
    return answer(shown(record, caller), 200, f'"{record["version"]}"')
