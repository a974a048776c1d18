"""HTTP of scores after whistles."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Response

from app.core.db import Read, Write
from app.core.once import KeyMissing, KeyReused, StillRunning
from app.core.problems import Conflict, InvalidRequest, NotFound, Unprocessable, problems
from app.identity.access import OnceKey, needs
from app.identity.service import Forbidden, NotSignedIn
from app.identity.workflow import Actor, Right
from app.supervision.score import service
from app.supervision.score.schemas import ScoreIn, ScoresOut
from app.supervision.score.service import NotScorable

router = APIRouter(prefix="/v1/whistles/{whistle_id}/scores", tags=["supervision"])
REFUSED = (NotSignedIn, Forbidden, NotFound, InvalidRequest)
MAKES = (KeyMissing, KeyReused, StillRunning, Unprocessable, NotScorable, Conflict)


@router.get("", responses=problems(*REFUSED))
async def list_scores(
    whistle_id: UUID, caller: Annotated[Actor, needs(Right.INCIDENTS_READ)], session: Read
) -> ScoresOut:
    """双考核: everybody who is scored for a whistle, what the facts say of each, and every score given."""
    return await service.show(session, caller, whistle_id)


@router.post("", status_code=201, response_model=ScoresOut, responses=problems(*REFUSED, *MAKES))
async def score(
    whistle_id: UUID,
    body: ScoreIn,
    caller: Annotated[Actor, needs(Right.SCORES_WRITE)],
    session: Write,
    once: OnceKey,
) -> Response:
    """Score a department, by the centre that blew, or that centre, by the one above it; or correct the last score."""
    return await once.reply(session, await service.score(session, caller, whistle_id, body), 201)
