"""What enters and leaves about minimums, live counts and voids."""

from datetime import time
from enum import StrEnum
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from app.core.time import Instant
from app.grid.schemas import AreaCode, CellCode, Listed
from app.identity.schemas import Code
from app.roster.schemas import Named
from app.roster.workflow import Vehicle

Weekdays = Annotated[set[Annotated[int, Field(ge=1, le=7)]], Field(min_length=1, description="Monday is 1.")]
Needed = Annotated[int, Field(ge=1, le=100)]
WallTime = Annotated[time, Field(examples=["08:00"], description="By the clock of the centre's calendar.")]


class MinimumIn(BaseModel):
    """How many patrols a cell, a beat of the centre or an area needs, at some hours of some weekdays.

    With a `department`, patrols that have somebody of it aboard count; with a `vehicle`, those that go so. A band that
    ends before it starts goes past midnight; one that ends when it starts is the whole day.
    """

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "centre": "320111004000",
                "area": "320111004000",
                "weekdays": [1, 2, 3, 4, 5],
                "starts": "07:00",
                "ends": "23:00",
                "needed": 2,
            }
        },
    )

    id: UUID | None = None
    centre: Code
    cell: CellCode | None = None
    beat: Code | None = None
    area: AreaCode | None = None
    weekdays: Weekdays = Field(default_factory=lambda: set(range(1, 8)))
    starts: WallTime = time(0)
    ends: WallTime = time(0)
    department: Code | None = None
    vehicle: Vehicle | None = None
    needed: Needed

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        if sum(place is not None for place in (self.cell, self.beat, self.area)) != 1:
            message = "a minimum is of one cell, one beat or one area"
            raise ValueError(message)
        if self.starts.tzinfo or self.ends.tzinfo:
            message = "starts and ends are times of the centre's own clock, without a zone"
            raise ValueError(message)
        return self


class MinimumPatch(BaseModel):
    """What of a minimum may change; a field left out stays as it is. One that is not active ends its void."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"needed": 3}})

    needed: Needed | None = None
    is_active: bool | None = None


class PlaceKind(StrEnum):
    """Of what a minimum is."""

    CELL = "cell"
    BEAT = "beat"
    AREA = "area"


class MinimumPlace(BaseModel):
    """The cell, beat or area; a cell has no name of its own."""

    kind: PlaceKind
    code: Annotated[str, Field(examples=["320111004000"])]
    name: Annotated[str, Field(examples=["江浦街道"])]
    name_en: Annotated[str, Field(examples=["Jiangpu Street"])]


class MinimumFilters(Listed):
    """Minimums of a centre and those below it, in use or not."""

    centre: Annotated[Code | None, Field(description="Of the centre with this code and those below it.")] = None
    active: Annotated[bool | None, Field(description="In use, or not.")] = None


class MinimumOut(BaseModel):
    """A minimum."""

    id: UUID
    version: int
    created_at: Instant
    updated_at: Instant
    centre: Named
    place: MinimumPlace
    weekdays: Annotated[list[int], Field(examples=[[1, 2, 3, 4, 5]])]
    starts: Annotated[time, Field(examples=["07:00:00"])]
    ends: Annotated[time, Field(examples=["23:00:00"])]
    department: Annotated[str | None, Field(examples=["urban_management"])]
    vehicle: Vehicle | None
    needed: Annotated[int, Field(examples=[2])]
    is_active: bool


class Void(BaseModel):
    """空档: too few patrols since `since_at`; said at `opened_at`, when that had lasted two minutes."""

    id: UUID
    since_at: Instant
    opened_at: Instant | None
    enough_since_at: Instant | None
    ended_at: Instant | None
    lowest: Annotated[int, Field(examples=[0])]


class LiveOut(BaseModel):
    """How many patrols are at a place now, against its minimum: `short` are missing. Counted when it is asked."""

    minimum: MinimumOut
    applies: bool
    present: Annotated[int, Field(examples=[1])]
    short: Annotated[int, Field(examples=[1])]
    void: Void | None


class VoidFilters(Listed):
    """Voids of a centre and those below it, open or ended."""

    centre: Annotated[Code | None, Field(description="Of the centre with this code and those below it.")] = None
    open: Annotated[bool | None, Field(description="Not over yet, or ended.")] = None


class VoidOut(Void):
    """A void with the minimum that was not met."""

    minimum: MinimumOut
