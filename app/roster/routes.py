"""HTTP of duty: patrols set up, shifts planned. Changing one, signing on and off stand with what they touch above."""

from datetime import datetime
from typing import Annotated, Protocol, TypeVar
from uuid import UUID

from fastapi import APIRouter, Depends, Response
from pydantic import AwareDatetime, TypeAdapter

from app.core.db import Read, Write
from app.core.once import KeyReused, StillRunning, base_version
from app.core.pages import Cursor, InvalidCursor, Limit, Page, decode, page_of
from app.core.problems import Conflict, NotFound, Unprocessable, VersionMissing, VersionStale, problems
from app.identity.access import OnceKey, needs
from app.identity.service import Forbidden, NotSignedIn
from app.identity.workflow import Actor, Right
from app.roster import service
from app.roster.schemas import (
    OneOrMany,
    PatrolIn,
    PatrolPatch,
    PatrolRow,
    Reference,
    ShiftFilter,
    ShiftIn,
    ShiftOut,
    ShiftsOut,
)

router = APIRouter(prefix="/v1", tags=["duty"])
BasedOn = Annotated[int, Depends(base_version)]
Reader = Annotated[Actor, needs(Right.DUTY_READ)]
Planner = Annotated[Actor, needs(Right.DUTY_WRITE)]
REFUSED = (NotSignedIn, Forbidden)
MAKES = (*REFUSED, Conflict, Unprocessable, KeyReused, StillRunning)
CHANGES = (*REFUSED, NotFound, VersionStale, VersionMissing, Unprocessable)
instant = TypeAdapter[datetime](AwareDatetime).validate_python


class Versioned(Protocol):
    """Something shown that says its version."""

    version: int


Shown = TypeVar("Shown", bound=Versioned)


def tagged(response: Response, shown: Shown) -> Shown:
    """The answer, its version in the ETag."""
    response.headers["ETag"] = f'"{shown.version}"'
    return shown


@router.post("/patrols", status_code=201, response_model=PatrolRow, responses=problems(*MAKES))
async def open_patrol(body: PatrolIn, session: Write, caller: Planner, once: OnceKey) -> Response:
    """Set up a joint patrol at a centre."""
    made = await service.open_patrol(session, caller, body)
    return await once.reply(session, PatrolRow.model_validate(made), 201)


@router.patch("/patrols/{patrol}", responses=problems(*CHANGES))
async def change_patrol(
    patrol: Reference, body: PatrolPatch, response: Response, session: Write, caller: Planner, based_on: BasedOn
) -> PatrolRow:
    """Change how a patrol, named by id or code, is called or goes."""
    changed = await service.change_patrol(session, caller, patrol, body, based_on)
    return tagged(response, PatrolRow.model_validate(changed))


@router.get("/shifts", responses=problems(*REFUSED, InvalidCursor))
async def list_shifts(
    session: Read,
    caller: Reader,
    wanted: Annotated[ShiftFilter, Depends()],
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[ShiftOut]:
    """Shifts by their start."""
    after = decode("shifts", cursor, instant, UUID)
    return page_of("shifts", await service.shifts(session, caller, wanted, after, limit), limit, "starts_at", "id")


@router.get("/shifts/{shift_id}", responses=problems(*REFUSED, NotFound))
async def show_shift(shift_id: UUID, response: Response, session: Read, caller: Reader) -> ShiftOut:
    """One shift with its crew."""
    return tagged(response, await service.shift(session, caller, shift_id))


@router.post("/shifts", status_code=201, response_model=ShiftOut | ShiftsOut, responses=problems(*MAKES))
async def open_shifts(body: OneOrMany, session: Write, caller: Planner, once: OnceKey) -> Response:
    """Plan a shift with its crew, or up to 500 as `{"shifts": […]}`: all or none."""
    wanted = [body] if isinstance(body, ShiftIn) else body.shifts
    made = await service.open_shifts(session, caller, wanted)
    return await once.reply(session, made[0] if isinstance(body, ShiftIn) else ShiftsOut(items=made), 201)
