"""HTTP of requests."""

from uuid import UUID

from fastapi import APIRouter, Response

from app.command.move.asking import NeedsMissing
from app.command.move.routes import Acting, BasedOn
from app.command.move.service import IllegalMove, NotYourMove
from app.command.request import service
from app.command.request.schemas import DecisionIn, RequestIn, RequestOut
from app.command.request.service import NotNow
from app.command.schemas import Call
from app.core.db import WriteLane
from app.core.once import KeyMissing, KeyReused, StillRunning
from app.core.problems import Conflict, InvalidRequest, NotFound, VersionMissing, VersionStale, problems
from app.identity.access import HotKey
from app.identity.service import NotSignedIn

router = APIRouter(prefix="/v1", tags=["incidents"])
TABLE_SAYS_NO = (NotSignedIn, NotYourMove, NotFound, IllegalMove, NeedsMissing, NotNow, InvalidRequest)
KEYS = (KeyMissing, KeyReused, StillRunning)


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
