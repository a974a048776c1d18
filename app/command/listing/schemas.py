"""By what a list of incidents is filtered, sorted and cut."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, NamedTuple
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from app.core.pages import DEFAULT_LIMIT, Cursor, Limit
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

    status: Annotated[list[Status], Field(description="Only these statuses.")] = []
    open: Annotated[bool | None, Field(description="Only open ones, or only ended ones.")] = None
    level: Annotated[
        int | None, Field(ge=1, le=9, description="Commanded at this level: 1 the street, 2 the district.")
    ] = None
    centre: Annotated[Word | None, Field(description="Commanded by the centre with this code, or one below it.")] = None
    area: Annotated[Word | None, Field(description="In the area with this code.")] = None
    cell: Annotated[Word | None, Field(description="In the grid cell with this code.")] = None
    category: Annotated[
        Word | None, Field(description="Of the category with this code, or a code that begins like it.")
    ] = None
    domain: Annotated[Word | None, Field(description="Of this domain.")] = None
    department: Annotated[Word | None, Field(description="With a crew or lead of this department.")] = None
    patrol: Annotated[Word | None, Field(description="Assigned to the patrol with this code.")] = None
    priority: Annotated[
        list[Annotated[int, Field(ge=1, le=4)]],
        Field(max_length=4, description="Of these priorities; 1 is the most urgent."),
    ] = []
    source: Annotated[Word | None, Field(description="From this source.")] = None
    external_ref: Annotated[Word | None, Field(description="With this reference of the source's own.")] = None
    number: Annotated[Word | None, Field(description="With this number.")] = None
    overdue: Annotated[
        bool | None, Field(description="Only those with a limit that has passed, or only the others.")
    ] = None
    unassigned: Annotated[
        bool | None, Field(description="Only those that no patrol has to do, or only the others.")
    ] = None
    bbox: Annotated[
        Annotated[str, Field(max_length=120), AfterValidator(_box)] | None,
        Field(description="West, south, east, north in degrees."),
    ] = None
    near: Annotated[
        Annotated[str, Field(max_length=120), AfterValidator(_near)] | None,
        Field(description="Longitude, latitude and a radius in metres."),
    ] = None
    reported_from: Annotated[Instant | None, Field(description="Reported at this instant or later.")] = None
    reported_to: Annotated[Instant | None, Field(description="Reported before this instant.")] = None
    q: Annotated[Word | None, Field(description="Words in number, title or description, Chinese too.")] = None
    sort: Annotated[Sort, Field(description="Newest first, or oldest first.")] = Sort.NEWEST
    limit: Limit = DEFAULT_LIMIT
    cursor: Cursor = None

    @property
    def is_search(self) -> bool:
        """Whether something is looked for, beyond a page of all, of the open or of the ended."""
        return not self.model_fields_set <= {"open", "sort", "limit", "cursor"}


def instant(text: Any) -> datetime:
    """The instant in a cursor."""
    return datetime.fromisoformat(text)


def identifier(text: Any) -> UUID:
    """The id in a cursor."""
    return UUID(text)
