"""HTTP of whistles."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Response

from app.command.move.asking import NeedsMissing, UnknownName
from app.command.move.routes import Acting, BasedOn
from app.command.move.service import IllegalMove, NotYourMove
from app.command.schemas import Call
from app.command.whistle import service
from app.command.whistle.schemas import ProposalOut, WhistleIn, WhistleOut, WhistlesOut, WhistleTransitionIn
from app.command.whistle.service import StillCalled
from app.core.db import ReadLane, WriteLane
from app.core.once import KeyMissing, KeyReused, StillRunning
from app.core.problems import Conflict, InvalidRequest, NotFound, Unprocessable, VersionMissing, VersionStale, problems
from app.identity.access import HotKey, needs
from app.identity.service import Forbidden, NotSignedIn
from app.identity.workflow import Actor, Right

router = APIRouter(prefix="/v1", tags=["linkage"])
Looking = Annotated[Actor, needs(Right.INCIDENTS_READ)]
PROBLEMS = (
    NotSignedIn, NotYourMove, NotFound, KeyMissing, KeyReused, StillRunning, Conflict, IllegalMove, NeedsMissing,
    UnknownName, InvalidRequest, Unprocessable,
)  # fmt: skip


@router.post(
    "/incidents/{incident_id}/whistles", status_code=201, response_model=WhistleOut, responses=problems(*PROBLEMS)
)
async def blow(incident_id: UUID, caller: Acting, body: WhistleIn, once: HotKey, lane: WriteLane) -> Response:
    """吹哨: call several departments to an incident. With none named, those that are competent there are called."""
    return await service.blow(Call(lane, caller, once), incident_id, body)


@router.get("/incidents/{incident_id}/whistles", responses=problems(NotSignedIn, Forbidden, NotFound))
async def whistles(incident_id: UUID, caller: Looking, lane: ReadLane) -> WhistlesOut:
    """The whistles of an incident and every department that was called to it."""
    return await service.listed(lane, caller, incident_id)


@router.get("/incidents/{incident_id}/whistles/proposal", responses=problems(NotSignedIn, Forbidden, NotFound))
async def proposal(incident_id: UUID, caller: Looking, lane: ReadLane) -> ProposalOut:
    """Whom a whistle would call now: the departments that are competent for the category where the incident is."""
    return await service.proposal(lane, caller, incident_id)


@router.post(
    "/whistles/{whistle_id}/transitions",
    response_model=WhistleOut,
    responses=problems(*PROBLEMS, StillCalled, VersionStale, VersionMissing),
)
async def advance(  # one parameter each of what a request carries
    whistle_id: UUID, caller: Acting, body: WhistleTransitionIn, based_on: BasedOn, once: HotKey, lane: WriteLane
) -> Response:
    """Call further departments by a whistle, or close it: 事不完, 人不走, so nobody may be left behind."""
    return await service.advance(Call(lane, caller, once), whistle_id, body, based_on)
