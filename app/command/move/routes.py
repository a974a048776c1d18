"""HTTP of moves: incidents and assignments."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response

from app.command.move import service
from app.command.move.asking import NeedsMissing, PatrolUnfit, UnknownName
from app.command.move.schemas import AssignmentTransitionIn, TransitionIn
from app.command.move.service import IllegalMove, NotYourMove
from app.command.record.schemas import AssignmentMoved, IncidentOut
from app.command.schemas import Call
from app.core.db import WriteLane
from app.core.once import KeyMissing, KeyReused, StillRunning, base_version
from app.core.problems import Conflict, InvalidRequest, NotFound, VersionMissing, VersionStale, problems
from app.identity.access import HotKey, needs
from app.identity.service import NotSignedIn
from app.identity.workflow import Actor, Right

router = APIRouter(prefix="/v1", tags=["incidents"])
BasedOn = Annotated[int, Depends(base_version)]
Acting = Annotated[Actor, needs(Right.INCIDENTS_ACT)]
PROBLEMS = problems(
    NotSignedIn, NotYourMove, NotFound, KeyMissing, KeyReused, StillRunning, Conflict, IllegalMove, PatrolUnfit,
    NeedsMissing, UnknownName, InvalidRequest, VersionStale, VersionMissing,
)  # fmt: skip


@router.post("/incidents/{incident_id}/transitions", response_model=IncidentOut, responses=PROBLEMS)
async def advance(  # one parameter each of what a request carries
    incident_id: UUID, caller: Acting, body: TransitionIn, based_on: BasedOn, once: HotKey, lane: WriteLane
) -> Response:
    """Move an incident by one action of its workflow. Level moves are actions too."""
    return await service.advance(Call(lane, caller, once), incident_id, body, based_on)


@router.post("/assignments/{assignment_id}/transitions", response_model=AssignmentMoved, responses=PROBLEMS)
async def advance_assignment(  # as above
    assignment_id: UUID,
    caller: Acting,
    body: AssignmentTransitionIn,
    based_on: BasedOn,
    once: HotKey,
    lane: WriteLane,
) -> Response:
    """Move an assignment; the incident follows where the first acceptance or the last refusal moves it."""
    return await service.advance_assignment(Call(lane, caller, once), assignment_id, body, based_on)
