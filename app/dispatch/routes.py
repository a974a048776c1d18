"""HTTP of recommendations."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Response

from app.core.db import ReadLane
from app.core.once import answer
from app.core.problems import NotFound, problems
from app.dispatch import service
from app.dispatch.schemas import Recommendations
from app.identity.access import needs
from app.identity.service import Forbidden, NotSignedIn
from app.identity.workflow import Actor, Right

router = APIRouter(prefix="/v1/incidents", tags=["dispatch"])
Looking = Annotated[Actor, needs(Right.INCIDENTS_READ, Right.DUTY_READ)]


@router.get(
    "/{incident_id}/recommendations",
    response_model=Recommendations,
    responses=problems(NotSignedIn, Forbidden, NotFound),
)
async def recommend(incident_id: UUID, caller: Looking, lane: ReadLane) -> Response:
    """Ranked patrols with score parts, the rejected with reasons, and what is missing of the wanted mix."""
    found = await service.recommend(lane, caller, incident_id)
    return answer(found.model_dump_json().encode(), 200, None)
