"""HTTP of locating a point."""

from typing import Annotated

from fastapi import APIRouter, Query

from app.core.db import ReadLane
from app.core.problems import InvalidRequest, problems
from app.grid.schemas import OutsideJurisdiction
from app.identity.access import needs
from app.identity.service import Forbidden, NotSignedIn
from app.identity.workflow import Right
from app.locate import service
from app.locate.schemas import Located, Spot

router = APIRouter(prefix="/v1", tags=["ground"])


@router.get(
    "/locate",
    dependencies=[needs(Right.GROUND_READ)],
    responses=problems(NotSignedIn, Forbidden, InvalidRequest, OutsideJurisdiction),
)
async def locate(spot: Annotated[Spot, Query()], lane: ReadLane) -> Located:
    """The cell that holds a point, its areas and centre, the distance to its border and the cells near by."""
    return await service.locate(lane, spot)
