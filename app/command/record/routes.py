"""HTTP of looking at incidents."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Header, Response

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
NOT_MODIFIED: dict[int | str, dict[str, Any]] = {304: {"description": "As it was."}}


@router.get("/{incident_id}", response_model=IncidentOut, responses=NOT_MODIFIED | problems(*REFUSED, NotFound))
async def show(
    incident_id: UUID,
    caller: Looking,
    lane: ReadLane,
    if_none_match: Annotated[str | None, Header(description="The ETag that is known: 304 if it still holds.")] = None,
) -> Response:
    """One incident, with what this caller may do now."""
    record = await service.get(lane, caller, incident_id)
    etag = f'"{record["version"]}"'
    return answer(shown(record, caller), 200, etag) if if_none_match != etag else Response(None, 304, {"ETag": etag})
