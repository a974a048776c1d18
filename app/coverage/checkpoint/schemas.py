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

    centre: Code | None = None
    beat: UUID | None = None
    active: bool | None = None
    overdue: bool | None = None


class CheckpointOut(BaseModel):
    """A checkpoint, the cell that holds it now, when somebody was there last and when the next visit is due."""

    id: UUID
    version: int
    created_at: Instant
    updated_at: Instant
    centre: Named
    code: str
    name: str
    name_en: str
    location: Point
    radius_m: float
    every_s: int
    has_code: bool
    is_active: bool
    cell: str | None
    last_visit_at: Instant | None
    due_at: Instant
    is_overdue: bool


class CheckpointMade(CheckpointOut):
    """A checkpoint with its new code, which is not told again; empty if it has none, or in a repeated answer."""

    token: str | None = None


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

    token: Token


class VisitOut(BaseModel):
    """A visit: which patrol, when, how it is known, and how far from the checkpoint its position was."""

    model_config = ConfigDict(from_attributes=True)

    checkpoint: str
    checkpoint_id: UUID
    patrol: str
    observed_at: Instant
    received_at: Instant
    how: VisitHow
    distance_m: float | None


class ShiftCheckpoint(BaseModel):
    """A checkpoint in a shift's beat: visits by any patrol while the shift was on duty, and how many are missing."""

    id: UUID
    code: str
    name: str
    name_en: str
    every_s: int
    visits: int
    last_visit_at: Instant | None
    missed: int


class ShiftCheckpoints(BaseModel):
    """All checkpoints in the beat of a shift."""

    items: list[ShiftCheckpoint]
