"""What enters and leaves about leave: all of it for the officer and the planners, "not available" for others."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Literal, Self
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field, model_validator

from app.core.time import Instant
from app.identity.schemas import Code
from app.roster.leave.workflow import LONGEST_LEAVE, LeaveAction
from app.roster.schemas import Named
from app.roster.workflow import LeaveKind, LeaveState

Remark = Annotated[str, Field(min_length=1, max_length=500, pattern=r"^[^\x00]*$")]


class LeaveIn(BaseModel):
    """Leave asked for: one's own, or, by who runs the duty of the base, that of the officer with this number.

    `note` is read by the planners only; there is no need to say what somebody is ill with.
    """

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "kind": "annual",
                "starts_at": "2026-12-01T00:00:00+08:00",
                "ends_at": "2026-12-04T00:00:00+08:00",
            }
        },
    )

    id: UUID | None = None
    officer: Code | None = None
    kind: LeaveKind
    starts_at: Instant
    ends_at: Instant
    note: Remark | None = None

    @model_validator(mode="after")
    def _lasts(self) -> Self:
        if not timedelta(0) < self.ends_at - self.starts_at <= LONGEST_LEAVE:
            message = "leave ends after it starts and lasts at most 366 days"
            raise ValueError(message)
        return self


class LeaveDecisionIn(BaseModel):
    """The planner's answer."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"decision": "approve"}})

    decision: Literal[LeaveAction.APPROVE, LeaveAction.REFUSE]
    note: Remark | None = None


class UnmetSeat(BaseModel):
    """A seat the officer has during the leave: somebody else has to take it."""

    model_config = ConfigDict(from_attributes=True)

    shift_id: UUID
    patrol: str
    starts_at: Instant
    ends_at: Instant
    is_leader: bool


class AbsenceOut(BaseModel):
    """What the others see of an approved leave: that the officer is not available."""

    id: UUID
    officer_id: UUID
    officer: str
    display_name: str
    starts_at: Instant
    ends_at: Instant
    availability: Literal["not_available"] = "not_available"


class LeaveOut(BaseModel):
    """请假, as the officer and the planners of `centre` see it; `note` is for the planners and who wrote it.

    `unmet_seats` are the officer's seats in that time that are still ahead: while it is asked, those that would
    become unmet; once it is approved, those to be given to somebody else.
    """

    id: UUID
    version: int
    created_at: Instant
    updated_at: Instant
    officer_id: UUID
    officer: str
    display_name: str
    centre: Named
    kind: LeaveKind
    note: str | None
    state: LeaveState
    starts_at: Instant
    ends_at: Instant
    asked_by: str
    decided_by: str | None
    decided_at: Instant | None
    decision_note: str | None
    unmet_seats: list[UnmetSeat]
    allowed_actions: list[LeaveAction]


@dataclass(frozen=True, slots=True)
class LeaveFilter:
    """Which leaves are asked for; a field left out asks for all."""

    officer: Annotated[Code | None, Query(description="An officer's number.")] = None
    centre: Annotated[Code | None, Query(description="The centre the officers are based at.")] = None
    state: Annotated[LeaveState | None, Query(description="Those that are so far.")] = None
    since: Annotated[Instant | None, Query(description="Those that end after this instant.")] = None
    until: Annotated[Instant | None, Query(description="Those that start before this instant.")] = None
