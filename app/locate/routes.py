"""HTTP of locating a point, by its position or by its code in the BeiDou grid."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from app.core import beidou
from app.core.db import ReadLane
from app.core.problems import InvalidRequest, OutOfRange, problems
from app.grid.schemas import OutsideJurisdiction
from app.identity.access import needs
from app.identity.service import Forbidden, NotSignedIn
from app.identity.workflow import Right
from app.locate import service
from app.locate.schemas import BeidouGridCell, BeidouSpot, Located, Spot, When

router = APIRouter(prefix="/v1", tags=["ground"])
LONGEST = 64


@router.get(
    "/locate",
    dependencies=[needs(Right.GROUND_READ)],
    responses=problems(NotSignedIn, Forbidden, InvalidRequest, OutsideJurisdiction),
)
async def locate(spot: Annotated[Spot, Query()], lane: ReadLane) -> Located:
    """The cell that holds a point, its areas and centre, the distance to its border and the cells near by."""
    return await service.locate(lane, spot)


@router.get(
    "/beidou-grid-codes",
    dependencies=[needs(Right.GROUND_READ)],
    responses=problems(NotSignedIn, Forbidden, InvalidRequest, OutOfRange),
)
async def find_beidou_grid_code(spot: Annotated[BeidouSpot, Query()], lane: ReadLane) -> BeidouGridCell:
    """Unofficial 非官方: the code of a position in the BeiDou grid, at the level asked for."""
    return await service.beidou_cell(lane, beidou.decode(beidou.encode(spot.position, spot.level)), spot.at)


@router.get(
    "/beidou-grid-codes/{code:path}",
    dependencies=[needs(Right.GROUND_READ)],
    responses=problems(NotSignedIn, Forbidden, InvalidRequest, beidou.InvalidBeidouGridCode),
)
async def locate_beidou_grid_code(
    code: Annotated[
        str, Path(min_length=1, max_length=LONGEST, examples=["N50I90073C9000"], description="As it was written.")
    ],
    when: Annotated[When, Query()],
    lane: ReadLane,
) -> BeidouGridCell:
    """Unofficial 非官方: where a code of the BeiDou grid lies, and in which cell. Groups and small letters are read."""
    return await service.beidou_cell(lane, beidou.decode(code), when.at)
