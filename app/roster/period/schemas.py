"""What enters and leaves about rosters."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Self
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field, model_validator

from app.agency.schemas import Codes, DutyRules, Given, Kept, Text
from app.catalogue.calendar.schemas import OnDate
from app.core.time import Instant
from app.identity.schemas import Code
from app.roster.schemas import Named
from app.roster.workflow import RosterStatus

MAX_DAYS = 62


class RosterIn(Given):
    """A new roster of a centre for some days, both ends included; made of the templates named, or of all it has."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "centre": "S1",
                "title": "第48周",
                "starts_on": "2026-11-23",
                "ends_on": "2026-11-29",
                "templates": ["day", "night"],
            }
        },
    )

    id: UUID | None = None
    centre: Code
    title: Text
    starts_on: OnDate
    ends_on: OnDate
    templates: Annotated[Codes, Field(min_length=1)] | None = None

    @model_validator(mode="after")
    def _is_a_period(self) -> Self:
        if not 0 <= (self.ends_on - self.starts_on).days < MAX_DAYS:
            message = f"a roster ends on the day it starts or later, and has at most {MAX_DAYS} days"
            raise ValueError(message)
        return self


class RosterPatch(Given):
    """What of a roster may change by itself."""

    title: Text


class Generated(BaseModel):
    """What making shifts of the templates did. Officers in `unseated` lost a seat that no longer fitted."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"made": 0, "changed": 7, "kept": 14, "removed": 0, "unseated": ["0012"]}}
    )

    made: int
    changed: int
    kept: int
    removed: int
    unseated: list[str]


class RosterOut(Kept):
    """A roster with how many shifts and seats it has, and how many of these are open."""

    centre: Named
    title: Annotated[str, Field(examples=["第48周"])]
    starts_on: date
    ends_on: date
    status: RosterStatus
    published_at: Instant | None
    templates: Annotated[list[str] | None, Field(examples=[["day", "night"]])]
    settings: DutyRules
    shifts: Annotated[int, Field(examples=[14])]
    seats: Annotated[int, Field(examples=[56])]
    open_seats: Annotated[int, Field(examples=[3])]
    generated: Generated | None = None


@dataclass(frozen=True, slots=True)
class RosterFilter:
    """Which rosters are asked for; a field left out asks for all."""

    centre: Annotated[Code | None, Query(description="Of this centre, and of those below it.")] = None
    status: Annotated[RosterStatus | None, Query(description="Drafts, or published ones.")] = None
    on: Annotated[date | None, Query(description="With this day in it.")] = None
