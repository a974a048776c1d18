"""What is asked of a track, and what leaves about it and about its readers."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field

from app.core.time import Instant
from app.identity.schemas import Code, Purpose
from app.patrol.workflow import Quality

MAX_PAGE = 20_000
"""A day of one device at a fix every five seconds is one page."""


class TrackFilter(BaseModel):
    """Which part of a track, at most 24 hours, and how exactly."""

    model_config = ConfigDict(extra="forbid")

    from_at: Annotated[Instant, Field(alias="from", description="The first instant.")]
    to_at: Annotated[Instant, Field(alias="to", description="The instant after the last.")]
    purpose: Purpose
    trusted: Annotated[bool, Field(description="Leave out zero islands, jumps, repeats and impossible speeds.")] = False
    simplify_m: Annotated[
        float | None,
        Field(gt=0, le=1000, description="Leave out fixes within so many metres of the line without them."),
    ] = None
    limit: Annotated[int, Field(ge=1, le=MAX_PAGE, description="Fixes on a page.")] = MAX_PAGE
    cursor: Annotated[str | None, Field(max_length=512, description="`next` of the page before.")] = None


TrackAsked = Annotated[TrackFilter, Query()]


class Line(BaseModel):
    """A GeoJSON line; of a single fix, a point."""

    type: Literal["LineString", "Point"]
    coordinates: list[Any]


class LineFacts(BaseModel):
    """One shift, one device of the crew. The lists have one entry a position of the line.

    Devices are numbered in the order they appear, not named: a track is of a patrol, never of a person.
    """

    shift_id: UUID
    device: int
    observed_at: list[Instant]
    accuracy_m: list[float | None]
    quality: list[Quality]


class TrackLine(BaseModel):
    """A GeoJSON feature."""

    type: Literal["Feature"] = "Feature"
    geometry: Line
    properties: LineFacts


class Track(BaseModel):
    """A GeoJSON feature collection, and the cursor of the rest: null at the end."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "type": "FeatureCollection",
                "features": [
                    {
                        "type": "Feature",
                        "geometry": {"type": "LineString", "coordinates": [[118.63, 32.06], [118.631, 32.06]]},
                        "properties": {
                            "shift_id": "01920000-0000-7000-8000-000000000001",
                            "device": 1,
                            "observed_at": ["2026-11-23T02:00:00.000Z", "2026-11-23T02:01:00.000Z"],
                            "accuracy_m": [8.0, None],
                            "quality": ["good", "good"],
                        },
                    }
                ],
                "next": None,
            }
        }
    )

    type: Literal["FeatureCollection"] = "FeatureCollection"
    features: list[TrackLine]
    next: str | None = None


class TrackReadingOut(BaseModel):
    """One reading: who looked at which patrol's track, of which period, when and what for."""

    model_config = ConfigDict(
        from_attributes=True,
        json_schema_extra={
            "example": {
                "id": 1,
                "patrol_id": "01920000-0000-7000-8000-000000000001",
                "patrol": "P-001",
                "from_at": "2026-11-23T02:00:00.000Z",
                "to_at": "2026-11-23T03:00:00.000Z",
                "actor": "street1.shift_leader",
                "purpose": "the crew did not answer",
                "at": "2026-11-23T03:10:00.000Z",
            }
        },
    )

    id: int
    patrol_id: UUID
    patrol: Code
    from_at: Instant
    to_at: Instant
    actor: Annotated[str, Field(description="Username.")]
    purpose: str
    at: Instant
