"""What enters and leaves about secondments."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Self
from uuid import UUID

from fastapi import Query
from pydantic import ConfigDict, Field, model_validator

from app.agency.schemas import PLAIN, Given, Kept
from app.agency.secondment.workflow import SecondmentState
from app.identity.schemas import Code

LONGEST = timedelta(days=3 * 366)
Day = Annotated[date, Field(ge=date(2000, 1, 1), le=date(2100, 12, 31))]
Reason = Annotated[str, Field(min_length=1, max_length=500, pattern=PLAIN)]


class SecondmentIn(Given):
    """An officer sent to a host centre or department, first and last day included; at most three years.

    `follows` names the secondment of the same host that this one is the next turn of.
    """

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {"officer": "0007", "host": "320111001000", "starts_on": "2026-12-01", "ends_on": "2027-02-28"}
        },
    )

    id: UUID | None = None
    officer: Code
    host: Code
    starts_on: Day
    ends_on: Day
    follows: UUID | None = None

    @model_validator(mode="after")
    def _lasts(self) -> Self:
        if not timedelta(0) <= self.ends_on - self.starts_on <= LONGEST:
            message = "a secondment ends on or after its first day and lasts at most three years"
            raise ValueError(message)
        return self


class EndIn(Given):
    """Ended early: `ended_on` is the first day at home again."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": {"ended_on": "2027-01-15", "reason": "needed for the spring campaign"}},
    )

    ended_on: Day
    reason: Reason


class SecondmentOut(Kept):
    """派驻. `state` is of today where the host is; `follow_up_id` is the next turn, null while nobody is named."""

    officer_id: UUID
    officer: str
    display_name: str
    department_id: UUID
    department: str
    host_id: UUID
    host: str
    starts_on: date
    ends_on: date
    ended_on: date | None
    end_reason: str | None
    follows_id: UUID | None
    follow_up_id: UUID | None
    state: SecondmentState


@dataclass(frozen=True, slots=True)
class SecondmentFilter:
    """Which secondments are asked for; a field left out asks for all."""

    officer: Annotated[Code | None, Query(description="An officer's number.")] = None
    department: Annotated[Code | None, Query(description="The home department.")] = None
    host: Annotated[Code | None, Query(description="The host, a centre or department.")] = None
    on: Annotated[date | None, Query(description="Those that last on this day.")] = None
    ends_within_days: Annotated[
        int | None, Query(ge=0, le=366, description="Those that last today and no longer than so many days more.")
    ] = None
    has_follow_up: Annotated[bool | None, Query(description="Whether the next turn is named.")] = None
