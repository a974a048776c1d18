"""HTTP of lists of incidents."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from app.command.listing import service
from app.command.listing.schemas import Wanted
from app.command.record.schemas import IncidentItem
from app.core.db import Lane, database
from app.core.once import answer
from app.core.pages import InvalidCursor, Page
from app.core.problems import InvalidRequest, OutOfRange, Unavailable, problems, raises
from app.core.query import described, query_as
from app.identity.access import needs
from app.identity.service import Forbidden, NotSignedIn
from app.identity.workflow import Actor, Right

router = APIRouter(prefix="/v1/incidents", tags=["incidents"])
Filters = Annotated[Wanted, Depends(query_as(Wanted))]
PROBLEMS = problems(NotSignedIn, Forbidden, InvalidCursor, InvalidRequest)


@raises(Unavailable, OutOfRange)
async def lane_for(request: Request, wanted: Filters) -> AsyncIterator[Lane]:
    """The connection for a page: a search is planned for what is looked for, a plain page once for all."""
    known = database(request)
    async with known.search_lane() if wanted.is_search else known.read_lane() as lane:
        yield lane


PageLane = Annotated[Lane, Depends(lane_for, scope="function")]


@router.get("", response_model=Page[IncidentItem], responses=PROBLEMS, openapi_extra=described(Wanted))
async def page(caller: Annotated[Actor, needs(Right.INCIDENTS_READ)], wanted: Filters, lane: PageLane) -> Response:
    """The incidents this caller may see, newest first, with what may be done to each."""
    return answer(await service.page(lane, caller, wanted), 200, None)
