"""HTTP of the area tree."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from app.core.db import Read, Write
from app.core.once import KeyReused, StillRunning, base_version
from app.core.pages import InvalidCursor, Page, decode, page_of
from app.core.problems import (
    Conflict,
    InvalidRequest,
    NotFound,
    TooLarge,
    Unprocessable,
    VersionMissing,
    VersionStale,
    problems,
)
from app.grid.area import service
from app.grid.area.schemas import AreaFilters, AreaOut, AreaPatch, AreasMade, OneOrMany
from app.grid.geojson import WrongGeometry
from app.grid.schemas import AreaCode, WithBoundary, key
from app.identity.access import OnceKey, needs
from app.identity.service import Forbidden, NotSignedIn
from app.identity.workflow import Right

router = APIRouter(prefix="/v1/areas", tags=["ground"])
BasedOn = Annotated[int, Depends(base_version)]
READS = [needs(Right.GROUND_READ)]
WRITES = [needs(Right.GROUND_WRITE)]
REFUSED = (NotSignedIn, Forbidden, InvalidRequest)


@router.get("", dependencies=READS, responses=problems(*REFUSED, InvalidCursor))
async def list_areas(filters: Annotated[AreaFilters, Query()], session: Read) -> Page[AreaOut]:
    """Areas in the order of their codes."""
    after = decode("areas", filters.cursor, key)
    found = await service.areas(session, filters, after[0] if after else None)
    return page_of("areas", found, filters.limit, "code")


@router.get("/{code}", dependencies=READS, responses=problems(*REFUSED, NotFound))
async def show_area(code: AreaCode, session: Read, response: Response, *, boundary: WithBoundary = False) -> AreaOut:
    """One area."""
    found = await service.area(session, code, boundary=boundary)
    response.headers["ETag"] = f'"{found.version}"'
    return found


@router.post(
    "",
    status_code=201,
    dependencies=WRITES,
    response_model=AreaOut | AreasMade,
    responses=problems(*REFUSED, Conflict, Unprocessable, WrongGeometry, TooLarge, KeyReused, StillRunning),
)
async def add_areas(body: OneOrMany, session: Write, once: OnceKey) -> Response:
    """Add one area, or a tree of them as a list in any order; the answer has the shape of the request."""
    made = await service.add_areas(session, body if isinstance(body, list) else [body])
    return await once.reply(session, AreasMade(items=made) if isinstance(body, list) else made[0], 201)


@router.patch(
    "/{code}",
    dependencies=WRITES,
    responses=problems(*REFUSED, NotFound, Unprocessable, WrongGeometry, TooLarge, VersionStale, VersionMissing),
)
async def change_area(
    code: AreaCode, body: AreaPatch, session: Write, based_on: BasedOn, response: Response
) -> AreaOut:
    """Change an area; a new name shows on the cells of plans in force, a new parent moves everything below along."""
    changed = await service.change_area(session, code, body, based_on)
    response.headers["ETag"] = f'"{changed.version}"'
    return changed
