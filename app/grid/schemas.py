"""What several parts of the ground say alike: codes, places, boundaries, boxes, and that a point is outside."""

from typing import Annotated, Any, ClassVar
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from app.core.pages import DEFAULT_LIMIT, Cursor, Limit
from app.core.problems import Problem
from app.core.time import Instant

AreaCode = Annotated[
    str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$", examples=["320111001005"], description="An area's code.")
]
CellCode = Annotated[
    str, Field(pattern=r"^[^\x00-\x1f\x7f]{1,64}$", examples=["320111001005001"], description="A cell's code.")
]
Text = Annotated[str, Field(pattern=r"^[^\x00]*$", min_length=1, max_length=200)]
WithBoundary = Annotated[bool, Field(description="With the boundary.")]


class Listed(BaseModel):
    """What every list takes; a filter it does not know is refused, not ignored."""

    model_config = ConfigDict(extra="forbid")

    limit: Limit = DEFAULT_LIMIT
    cursor: Cursor = None


class OutsideJurisdiction(Problem):
    """No grid cell in force holds this point."""

    status = 404
    members: ClassVar[dict[str, Any]] = {"candidates": []}


class Place(BaseModel):
    """An area above a cell, ready to show."""

    model_config = ConfigDict(from_attributes=True)

    code: str
    level: Annotated[str, Field(examples=["street"])]
    name: str
    name_en: str


class Geometry(BaseModel):
    """A GeoJSON polygon or multipolygon in WGS 84, longitude first."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "type": "Polygon",
                "coordinates": [[[118.6, 32.0], [118.61, 32.0], [118.61, 32.01], [118.6, 32.01], [118.6, 32.0]]],
            }
        }
    )

    type: str
    coordinates: list[Any]


class Resource(BaseModel):
    """What every stored thing shows."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    version: int
    created_at: Instant
    updated_at: Instant


def key(value: Any) -> str:
    """A code out of a cursor."""
    if not isinstance(value, str) or not value.isprintable():
        raise ValueError(value)
    return value


def box(text: str | None) -> tuple[float, float, float, float] | None:
    """West, south, east and north in degrees from `west,south,east,north`."""
    if text is None:
        return None
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError:
        raise ValueError("must be four numbers: west,south,east,north") from None
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):  # noqa: PLR2004  # the globe
        raise ValueError("must be on the globe, west below east and south below north")
    return west, south, east, north


def _is_box(text: str | None) -> str | None:
    box(text)
    return text


BoxText = Annotated[
    str | None,
    AfterValidator(_is_box),
    Field(description="West, south, east, north in degrees.", examples=["118.6,32.0,118.7,32.1"]),
]
