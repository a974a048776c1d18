"""HTTP of lists of incidents."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from app.command.listing import service
from app.command.listing.schemas import Wanted
from app.command.record.schemas import IncidentItem
from app.core.db import ReadLane
from app.core.once import answer
from app.core.pages import InvalidCursor, Page
from app.core.problems import InvalidRequest, problems
from app.core.query import described, query_as
from app.identity.access import needs
from app.identity.service import Forbidden, NotSignedIn
from app.identity.workflow import Actor, Right

router = APIRouter(prefix="/v1/incidents", tags=["incidents"])
Filters = Annotated[Wanted, Depends(query_as(Wanted))]
PROBLEMS = problems(NotSignedIn, Forbidden, InvalidCursor, InvalidRequest)


@router.get("", response_model=Page[IncidentItem], responses=PROBLEMS, openapi_extra=described(Wanted))
async def page(caller: Annotated[Actor, needs(Right.INCIDENTS_READ)], wanted: Filters, lane: ReadLane) -> Response:
    """The incidents this caller may see, newest first, with what may be done to each."""
    return answer(await service.page(lane, caller, wanted), 200, None)
