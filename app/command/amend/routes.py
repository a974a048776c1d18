"""HTTP of amending."""

from uuid import UUID

from fastapi import APIRouter, Response

from app.command.amend import service
from app.command.amend.schemas import IncidentPatch
from app.command.intake.service import OutsideGround
from app.command.move.asking import UnknownName
from app.command.move.routes import Acting, BasedOn
from app.command.move.service import IllegalMove, NotYourMove
from app.command.record.schemas import IncidentOut
from app.command.schemas import Call
from app.core.db import WriteLane
from app.core.once import KeyMissing, KeyReused, StillRunning
from app.core.problems import InvalidRequest, NotFound, VersionMissing, VersionStale, problems
from app.identity.access import OwnKey
from app.identity.service import NotSignedIn

router = APIRouter(prefix="/v1/incidents", tags=["incidents"])
PROBLEMS = problems(
    NotSignedIn, NotYourMove, NotFound, KeyMissing, KeyReused, StillRunning, IllegalMove, UnknownName, OutsideGround,
    InvalidRequest, VersionStale, VersionMissing,
)  # fmt: skip


@router.patch("/{incident_id}", response_model=IncidentOut, responses=PROBLEMS)
async def amend(  # one parameter each of what a request carries
    incident_id: UUID, caller: Acting, body: IncidentPatch, based_on: BasedOn, once: OwnKey, lane: WriteLane
) -> Response:
    """Change category, priority, place or words. The values before stay in the history."""
    return await service.amend(Call(lane, caller, once), incident_id, body, based_on)
