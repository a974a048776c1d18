"""By what a list of incidents is filtered, sorted and cut."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, NamedTuple
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from app.core.pages import DEFAULT_LIMIT, MAX_LIMIT
from app.core.time import Instant
from app.incident.workflow import Status

MAX_NEAR_M = 50_000.0
ABSURD = 1e9
Word = Annotated[str, Field(max_length=100, pattern=r"^[^\x00]*$")]


class Sort(StrEnum):
    """The order of a list; `-` is downwards."""

    NEWEST = "-reported_at"
    OLDEST = "reported_at"


class Box(NamedTuple):
    """A window in degrees."""

    west: float
    south: float
    east: float
    north: float


class Near(NamedTuple):
    """A circle: degrees and metres."""

    lon: float
    lat: float
    radius_m: float


def _box(text: str) -> str:
    box(text)
    return text


def box(text: str) -> Box:
    """`west,south,east,north` in degrees."""
    found = Box(*_numbers(text, 4))
    if not (-180 <= found.west <= found.east <= 180 and -90 <= found.south <= found.north <= 90):  # noqa: PLR2004  # degrees
        message = "must be west,south,east,north in degrees, west ≤ east and south ≤ north"
        raise ValueError(message)
    return found


def near(text: str) -> Near:
    """`lon,lat,radius_m`."""
    found = Near(*_numbers(text, 3))
    if not (abs(found.lon) <= 180 and abs(found.lat) <= 90 and 0 < found.radius_m <= MAX_NEAR_M):  # noqa: PLR2004  # degrees
        message = f"must be lon,lat,radius_m with a radius up to {MAX_NEAR_M:.0f} m"
        raise ValueError(message)
    return found


def _near(text: str) -> str:
    near(text)
    return text


def _numbers(text: str, count: int) -> list[float]:
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) != count or not all(abs(n) < ABSURD for n in numbers):
        message = f"must be {count} numbers separated by commas"
        raise ValueError(message)
    return numbers


class Wanted(BaseModel):
    """The query of `GET /v1/incidents`. Codes, not ids; several values of one filter are alternatives."""

    model_config = ConfigDict(extra="forbid")

    status: list[Status] = []
    open: bool | None = None
    level: int | None = None
    centre: Word | None = None
    area: Word | None = None
    cell: Word | None = None
    category: Word | None = None
    domain: Word | None = None
    department: Word | None = None
    patrol: Word | None = None
    priority: Annotated[list[Annotated[int, Field(ge=1, le=4)]], Field(max_length=4)] = []
    source: Word | None = None
    external_ref: Word | None = None
    number: Word | None = None
    overdue: bool | None = None
    unassigned: bool | None = None
    bbox: Annotated[str, Field(max_length=120), AfterValidator(_box)] | None = None
    near: Annotated[str, Field(max_length=120), AfterValidator(_near)] | None = None
    reported_from: Instant | None = None
    reported_to: Instant | None = None
    q: Word | None = None
    sort: Sort = Sort.NEWEST
    limit: Annotated[int, Field(ge=1, le=MAX_LIMIT)] = DEFAULT_LIMIT
    cursor: Annotated[str, Field(max_length=512)] | None = None


def instant(text: Any) -> datetime:
    """The instant in a cursor."""
    return datetime.fromisoformat(text)


def identifier(text: Any) -> UUID:
    """The id in a cursor."""
    return UUID(text)
