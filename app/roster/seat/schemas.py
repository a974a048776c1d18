"""What enters and leaves about seats."""

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from app.core.time import Instant
from app.roster.amendment.schemas import Reasoned
from app.roster.schemas import Named, Seat


class SeatIn(Seat, Reasoned):
    """An officer to sit on a shift, by number, and, where its roster is published, why."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"officer": "0012", "is_leader": True}})


class OpenSeat(BaseModel):
    """A shift that the caller may sign up to. `open` says how many people of which department it still wants."""

    id: UUID
    version: int
    roster_id: UUID
    patrol: Named
    centre: Named
    beat: Named | None
    starts_at: Instant
    ends_at: Instant
    is_standby: bool
    open: Annotated[dict[str, int], Field(examples=[{"urban_management": 1}])]
    skills_missing: Annotated[list[str], Field(examples=[["first_aid"]])]


class SignedUp(BaseModel):
    """A seat the caller signed up to, or left; `version` is the shift's now."""

    shift_id: UUID
    version: int
    officer: str
    is_seated: bool
    starts_at: Instant
    ends_at: Instant
