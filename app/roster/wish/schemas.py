"""What enters and leaves about wishes: one's own, and for who plans, everybody's."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from app.agency.schemas import Given
from app.core.time import Instant
from app.roster.schemas import Named
from app.roster.wish.workflow import MOST_STANDING, Trait, WhyNot
from app.roster.workflow import RosterStatus

Share = Annotated[float | None, Field(examples=[0.75])]
LONGEST_LIST = 400


class Side(StrEnum):
    """For something, or against it."""

    RATHER = "rather"
    RATHER_NOT = "rather_not"


class TurnIn(Given):
    """A turn 班次 by its time, as the roster's own wishes list it."""

    model_config = ConfigDict(
        extra="forbid",
        from_attributes=True,
        json_schema_extra={"example": {"starts_at": "2026-12-09T00:00:00Z", "ends_at": "2026-12-09T08:00:00Z"}},
    )

    starts_at: Instant
    ends_at: Instant


class WishesIn(Given):
    """All wishes of the caller about a roster; they replace those said before."""

    rather: Annotated[list[TurnIn], Field(max_length=LONGEST_LIST)]
    rather_not: Annotated[list[TurnIn], Field(max_length=LONGEST_LIST)]


class StandingIn(Given):
    """All standing wishes of the caller; they replace those said before."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"rather": ["night"], "rather_not": ["sunday"]}}
    )

    rather: Annotated[list[Trait], Field(max_length=MOST_STANDING)]
    rather_not: Annotated[list[Trait], Field(max_length=MOST_STANDING)]

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        said = [*self.rather, *self.rather_not]
        if len(set(said)) < len(said) or len(said) > MOST_STANDING:
            message = f"at most {MOST_STANDING} standing wishes, each once, for or against"
            raise ValueError(message)
        return self


class StandingOut(BaseModel):
    """The caller's standing wishes; version 0 while none were said."""

    model_config = ConfigDict(from_attributes=True)

    version: int
    rather: list[Trait]
    rather_not: list[Trait]


class AnswerOut(BaseModel):
    """What became of a wish when a fill was applied.

    One for or against a turn is granted in 1 `of` 1 or not; a standing one in so many of the officer's seats. One that
    no roster could grant does not count.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "wish": "rather",
                "starts_at": "2026-12-09T00:00:00Z",
                "ends_at": "2026-12-09T08:00:00Z",
                "trait": None,
                "granted": 0,
                "of": 1,
                "counts": True,
                "why": "rest",
            }
        }
    )

    wish: Side
    starts_at: Instant | None = None
    ends_at: Instant | None = None
    trait: Trait | None = None
    granted: int
    of: int
    counts: bool
    why: WhyNot | None


class TurnOut(BaseModel):
    """A turn that the caller could be given, with the wish said about it."""

    starts_at: Instant
    ends_at: Instant
    is_standby: bool
    seats: Annotated[int, Field(description="For the caller's department, taken or not.", examples=[3])]
    wish: Side | None


class RosterOfOwn(BaseModel):
    """A roster on which the caller could be seated."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    centre: Named
    title: Annotated[str, Field(examples=["第50周"])]
    starts_on: date
    ends_on: date
    status: RosterStatus


class OwnWishes(BaseModel):
    """The caller's wishes about a roster; version 0 while none were said.

    `most` is how many there may be for turns, and as many against. Answers are those of the fill that was applied last.
    """

    roster: RosterOfOwn
    version: int
    most: Annotated[int, Field(examples=[8])]
    may_change: bool
    turns: list[TurnOut]
    share: Share
    answered_at: Instant | None
    answers: list[AnswerOut]


class OfficerWishes(BaseModel):
    """An officer's wishes about a roster, as its planners see them, and what became of them."""

    officer: Annotated[str, Field(examples=["0012"])]
    display_name: str
    rather: list[TurnIn]
    rather_not: list[TurnIn]
    standing_rather: list[Trait]
    standing_rather_not: list[Trait]
    share: Share
    answered_at: Instant | None
    answers: list[AnswerOut]


class WishesAnswered(BaseModel):
    """What a proposal makes of an officer's wishes; `share` is null where it could grant none."""

    officer: Annotated[str, Field(examples=["0012"])]
    share: Share
    answers: list[AnswerOut]
