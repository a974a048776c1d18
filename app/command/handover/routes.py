"""HTTP of handovers."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Response

from app.command.handover import service
from app.command.handover.schemas import HandoverIn, HandoverOut, Handovers, TakenUp
from app.command.handover.service import NothingOpen, NothingWaits
from app.command.schemas import Call
from app.core.db import Read, WriteLane
from app.core.once import KeyMissing, KeyReused, StillRunning
from app.core.problems import NotFound, VersionMissing, VersionStale, problems
from app.identity.access import HotKey, needs
from app.identity.workflow import Actor, Right
from app.roster.routes import REFUSED, BasedOn, Reader
from app.roster.signing.service import NotOnDuty

router = APIRouter(prefix="/v1/shifts", tags=["duty"])
Acting = Annotated[Actor, needs(Right.DUTY_READ)]
HANDS = (*REFUSED, NotFound, NotOnDuty, KeyMissing, KeyReused, StillRunning)


@router.post(
    "/{shift_id}/handover",
    status_code=201,
    response_model=HandoverOut,
    responses=problems(*HANDS, NothingOpen, VersionMissing, VersionStale),
)
async def hand_over(  # one parameter each of what a request carries
    shift_id: UUID,
    caller: Acting,
    once: HotKey,
    based_on: BasedOn,
    lane: WriteLane,
    body: HandoverIn | None = None,
) -> Response:
    """Hand the work that was not begun over to the next crew; until that takes it up, it is the dispatcher's."""
    return await service.hand_over(Call(lane, caller, once), shift_id, body or HandoverIn(), based_on)


@router.get("/{shift_id}/handover", responses=problems(*REFUSED, NotFound))
async def handovers(shift_id: UUID, caller: Reader, session: Read) -> Handovers:
    """What a shift takes over and leaves, and what the crew before it said."""
    return await service.handovers(session, caller, shift_id)


@router.post("/{shift_id}/handover/acknowledge", response_model=TakenUp, responses=problems(*HANDS, NothingWaits))
async def acknowledge(shift_id: UUID, caller: Acting, once: HotKey, lane: WriteLane) -> Response:
    """Take up what was handed over to this shift: what is still nobody's is offered to its patrol."""
    return await service.acknowledge(Call(lane, caller, once), shift_id)
