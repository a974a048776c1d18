"""HTTP of requests."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response

from app.command.move.asking import NeedsMissing
from app.command.move.routes import Acting, BasedOn
from app.command.move.service import IllegalMove, NotYourMove
from app.command.request import service
from app.command.request.schemas import DecisionIn, RequestFilter, RequestIn, RequestOut, RequestRow
from app.command.request.service import NotNow
from app.command.schemas import Call
from app.core.db import Read, WriteLane
from app.core.once import KeyMissing, KeyReused, StillRunning
from app.core.pages import DEFAULT_LIMIT, Cursor, InvalidCursor, Limit, Page, decode, page_of
from app.core.problems import Conflict, InvalidRequest, NotFound, VersionMissing, VersionStale, problems
from app.identity.access import HotKey, needs
from app.identity.service import Forbidden, NotSignedIn
from app.identity.workflow import Actor, Right

router = APIRouter(prefix="/v1", tags=["incidents"])
TABLE_SAYS_NO = (NotSignedIn, NotYourMove, NotFound, IllegalMove, NeedsMissing, NotNow, InvalidRequest)
REFUSED = (NotSignedIn, Forbidden, InvalidRequest, InvalidCursor)
Looking = Annotated[Actor, needs(Right.INCIDENTS_READ)]
KEYS = (KeyMissing, KeyReused, StillRunning)


@router.get("/requests", responses=problems(*REFUSED))
async def list_requests(
    session: Read,
    caller: Looking,
    wanted: Annotated[RequestFilter, Depends()],
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[RequestRow]:
    """Requests about incidents the caller may see, in the order they were asked: what waits, and what was decided."""
    after = decode("requests", cursor, UUID)
    rows = await service.listed(session, caller, wanted, None, (after[0] if after else None, limit))
    return page_of("requests", rows, limit, "id")


@router.get("/incidents/{incident_id}/requests", responses=problems(*REFUSED, NotFound))
async def list_requests_of_an_incident(
    incident_id: UUID, session: Read, caller: Looking, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> Page[RequestRow]:
    """Every request about one incident, of all its rounds."""
    after = decode("requests", cursor, UUID)
    place = (after[0] if after else None, limit)
    rows = await service.listed(session, caller, RequestFilter(), incident_id, place)
    return page_of("requests", rows, limit, "id")


@router.post(
    "/incidents/{incident_id}/requests",
    status_code=201,
    response_model=RequestOut,
    responses=problems(*TABLE_SAYS_NO, *KEYS, Conflict),
)
async def ask(incident_id: UUID, caller: Acting, body: RequestIn, once: HotKey, lane: WriteLane) -> Response:
    """Ask for a return, an extension, a suspension, a void or a reopening; somebody else decides."""
    return await service.ask(Call(lane, caller, once), incident_id, body)


@router.post(
    "/requests/{request_id}/decision",
    response_model=RequestOut,
    responses=problems(*TABLE_SAYS_NO, *KEYS, VersionStale, VersionMissing),
)
async def decide(  # one parameter each of what a request carries
    request_id: UUID, caller: Acting, body: DecisionIn, based_on: BasedOn, once: HotKey, lane: WriteLane
) -> Response:
    """Approve or refuse a request; an approval is carried out at once."""
    return await service.decide(Call(lane, caller, once), request_id, body, based_on)
