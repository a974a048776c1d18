"""HTTP of reporting."""

from typing import Annotated

from fastapi import APIRouter, Response

from app.command.intake import service
from app.command.intake.schemas import ReportIn
from app.command.intake.service import OutsideGround, UnknownCategory
from app.command.record.schemas import IncidentOut
from app.command.schemas import Call
from app.core.db import WriteLane
from app.core.once import KeyMissing, KeyReused, StillRunning
from app.core.problems import Conflict, InvalidRequest, problems
from app.identity.access import HotKey, needs
from app.identity.service import Forbidden, NotSignedIn
from app.identity.workflow import Actor, Right

router = APIRouter(prefix="/v1/incidents", tags=["incidents"])
PROBLEMS = problems(
    NotSignedIn,
    Forbidden,
    KeyMissing,
    KeyReused,
    StillRunning,
    Conflict,
    OutsideGround,
    UnknownCategory,
    InvalidRequest,
)


@router.post("", status_code=201, response_model=IncidentOut, responses=PROBLEMS)
async def report(
    caller: Annotated[Actor, needs(Right.INCIDENTS_REPORT)], body: ReportIn, once: HotKey, lane: WriteLane
) -> Response:
    """上报: report an incident at a place. It is located in its cell and given to the centre that commands there."""
    return await service.report(Call(lane, caller, once), body)
