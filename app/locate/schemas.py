"""What is asked and answered about a point."""

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from app.core.beidou import FIELD, LEVELS, BeidouGridCode
from app.core.geo import Datum, LonLat, to_wgs84
from app.core.time import Instant
from app.grid.models import CellKind
from app.grid.schemas import Place

NEAR_M = 30.0
MAX_NEAR_M = 1000.0


class When(BaseModel):
    """By which grid plan a place is asked for."""

    model_config = ConfigDict(extra="forbid")

    at: Annotated[Instant | None, Field(description="By the grid plan in force at this instant; without it, now.")] = (
        None
    )


class Position(When):
    """A position in degrees, its coordinate system, and the instant of the grid plan."""

    lon: Annotated[
        float, Field(ge=-180, le=180, allow_inf_nan=False, examples=[118.63], description="Longitude in degrees.")
    ]
    lat: Annotated[
        float, Field(ge=-90, le=90, allow_inf_nan=False, examples=[32.06], description="Latitude in degrees.")
    ]
    datum: Annotated[Datum, Field(description="The coordinate system of the position.")] = Datum.WGS84

    @property
    def position(self) -> LonLat:
        """The position in WGS 84."""
        return to_wgs84(LonLat(self.lon, self.lat), self.datum)


class Spot(Position):
    """A position, and how far around it to look."""

    near_m: Annotated[
        float, Field(ge=0, le=MAX_NEAR_M, allow_inf_nan=False, description="Cells this near are candidates.")
    ] = NEAR_M
    accuracy_m: Annotated[
        Annotated[float, Field(ge=0, le=MAX_NEAR_M, allow_inf_nan=False)] | None,
        Field(description="How far off the position may be."),
    ] = None

    @property
    def reach_m(self) -> float:
        """How far the point may be from where it is said to be: its accuracy, or `near_m` if that is more."""
        return max(self.near_m, self.accuracy_m or 0.0)


class BeidouSpot(Position):
    """A position, and the level of the code that the BeiDou grid has for it."""

    level: Annotated[int, Field(ge=1, le=len(LEVELS), description="From 6° by 4° down to 1/2048″ by 1/2048″.")] = FIELD


class LocatedCell(BaseModel):
    """The cell that holds the point."""

    id: UUID
    plan_id: UUID
    code: Annotated[str, Field(examples=["320111004015001"])]
    kind: CellKind


class CommandingCentre(BaseModel):
    """The centre that commands there first."""

    id: UUID
    code: str
    name: str
    name_en: str
    level: int


class Candidate(LocatedCell):
    """A cell the point may be in instead: how far it is, where it belongs, and who commands there."""

    distance_m: float
    areas: list[Place]
    centre: CommandingCentre | None


class Located(BaseModel):
    """Where a point is: cell, areas from the community up, centre, metres to the cell's border, and cells near by."""

    location: Annotated[LonLat, Field(examples=[[118.625, 32.055]])]
    cell: LocatedCell
    areas: list[Place]
    centre: CommandingCentre | None
    distance_to_border_m: float
    candidates: list[Candidate]
    beidou: Annotated[BeidouGridCode | None, Field(description="What the BeiDou grid calls it; null in a polar cap.")]


class Size(BaseModel):
    """The sides of a cell of the BeiDou grid through its middle, in metres."""

    east_west: Annotated[float, Field(examples=[6.544])]
    north_south: Annotated[float, Field(examples=[7.722])]


class BeidouGridCell(BeidouGridCode):
    """A cell of the BeiDou grid, and where in the jurisdiction its middle is.

    `cell` is null where nothing holds the middle, and for a level whose cells are wider than ours (1 to 4).
    """

    parent: Annotated[str | None, Field(description="The code of the cell around it.", examples=["N50I90073C90"])]
    location: Annotated[LonLat, Field(description="Its middle.", examples=[[118.630035, 32.060035]])]
    box: Annotated[
        tuple[float, float, float, float],
        Field(description="West, south, east, north.", examples=[[118.63, 32.06, 118.630069, 32.060069]]),
    ]
    size_m: Size
    cell: LocatedCell | None
    areas: list[Place]
    centre: CommandingCentre | None
    candidates: Annotated[list[Candidate], Field(description="Other cells that one in this square may be in.")]
