"""What enters and leaves about checkpoints and the visits made there."""

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from app.core.geo import Datum, Point
from app.core.time import Instant
from app.coverage.models import VisitHow
from app.coverage.workflow import MAX_RADIUS_M
from app.grid.schemas import Listed
from app.identity.schemas import Code
from app.roster.schemas import Name, Named

Radius = Annotated[float, Field(ge=5, le=MAX_RADIUS_M, allow_inf_nan=False, description="Of the geofence, in metres.")]
Every = Annotated[int, Field(ge=300, le=7 * 86400, description="The longest time without a visit, in seconds.")]
Token = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{22,64}$", description="The text of the QR code or NFC tag.")]


class CheckpointIn(BaseModel):
    """A new checkpoint of a centre. `with_code` makes a code for a QR or NFC tag; it is told in the answer, once."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "centre": "320111004000",
                "code": "CP-01",
                "name": "文德路地铁站一号口",
                "name_en": "Wende Road metro, exit 1",
                "location": {"type": "Point", "coordinates": [118.625, 32.055]},
                "radius_m": 30,
                "every_s": 7200,
                "with_code": True,
            }
        },
    )

    id: UUID | None = None
    centre: Code
    code: Code
    name: Name
    name_en: Name
    location: Point
    datum: Datum = Datum.WGS84
    radius_m: Radius = 30
    every_s: Every
    with_code: bool = False


class CheckpointPatch(BaseModel):
    """What of a checkpoint may change; a field left out stays as it is. `with_code` makes a new code, or none."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"every_s": 3600}})

    name: Name | None = None
    name_en: Name | None = None
    radius_m: Radius | None = None
    every_s: Every | None = None
    is_active: bool | None = None
    with_code: bool | None = None


class CheckpointFilters(Listed):
    """Which checkpoints: of a centre and those below it, in a beat, in use, overdue."""

    centre: Annotated[Code | None, Field(description="Of the centre with this code and those below it.")] = None
    beat: Annotated[UUID | None, Field(description="In the cells of this beat.")] = None
    active: Annotated[bool | None, Field(description="In use, or not.")] = None
    overdue: Annotated[bool | None, Field(description="Nobody came in time, or somebody did.")] = None


class CheckpointOut(BaseModel):
    """A checkpoint, the cell that holds it now, when somebody was there last and when the next visit is due."""

    id: UUID
    version: int
    created_at: Instant
    updated_at: Instant
    centre: Named
    code: Annotated[str, Field(examples=["CP-01"])]
    name: Annotated[str, Field(examples=["文德路地铁站一号口"])]
    name_en: Annotated[str, Field(examples=["Wende Road metro, exit 1"])]
    location: Point
    radius_m: Annotated[float, Field(examples=[30])]
    every_s: Annotated[int, Field(examples=[7200])]
    has_code: bool
    is_active: bool
    cell: Annotated[str | None, Field(examples=["320111004015001"])]
    last_visit_at: Instant | None
    due_at: Instant
    is_overdue: bool


class CheckpointMade(CheckpointOut):
    """A checkpoint with its new code, which is not told again; empty if it has none, or in a repeated answer."""

    token: Annotated[str | None, Field(examples=["aad677I8sfZy8yeiQZIV4Z8A"])] = None


class VisitIn(BaseModel):
    """That somebody is at a checkpoint, told up to seven days late, and as often as one likes.

    A checkpoint with a code wants the `token`; one without, a `location` inside its geofence.
    """

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "observed_at": "2026-11-23T02:00:00Z",
                "location": {"type": "Point", "coordinates": [118.625, 32.055]},
            }
        },
    )

    observed_at: Instant | None = None
    location: Point | None = None
    datum: Datum = Datum.WGS84
    accuracy_m: Annotated[float, Field(ge=0, le=1_000_000, allow_inf_nan=False)] | None = None
    token: Token | None = None


class ScanIn(VisitIn):
    """The same by the code alone."""

    model_config = ConfigDict(json_schema_extra={"example": {"token": "aad677I8sfZy8yeiQZIV4Z8A"}})

    token: Token


class VisitOut(BaseModel):
    """A visit: which patrol, when, how it is known, and how far from the checkpoint its position was."""

    model_config = ConfigDict(from_attributes=True)

    checkpoint: Annotated[str, Field(examples=["CP-01"])]
    checkpoint_id: UUID
    patrol: Annotated[str, Field(examples=["P-001"])]
    observed_at: Instant
    received_at: Instant
    how: VisitHow
    distance_m: Annotated[float | None, Field(examples=[12.5])]


class ShiftCheckpoint(BaseModel):
    """A checkpoint in a shift's beat: visits by any patrol while the shift was on duty, and how many are missing."""

    id: UUID
    code: Annotated[str, Field(examples=["CP-01"])]
    name: Annotated[str, Field(examples=["文德路地铁站一号口"])]
    name_en: Annotated[str, Field(examples=["Wende Road metro, exit 1"])]
    every_s: Annotated[int, Field(examples=[7200])]
    visits: Annotated[int, Field(examples=[3])]
    last_visit_at: Instant | None
    missed: Annotated[int, Field(examples=[1])]


class ShiftCheckpoints(BaseModel):
    """All checkpoints in the beat of a shift."""

    items: list[ShiftCheckpoint]
