"""What enters and leaves about filling rosters."""

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from app.agency.schemas import Given, Kept
from app.core.time import Instant
from app.roster.fill.problem import Reason, Stage, Want
from app.roster.fill.workflow import FillState
from app.roster.wish.schemas import WishesAnswered


class FillIn(Given):
    """How a draft is to be filled: for how long at most, and whether seats already given stay."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"seconds": 10, "keep_seats": True}})

    id: UUID | None = None
    seconds: Annotated[int, Field(ge=1, le=60, description="The search ends then with the best so far.")] = 10
    keep_seats: Annotated[bool, Field(description="False: every shift ahead is seated anew.")] = True
    nights_in_a_row: Annotated[int, Field(ge=1, le=14, description="At most, for an officer.")] = 3
    seed: Annotated[int, Field(ge=0, le=2**31 - 1, description="Another one gives another roster as good.")] = 2


class ProgressOut(BaseModel):
    """How good the best so far is.

    `missing` seats stay empty; `unfair` counts steps outside fair shares of nights, weekends and hours, the second one
    threefold; `gap` is how many steps, or seats, a seat asked may still be won. `granted` is the share of their wishes
    that is granted to those who have any, on average.
    """

    model_config = ConfigDict(from_attributes=True)

    stage: Stage
    elapsed_s: Annotated[float, Field(examples=[4.3])]
    missing: Annotated[int, Field(examples=[0])]
    unfair: Annotated[int | None, Field(examples=[2])]
    gap: Annotated[float | None, Field(examples=[0.002])]
    granted: Annotated[float | None, Field(examples=[0.82])] = None


class SeatOut(BaseModel):
    """An officer, by number, proposed for a shift."""

    shift_id: UUID
    officer: Annotated[str, Field(examples=["0012"])]
    is_leader: bool


class ShortageOut(BaseModel):
    """What a shift lacks: people of a department, holders of a skill, or a leader.

    `why` counts, of those who could take the seat, against how many which reason stands.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "shift_id": "01a2080d-0000-7000-8000-000000000001",
                "patrol": "P01",
                "starts_at": "2026-11-23T00:00:00Z",
                "want": "department",
                "code": "public_security",
                "missing": 1,
                "why": {"leave": 2, "rest": 5, "hours": 1},
            }
        }
    )

    shift_id: UUID
    patrol: str
    starts_at: Instant
    want: Want
    code: str
    missing: int
    why: dict[Reason, int]


class SpreadOut(BaseModel):
    """The widest gap between two officers who share the same seats, before the proposal and with it."""

    model_config = ConfigDict(from_attributes=True)

    before: Annotated[float, Field(examples=[4])]
    after: Annotated[float, Field(examples=[1])]


class ProposalOut(BaseModel):
    """A whole roster: seats to give, what cannot be met, and how far `nights`, `weekends` and `hours` lie apart."""

    seats: list[SeatOut]
    shortages: list[ShortageOut]
    spreads: Annotated[dict[str, SpreadOut], Field(examples=[{"nights": {"before": 4, "after": 1}}])]
    leave_refused: Annotated[int, Field(description="Seats in leave that was asked for.", examples=[0])]
    wishes: list[WishesAnswered] = []


class FillOut(Kept):
    """A search for who sits where. Its version counts its states, so it may be cancelled while it makes progress."""

    roster_id: UUID
    state: FillState
    seconds: Annotated[int, Field(examples=[10])]
    keeps_seats: bool
    nights_in_a_row: Annotated[int, Field(examples=[3])]
    seed: Annotated[int, Field(examples=[2])]
    attempt: Annotated[int, Field(examples=[1])]
    started_at: Instant | None
    ended_at: Instant | None
    applied_at: Instant | None
    progress: ProgressOut | None
    proposal: ProposalOut | None
    failure: Annotated[str | None, Field(examples=["Its worker was lost 3 times."])]
