"""What leaves about an incident's clocks."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from app.catalogue.workflow import Limit, Unit
from app.core.time import Instant
from app.incident.clock.workflow import ClockEvent
from app.incident.models import Card, ClockState
from app.incident.workflow import Clock


class StretchOut(BaseModel):
    """A stretch of time that counts towards a limit."""

    starts_at: Instant
    ends_at: Instant
    seconds: float


class LimitOut(BaseModel):
    """The limit a clock started with and where it is from; `override` is what chose it among those of its step."""

    amount: float
    unit: Unit
    source: Annotated[
        Literal["rule", "standard", "centre", "default", "whistle"] | None,
        Field(description="Null: started before this was kept.", examples=["standard"]),
    ]
    code: Annotated[str | None, Field(description="Of the standard or the centre.", examples=["E0496-1"])]
    override: Annotated[dict[str, int], Field(description="`priority`, `level` or both.", examples=[{"priority": 1}])]


class CalendarUsed(BaseModel):
    """The work calendar that counted, as it was then."""

    id: UUID
    version: int


class PauseOut(BaseModel):
    """A time in which the clock stood still."""

    starts_at: Instant
    ends_at: Annotated[Instant | None, Field(description="Null while it does.")]


class ClockEntryOut(BaseModel):
    """Something that happened to a clock. `seq` is the line of the timeline it is of; nothing for start and end."""

    what: Annotated[ClockEvent | Literal["started"], Field(examples=["extended"])]
    at: Instant
    due_at: Annotated[Instant, Field(description="When it was due after that.")]
    seq: int | None
    by: Annotated[str | None, Field(description="Username of who approved or did it.")]
    amount: Annotated[float | None, Field(description="What was added or left, in the clock's unit.")]
    asked: Annotated[Limit | None, Field(description="What an extension was for, before it was told in that unit.")]
    request_id: Annotated[UUID | None, Field(description="The request that was approved.")]


class ClockOut(BaseModel):
    """时限: one limit with its arithmetic. `is_current` is false for one that was started again later.

    `stretches` are the time that counts, between the pauses, as the calendar of then counted it. Together they are
    `amount`: `limit` with all that was added; while the clock is paused, `left` is still to come. `recounted` is what a
    changed calendar gave or took during pauses. `added_s` is how much later it is due because of pauses and extensions.
    """

    id: UUID
    summons_id: Annotated[UUID | None, Field(description="The summons it runs against; null: the incident.")]
    kind: Clock
    state: ClockState
    is_current: bool
    round: int
    level: int
    limit: LimitOut
    amount: float
    unit: Unit
    calendar: Annotated[CalendarUsed | None, Field(description="Null: office hours, where no centre has a calendar.")]
    started_at: Instant
    yellow_at: Annotated[Instant | None, Field(description="80 % are gone; null while a pause lasts before that.")]
    due_at: Instant
    paused_at: Instant | None
    ended_at: Instant | None
    overdue: bool
    card: Annotated[Card | None, Field(description="What time has made of it.", examples=[None])]
    is_exempt: Annotated[bool, Field(description="An approved appeal leaves it out of scores.", examples=[False])]
    left: Annotated[float, Field(description="Of the unit, now or when it ended.", examples=[1.5])]
    left_s: Annotated[
        float, Field(description="Of counted time, now or when it ended; 0 while it is paused.", examples=[5400.0])
    ]
    counted_s: Annotated[float, Field(description="The stretches together.", examples=[7200.0])]
    recounted: Annotated[float, Field(examples=[0.0])]
    added_s: float
    is_exact: Annotated[bool, Field(description="The parts lead to `due_at` to the second.", examples=[True])]
    stretches: list[StretchOut]
    pauses: Annotated[list[PauseOut], Field(examples=[[]])]
    history: list[ClockEntryOut]


class ClocksOut(BaseModel):
    """Every clock an incident ever had, in the order they were started; `now` is the instant they are judged at."""

    now: Instant
    time_zone: str
    items: list[ClockOut]
