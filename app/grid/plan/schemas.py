"""What enters and leaves about grid plans."""

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from app.core.geo import Datum
from app.core.problems import Conflict
from app.core.time import Instant
from app.grid.check.schemas import Report
from app.grid.models import PlanStatus, Scheme
from app.grid.schemas import AreaCode, Listed, Resource, Text

MAX_CELLS = 50_000
EXAMPLE: dict[str, Any] = {
    "name": "Grid of 2026",
    "scheme": "unit-15",
    "source": "survey of 2026-05",
    "area": "320111000000",
    "datum": "wgs84",
    "features": [
        {
            "type": "Feature",
            "properties": {"code": "320111001005001", "kind": "unit"},
            "geometry": {
                "type": "Polygon",
                "coordinates": [[[118.6, 32.0], [118.61, 32.0], [118.61, 32.01], [118.6, 32.01], [118.6, 32.0]]],
            },
        }
    ],
}


class PlanHasErrors(Conflict):
    """The plan has errors that keep it from being published; `report` says which."""

    members: ClassVar[dict[str, Any]] = {"report": {"errors": 1, "counts": {"overlap": 1}}}


class PlanNotDraft(Conflict):
    """The plan is published, and a published plan never changes."""


class PlanTooEarly(Conflict):
    """A plan of this area is published from that instant on or later."""

    members: ClassVar[dict[str, Any]] = {"plan": "019ab2f0-0000-7000-8000-000000000001"}


class AreaDividedElsewhere(Conflict):
    """A plan of an area above or below this one is in force at that instant."""

    members: ClassVar[dict[str, Any]] = {"plan": "019ab2f0-0000-7000-8000-000000000001"}


class Feature(BaseModel):
    """A GeoJSON feature: one cell."""

    type: Literal["Feature"] = "Feature"
    properties: dict[str, Any] | None
    geometry: dict[str, Any] | None


class PlanIn(BaseModel):
    """A draft plan: a GeoJSON FeatureCollection and how to read it. The coordinate system is never guessed."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": EXAMPLE})

    type: Literal["FeatureCollection"] = "FeatureCollection"
    id: UUID | None = None
    name: Text
    scheme: Scheme
    source: Text
    area: AreaCode
    datum: Datum
    crs: dict[str, Any] | str | None = None
    code_property: Text = "code"
    community_property: Text | None = None
    kind_property: Text = "kind"
    bbox: list[float] | None = None
    features: Annotated[list[Feature], Field(min_length=1, max_length=MAX_CELLS)]


class PublishIn(BaseModel):
    """From when a plan is in force: now, if it is not said."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"effective_from": "2026-12-01T00:00:00Z"}})

    effective_from: Instant | None = None


class PlanFilters(Listed):
    """Plans of an area; drafts or published ones."""

    area: Annotated[AreaCode | None, Field(description="Of the area with this code.")] = None
    status: Annotated[PlanStatus | None, Field(description="Only drafts, or only published ones.")] = None


class PlanOut(Resource):
    """A grid plan; `read_as` says which coordinate system its cells came in."""

    area: str
    name: Annotated[str, Field(examples=["浦口区网格 2026"])]
    scheme: Scheme
    source: Annotated[str, Field(examples=["survey of 2026-05"])]
    read_as: str
    status: PlanStatus
    effective_from: Instant | None
    effective_until: Instant | None
    published_at: Instant | None
    cells: int


class PlanDetail(PlanOut):
    """A grid plan with the report of its last check."""

    report: Report | None


@dataclass(frozen=True, slots=True)
class Drawn:
    """The cells of a draft, column by column: names, kinds, community codes, WGS 84 WKB."""

    codes: list[str]
    kinds: list[str]
    communities: list[str]
    boundaries: list[bytes]
