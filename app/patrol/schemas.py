"""What enters and leaves about positions."""

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from app.core.geo import Datum, Point
from app.core.time import Instant
from app.identity.schemas import Code
from app.patrol.workflow import NotKept

MAX_FIXES = 5000
MAX_ACCURACY_M, MAX_SPEED_MPS, FULL_CIRCLE_DEG, FULL_PERCENT, MAX_NAME = 1_000_000, 1000, 360, 100, 100
DeviceId = Annotated[str, Field(min_length=1, max_length=MAX_NAME, pattern=r"^[^\x00]*$")]


def point(given: object) -> object:
    """A position given as `[lon, lat]` as the GeoJSON point it stands for."""
    return {"type": "Point", "coordinates": given} if isinstance(given, list) else given


class Fix(BaseModel):
    """Where a device was. `location` is longitude and latitude in degrees; a third number is not used.

    `battery` is in percent; `is_mock` is a phone's word that it makes its places up. `patrol` is for who gives
    positions for others; a crew's own fixes go without it.
    """

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {"observed_at": "2026-11-23T02:00:00Z", "location": [118.63, 32.06], "accuracy_m": 8}
        },
    )

    device_id: DeviceId | None = None
    patrol: Code | None = None
    observed_at: Instant
    location: Annotated[list[float], Field(min_length=2, max_length=3)]
    datum: Datum = Datum.WGS84
    accuracy_m: Annotated[float, Field(ge=0, le=MAX_ACCURACY_M)] | None = None
    speed_mps: Annotated[float, Field(ge=0, le=MAX_SPEED_MPS)] | None = None
    heading_deg: Annotated[float, Field(ge=0, le=FULL_CIRCLE_DEG)] | None = None
    battery: Annotated[float, Field(ge=0, le=FULL_PERCENT)] | None = None
    is_mock: bool = False


class PositionsIn(BaseModel):
    """Fixes of one or several devices, in any order. A fix that is no good does not keep the others back."""

    model_config = ConfigDict(extra="forbid")

    positions: Annotated[list[Fix], Field(min_length=1, max_length=MAX_FIXES)]


class FixNotKept(BaseModel):
    """A fix that was not stored, by its place in the request, and why."""

    index: int
    reason: NotKept
    detail: Annotated[str | None, Field(description="What is wrong with the shape of a malformed fix.")] = None


class PositionsOut(BaseModel):
    """How many fixes were stored, how many were there already, and each that was not stored."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {"stored": 48, "repeated": 1, "not_stored": [{"index": 7, "reason": "not_on_duty"}]}
        }
    )

    stored: int
    repeated: int
    not_stored: list[FixNotKept]


class SignOnIn(BaseModel):
    """Where the crew signs on, if it says so: a GeoJSON point or `[lon, lat]`; `reason` is for outside the beat."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": {"location": {"type": "Point", "coordinates": [118.63, 32.06]}, "accuracy_m": 8}},
    )

    location: Annotated[Point, BeforeValidator(point)] | None = None
    datum: Datum = Datum.WGS84
    accuracy_m: Annotated[float, Field(ge=0, le=1_000_000)] | None = None
    observed_at: Instant | None = None
    reason: Annotated[str, Field(min_length=1, max_length=500, pattern=r"^[^\x00]*$")] | None = None


class Position(BaseModel):
    """Where a patrol on duty was last seen, and how many seconds ago."""

    location: Point
    observed_at: Instant
    age_s: int
    accuracy_m: float | None
    speed_mps: float | None
    heading_deg: float | None
    battery: int | None
    quality: str
