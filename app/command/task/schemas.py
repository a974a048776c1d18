"""What is said about a verify or check task."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from app.command.intake.schemas import Text
from app.command.record.schemas import IncidentInShort
from app.core.time import Instant
from app.incident.models import Card

EXAMPLE: dict[str, Any] = {"action": "accept"}


class TaskTransitionIn(BaseModel):
    """`accept` takes the task; `unable` gives it back with a reason, to everybody who may do it.

    The results exists, absent, pass and fail are actions of the incident: `report_verification`, `pass_check`,
    `fail_check`.
    """

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": EXAMPLE})

    action: Literal["accept", "unable"]
    reason: Text | None = None


class TaskRow(BaseModel):
    """A verify or check task of an incident, open or done."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    version: int
    created_at: Instant
    updated_at: Instant
    incident_id: UUID
    kind: Literal["verify", "check"]
    state: Literal["offered", "accepted", "reported", "withdrawn"]
    patrol_id: UUID | None
    account_id: UUID | None
    due_at: Instant
    card: Annotated[Card | None, Field(examples=[None])]
    result: str | None
    reported_by: UUID | None
    reported_at: Instant | None


class TaskMoved(BaseModel):
    """A task after its move; `next_id` is the task that was opened instead of one given back."""

    id: UUID
    version: int
    kind: Literal["verify", "check"]
    state: Literal["accepted", "reported"]
    next_id: UUID | None
    incident: IncidentInShort
