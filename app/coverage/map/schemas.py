"""What is asked and answered about coverage. Every figure is of a place; none is of a patrol or a person."""

from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from app.core.pages import Page
from app.core.time import Instant
from app.grid.schemas import AreaCode, Geometry, Listed


class CoverageBy(StrEnum):
    """Of which places: cells, beats, or areas of one level."""

    CELL = "cell"
    BEAT = "beat"
    AREA = "area"


class CoverageForm(StrEnum):
    """A page of figures, or the same as GeoJSON with boundaries, for a map."""

    JSON = "json"
    GEOJSON = "geojson"


class CoverageFilters(Listed):
    """Which places, and of which period: the hours from the one that holds `from` to the one that `until` ends in.

    Without a period, the last 24 hours. `level` is that of the areas when `by=area`.
    """

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    by: Annotated[CoverageBy, Field(description="Of which places.")] = CoverageBy.CELL
    level: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,31}$", description="Of the areas, when `by=area`.")] = (
        "street"
    )
    from_: Annotated[Instant | None, Field(alias="from", description="The hour that holds it is the first.")] = None
    until: Annotated[Instant | None, Field(description="The hour it ends in is the last; now if left out.")] = None
    area: Annotated[AreaCode | None, Field(description="Only cells in this area.")] = None
    beat: Annotated[UUID | None, Field(description="Only cells of this beat.")] = None
    visited: Annotated[bool | None, Field(description="Only cells that were visited, or only those that were not.")] = (
        None
    )
    f: Annotated[CoverageForm, Field(description="Figures alone, or GeoJSON.")] = CoverageForm.JSON


class CoverageOut(BaseModel):
    """What patrols did at a place in a period.

    `share` is visited cells by all cells, from 0 to 1. `visits` are stays; `dwell_s` is patrols' time there, added up.
    `most_patrols` is the greatest number of different patrols in one cell in one hour. `last_at` and `since_s` say when
    somebody was there last up to the end of the period, even before its beginning; empty for never. `gap_s` is the
    longest time in the period without anybody, of a beat or an area that of its worst cell.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "id": "019ab7c4-0000-7000-8000-000000000001",
                "code": "320111004000",
                "name": "江浦街道",
                "name_en": "Jiangpu Street",
                "cells": 120,
                "visited": 93,
                "share": 0.775,
                "visits": 412,
                "dwell_s": 184213.0,
                "most_patrols": 3,
                "last_at": "2026-11-23T02:00:00.000Z",
                "since_s": 40,
                "gap_s": 86400,
            }
        },
    )

    id: UUID
    code: str
    name: str
    name_en: str
    cells: int
    visited: int
    share: float
    visits: int
    dwell_s: float
    most_patrols: int
    last_at: Instant | None
    since_s: int | None
    gap_s: int


class CoveragePage(Page[CoverageOut]):
    """A page of places, the period the figures are of, and up to when received fixes are in them."""

    from_at: Instant
    until_at: Instant
    computed_until: Instant | None


class CoverageFeature(BaseModel):
    """A place with its boundary."""

    type: Literal["Feature"] = "Feature"
    id: UUID
    geometry: Geometry | None
    properties: CoverageOut


class CoverageFeatures(BaseModel):
    """A page of places as a GeoJSON FeatureCollection; the other members are those of the page."""

    type: Literal["FeatureCollection"] = "FeatureCollection"
    features: list[CoverageFeature]
    next: str | None
    from_at: Instant
    until_at: Instant
    computed_until: Instant | None
