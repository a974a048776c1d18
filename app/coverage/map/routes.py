"""HTTP of the coverage map."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from app.core.db import Read
from app.core.pages import InvalidCursor, decode
from app.core.problems import InvalidRequest, Unprocessable, problems
from app.coverage.map import service
from app.coverage.map.schemas import CoverageFeatures, CoverageFilters, CoveragePage
from app.grid.schemas import key
from app.roster.routes import REFUSED, Reader

router = APIRouter(prefix="/v1/coverage", tags=["coverage"])
GEOJSON = "application/geo+json"


@router.get("", response_model=CoveragePage, responses=problems(*REFUSED, InvalidRequest, Unprocessable, InvalidCursor))
async def show_coverage(
    caller: Reader, wanted: Annotated[CoverageFilters, Query()], session: Read
) -> CoveragePage | Response:
    """Which cells, beats or areas patrols were in, how much, and how long ago; with `f=geojson` as a map.

    Figures are of places and kept after the tracks they come from are gone. Places of the caller's centres only.
    """
    after = decode(service.CURSOR, wanted.cursor, key, UUID)
    shown = await service.coverage(session, caller, wanted, (after[0], after[1]) if after else None)
    if isinstance(shown, CoverageFeatures):
        return Response(shown.model_dump_json(), media_type=GEOJSON)
    return shown
