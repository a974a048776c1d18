"""What enters and leaves about roll calls."""

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from app.core.time import Instant
from app.identity.schemas import Code
from app.roster.schemas import BEAT, DEPARTMENT, MAX_CREW, PATROL, Named, Note
from app.roster.workflow import Presence


class Mark(BaseModel):
    """Whether an officer of the crew is there."""

    model_config = ConfigDict(extra="forbid")

    officer: Code
    present: bool
    note: Note | None = None


class MarksIn(BaseModel):
    """A roll call by the crew's leader, or who runs the duty: some or all of the crew."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "marks": [{"officer": "U001", "present": True}, {"officer": "M001", "present": False, "note": "病假"}]
            }
        },
    )

    marks: Annotated[list[Mark], Field(min_length=1, max_length=MAX_CREW)]

    @model_validator(mode="after")
    def _names_each_once(self) -> "MarksIn":
        if len({mark.officer for mark in self.marks}) < len(self.marks):
            message = "an officer is named twice"
            raise ValueError(message)
        return self


class Called(BaseModel):
    """Somebody who should be out: `late_min` minutes after the start when they came, or missing so far."""

    officer_id: UUID
    number: Annotated[str, Field(examples=["0001"])]
    display_name: Annotated[str, Field(examples=["队员 0001"])]
    is_leader: bool
    department: str
    presence: Presence
    late_min: int
    called_at: Instant | None
    note: str | None


class ShiftCalled(BaseModel):
    """A shift that should be on, with its crew. `overdue_min` counts from the planned end while it is still on."""

    id: UUID
    patrol: Annotated[Named, Field(examples=[PATROL])]
    centre: Named
    beat: Annotated[Named | None, Field(examples=[BEAT])]
    starts_at: Instant
    ends_at: Instant
    signed_on_at: Instant | None
    signed_off_at: Instant | None
    presence: Presence
    late_min: int
    overdue_min: int
    crew: list[Called]


class Totals(BaseModel):
    """How many officers of one department are where, of those who should be out."""

    department: Annotated[Named, Field(examples=[DEPARTMENT])]
    officers: dict[Presence, int]


class RollCall(BaseModel):
    """点名 at an instant: every shift that should be on then or is, and its officers by department."""

    at: Instant
    shifts: list[ShiftCalled]
    totals: list[Totals]
