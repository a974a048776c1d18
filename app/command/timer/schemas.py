"""What leaves about the clock's work: the steps it took, and what it had to give up."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field

from app.core.time import Instant
from app.incident.workflow import Clock
from app.supervision.models import StepState
from app.supervision.workflow import Due

ACTS: dict[str, Any] = {
    "card": "red",
    "supervise": {"order_id": "019ab2f0-0000-7000-8000-000000000009", "grade": "yellow"},
}


class ActionOut(BaseModel):
    """A step of a clock's ladder that came. `collapsed`: a higher one was due as well by then, and was done instead."""

    clock_id: UUID
    kind: Clock
    round: int
    step: Annotated[int, Field(examples=[2])]
    share: Annotated[float, Field(description="Of the limit that had gone.", examples=[1.0])]
    after_min: Annotated[int, Field(description="Minutes after that.", examples=[0])]
    state: Annotated[StepState, Field(examples=["done"])]
    due_at: Annotated[Instant, Field(description="The limit for which the step came.")]
    at: Annotated[Instant, Field(examples=["2026-11-23T02:15:00.400Z"])]
    late_s: Annotated[float, Field(description="How much after its time it was taken.", examples=[0.4])]
    acts: Annotated[dict[str, Any], Field(description="What each act did.", examples=[ACTS])]
    skipped: Annotated[dict[str, str], Field(description="Why an act could not be done.", examples=[{}])]


class ActionsOut(BaseModel):
    """Every step that an incident's clocks have climbed, in order."""

    items: list[ActionOut]


class ParkedOut(BaseModel):
    """Work of the clock that was begun five times and never came to its end: it waits for people."""

    kind: Annotated[Due, Field(examples=["clock"])]
    subject_id: UUID
    incident_id: UUID
    incident: Annotated[str, Field(examples=["PK04-2026-000007"])]
    tries: Annotated[int, Field(examples=[5])]
    error: Annotated[str | None, Field(description="Why the last try failed; null: its worker ended.", examples=[None])]
    parked_at: Annotated[Instant, Field(examples=["2026-11-23T02:15:20.000Z"])]
