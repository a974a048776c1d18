"""What enters and leaves about swaps."""

from dataclasses import dataclass
from typing import Annotated, Literal, Self
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field, model_validator

from app.agency.schemas import PLAIN, Given, Kept
from app.core.time import Instant
from app.identity.schemas import Code
from app.roster.schemas import Named
from app.roster.swap.workflow import SwapAction
from app.roster.workflow import SwapState

Remark = Annotated[str, Field(min_length=1, max_length=300, pattern=PLAIN)]
Move = Literal[SwapAction.ACCEPT, SwapAction.DECLINE, SwapAction.WITHDRAW, SwapAction.APPROVE, SwapAction.REFUSE]


class SwapIn(Given):
    """The caller's own seat on a shift, offered to the colleague `to` (by number), or to all who may fill it.

    With `for_shift_id` it is an exchange against that colleague's seat on another shift of the centre.
    """

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "shift_id": "01a2080d-0000-7000-8000-000000000001",
                "to": "0012",
                "for_shift_id": "01a2080d-0000-7000-8000-000000000002",
                "note": "家中有事",
            }
        },
    )

    id: UUID | None = None
    shift_id: UUID
    to: Code | None = None
    for_shift_id: UUID | None = None
    note: Remark | None = None

    @model_validator(mode="after")
    def _exchanged_with_somebody(self) -> Self:
        if self.for_shift_id is not None and (self.to is None or self.for_shift_id == self.shift_id):
            message = "an exchange is with a colleague, named in `to`, on another shift"
            raise ValueError(message)
        return self


class SwapTransitionIn(Given):
    """A move of a swap."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"action": "accept"}})

    action: Move
    note: Remark | None = None


class Colleague(BaseModel):
    """An officer of a swap."""

    officer_id: UUID
    number: str
    display_name: str


class SwapShift(BaseModel):
    """A shift of a swap."""

    id: UUID
    patrol: str
    starts_at: Instant
    ends_at: Instant


class SwapOut(Kept):
    """换班: the seat on `shift` goes to `to`, and, in an exchange, the seat on `for_shift` to `officer`.

    While it is open to all (`is_open`), `to` is null until somebody accepts.
    """

    state: SwapState
    is_open: bool
    centre: Named
    officer: Colleague
    to: Colleague | None
    shift: SwapShift
    for_shift: SwapShift | None
    note: str | None
    decided_by: str | None
    decided_at: Instant | None
    decision_note: str | None
    allowed_actions: list[SwapAction]


@dataclass(frozen=True, slots=True)
class SwapFilter:
    """Which swaps are asked for; a field left out asks for all."""

    state: Annotated[SwapState | None, Query(description="Those that are so far.")] = None
    shift: Annotated[UUID | None, Query(description="Those of a seat on this shift.")] = None
    officer: Annotated[
        Code | None, Query(description="Those that this officer, by number, gives or takes part in.")
    ] = None
