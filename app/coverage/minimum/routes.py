"""HTTP of minimums, live counts and voids."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from app.core.db import Read, Write
from app.core.pages import InvalidCursor, Page, decode
from app.core.problems import InvalidRequest, NotFound, problems
from app.coverage.minimum import service
from app.coverage.minimum.schemas import (
    LiveOut,
    MinimumFilters,
    MinimumIn,
    MinimumOut,
    MinimumPatch,
    VoidFilters,
    VoidOut,
)
from app.identity.access import OnceKey
from app.roster.routes import CHANGES, MAKES, REFUSED, BasedOn, Planner, Reader

router = APIRouter(prefix="/v1/coverage", tags=["coverage"])
LISTS = (*REFUSED, InvalidRequest, InvalidCursor)


@router.get("/live", responses=problems(*LISTS))
async def show_live(caller: Reader, wanted: Annotated[MinimumFilters, Query()], session: Read) -> Page[LiveOut]:
    """How many patrols are at each place with a minimum now, and where there are too few."""
    after = decode(service.LIVE, wanted.cursor, UUID)
    return await service.live(session, caller, wanted, after[0] if after else None)


@router.get("/voids", responses=problems(*LISTS))
async def list_voids(caller: Reader, wanted: Annotated[VoidFilters, Query()], session: Read) -> Page[VoidOut]:
    """Voids 空档, the newest first; `open=true` those that are not over."""
    after = decode(service.VOIDS, wanted.cursor, UUID)
    return await service.voids(session, caller, wanted, after[0] if after else None)


@router.get("/minimums", responses=problems(*LISTS))
async def list_minimums(caller: Reader, wanted: Annotated[MinimumFilters, Query()], session: Read) -> Page[MinimumOut]:
    """How many patrols places need, in the order it was said."""
    after = decode(service.CURSOR, wanted.cursor, UUID)
    return await service.minimums(session, caller, wanted, after[0] if after else None)


@router.post("/minimums", status_code=201, response_model=MinimumOut, responses=problems(*MAKES))
async def make_minimum(body: MinimumIn, session: Write, caller: Planner, once: OnceKey) -> Response:
    """Say how many patrols a cell, a beat or an area needs."""
    return await once.reply(session, await service.make(session, caller, body), 201)


@router.get("/minimums/{minimum_id}", responses=problems(*REFUSED, NotFound))
async def show_minimum(minimum_id: UUID, response: Response, session: Read, caller: Reader) -> MinimumOut:
    """One minimum."""
    found = await service.minimum(session, caller, minimum_id)
    response.headers["ETag"] = f'"{found.version}"'
    return found


@router.patch("/minimums/{minimum_id}", responses=problems(*CHANGES))
async def change_minimum(
    minimum_id: UUID, body: MinimumPatch, response: Response, session: Write, caller: Planner, based_on: BasedOn
) -> MinimumOut:
    """Change how many are needed, or take a minimum out of use."""
    changed = await service.change(session, caller, minimum_id, body, based_on)
    response.headers["ETag"] = f'"{changed.version}"'
    return changed
