"""HTTP of checkpoints and visits."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from app.core.db import Read, Write
from app.core.pages import Cursor, InvalidCursor, Limit, Page, decode
from app.core.problems import InvalidRequest, NotFound, problems
from app.coverage.checkpoint import service
from app.coverage.checkpoint.schemas import (
    CheckpointFilters,
    CheckpointIn,
    CheckpointMade,
    CheckpointOut,
    CheckpointPatch,
    ScanIn,
    ShiftCheckpoints,
    VisitIn,
    VisitOut,
)
from app.coverage.checkpoint.service import NotAtCheckpoint, NotOnDutyThen
from app.grid.schemas import key
from app.identity.access import OnceKey, needs
from app.identity.workflow import Actor, Right
from app.roster.routes import CHANGES, MAKES, REFUSED, BasedOn, Planner, Reader, instant

router = APIRouter(prefix="/v1", tags=["coverage"])
Goer = Annotated[Actor, needs(Right.POSITIONS_WRITE)]
VISITS = (*MAKES, NotFound, NotAtCheckpoint, NotOnDutyThen)


@router.get("/checkpoints", responses=problems(*REFUSED, InvalidRequest, InvalidCursor))
async def list_checkpoints(
    caller: Reader, wanted: Annotated[CheckpointFilters, Query()], session: Read
) -> Page[CheckpointOut]:
    """Checkpoints of the caller's centres by their code; with `overdue=true` those nobody came to in time."""
    after = decode(service.CURSOR, wanted.cursor, key, UUID)
    return await service.checkpoints(session, caller, wanted, (after[0], after[1]) if after else None)


@router.post("/checkpoints", status_code=201, response_model=CheckpointMade, responses=problems(*MAKES))
async def make_checkpoint(body: CheckpointIn, session: Write, caller: Planner, once: OnceKey) -> Response:
    """Set up a checkpoint; its code, if it gets one, is told in this answer and never again."""
    made = await service.make(session, caller, body)
    return await once.reply(session, made, 201, stored=made.model_copy(update={"token": None}))


@router.post("/checkpoints/visits", status_code=201, response_model=VisitOut, responses=problems(*VISITS))
async def scan(body: ScanIn, session: Write, caller: Goer, once: OnceKey) -> Response:
    """A checkpoint's code was scanned."""
    return await once.reply(session, await service.visit(session, caller, body), 201)


@router.get("/checkpoints/{checkpoint_id}", responses=problems(*REFUSED, NotFound))
async def show_checkpoint(checkpoint_id: UUID, response: Response, session: Read, caller: Reader) -> CheckpointOut:
    """One checkpoint."""
    found = await service.checkpoint(session, caller, checkpoint_id)
    response.headers["ETag"] = f'"{found.version}"'
    return found


@router.patch("/checkpoints/{checkpoint_id}", responses=problems(*CHANGES))
async def change_checkpoint(
    checkpoint_id: UUID, body: CheckpointPatch, response: Response, session: Write, caller: Planner, based_on: BasedOn
) -> CheckpointMade:
    """Change a checkpoint or take it out of use; a new code, if asked for, is told in this answer."""
    changed = await service.change(session, caller, checkpoint_id, body, based_on)
    response.headers["ETag"] = f'"{changed.version}"'
    return changed


@router.get("/checkpoints/{checkpoint_id}/visits", responses=problems(*REFUSED, NotFound, InvalidCursor))
async def list_visits(
    checkpoint_id: UUID, session: Read, caller: Reader, limit: Limit = 100, cursor: Cursor = None
) -> Page[VisitOut]:
    """The visits of a checkpoint, the newest first: scanned, and seen in the tracks."""
    after = decode(service.VISITS, cursor, instant, UUID, key)
    return await service.visits(session, caller, checkpoint_id, after, limit)


@router.post(
    "/checkpoints/{checkpoint_id}/visits", status_code=201, response_model=VisitOut, responses=problems(*VISITS)
)
async def visit(checkpoint_id: UUID, body: VisitIn, session: Write, caller: Goer, once: OnceKey) -> Response:
    """The caller's patrol is, or was, at this checkpoint."""
    return await once.reply(session, await service.visit(session, caller, body, checkpoint_id), 201)


@router.get("/shifts/{shift_id}/checkpoints", responses=problems(*REFUSED, NotFound))
async def list_checkpoints_of_shift(shift_id: UUID, session: Read, caller: Reader) -> ShiftCheckpoints:
    """The checkpoints in a shift's beat: visits while it was on duty, and how many are missing."""
    return ShiftCheckpoints(items=await service.of_shift(session, caller, shift_id))
