"""What leaves about an incident's past, and what a note may say."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app.catalogue.workflow import Unit
from app.core.time import Instant
from app.identity.workflow import Role
from app.incident.models import ClockState
from app.incident.workflow import Action, Clock, Status


class MoveOut(BaseModel):
    """One line of the history. `seq` is the incident's version after it; `overdue`: a limit it met had passed."""

    seq: int
    action: Action
    from_status: Annotated[Status | None, Field(serialization_alias="from")]
    to_status: Annotated[Status, Field(serialization_alias="to")]
    actor: Annotated[str, Field(description="Username.")]
    role: Role
    centre: Annotated[str, Field(description="Code of the centre in command after the move.")]
    from_centre: Annotated[str | None, Field(description="Code of the centre in command before a level move.")]
    note: str | None
    details: dict[str, Any]
    evidence: list[UUID]
    at: Instant
    seconds_in_state: Annotated[float | None, Field(description="How long the status before it had lasted.")]
    overdue: bool


class StretchOut(BaseModel):
    """A stretch of time that counts towards a limit."""

    starts_at: Instant
    ends_at: Instant
    seconds: float


class ClockOut(BaseModel):
    """时限: one limit with its arithmetic. `is_current` is false for one that was started again later.

    `stretches` are the counted time from the start, as if nothing had stopped the clock; `added_s` is how much later it
    is due because of pauses and extensions. The calendar is that of the centre in command now.
    """

    id: UUID
    kind: Clock
    state: ClockState
    is_current: bool
    round: int
    level: int
    amount: float
    unit: Unit
    started_at: Instant
    due_at: Instant
    paused_at: Instant | None
    ended_at: Instant | None
    overdue: bool
    added_s: float
    stretches: list[StretchOut]


class ClocksOut(BaseModel):
    """Every clock an incident ever had, in the order they were started; `now` is the instant they are judged at."""

    now: Instant
    time_zone: str
    items: list[ClockOut]


Said = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000, pattern=r"^[^\x00]*$")]


class NoteIn(BaseModel):
    """Something worth knowing that moves nothing."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"note": "店主称十分钟内自行清理"}})

    note: Said


class NoteOut(BaseModel):
    """A note."""

    id: UUID
    actor: Annotated[str, Field(description="Username.")]
    role: Role
    note: str
    at: Instant
