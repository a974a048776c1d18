"""What enters and leaves about welfare checks."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field, model_validator

from app.core.time import Instant
from app.identity.schemas import Code
from app.roster.schemas import PATROL, Named, Note
from app.safety.sos.schemas import SosIn
from app.safety.welfare.workflow import WelfareAction, WelfareState

Every = Annotated[int, Field(ge=60, le=86_400)]
Grace = Annotated[int, Field(ge=30, le=3600)]
SETTING: dict[str, Any] = {"patrol": "P01", "every_s": 1800, "grace_s": 300, "note": "单人夜巡"}


class WelfareIn(BaseModel):
    """A timer for a patrol on duty, or for one officer of its crew; what is left out is the centre's setting.

    `first_s` is when it is asked first, such as a quarter of an hour after the crew arrives on a scene.
    """

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": SETTING})

    patrol: Code
    officer: Code | None = None
    every_s: Every | None = None
    grace_s: Grace | None = None
    first_s: Every | None = None
    note: Note | None = None


class AnswerIn(SosIn):
    """How it is out there: `ok`, or `help`, which raises an SOS. `asked_at` names the question that is answered.

    An ok that was under way when the next question was asked is then no answer to that one.
    """

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"answer": "ok"}})

    answer: Literal["ok", "help"]
    asked_at: Instant | None = None


class WelfareTransitionIn(BaseModel):
    """`pause` and `cancel` say why; `resume` starts the time anew."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"action": "pause", "reason": "用餐"}})

    action: Literal["pause", "resume", "cancel"]
    reason: Annotated[str, Field(min_length=1, max_length=500, pattern=r"^[^\x00]*$")] | None = None

    @model_validator(mode="after")
    def _says_why(self) -> Self:
        if self.reason is None and self.action != "resume":
            message = f"{self.action} needs a reason"
            raise ValueError(message)
        return self


@dataclass(frozen=True, slots=True)
class WelfareFilter:
    """Which welfare checks are asked for; a field left out asks for all."""

    state: Annotated[WelfareState | None, Query(description="In this state.")] = None
    live: Annotated[bool | None, Query(description="Not ended yet, or ended.")] = None
    centre: Annotated[Code | None, Query(description="A centre's code: its own and those of centres below it.")] = None
    patrol: Annotated[Code | None, Query(description="A patrol's code.")] = None


class WelfareOut(BaseModel):
    """A welfare check. `due_at` is when the clock acts next: it asks, tells the desk, or raises the SOS `sos_id`."""

    id: UUID
    version: int
    created_at: Instant
    updated_at: Instant
    state: Annotated[WelfareState, Field(examples=["waiting"])]
    shift_id: UUID
    patrol: Annotated[Named, Field(examples=[PATROL])]
    centre: Named
    officer: Annotated[str | None, Field(description="The officer's number; null: the whole crew.")]
    every_s: int
    grace_s: int
    note: str | None
    due_at: Instant | None
    asked_at: Instant | None
    answered_at: Instant | None
    sos_id: UUID | None
    allowed_actions: list[WelfareAction]


class Step(BaseModel):
    """One step of a welfare check; `by` null: the clock."""

    model_config = ConfigDict(from_attributes=True)

    seq: int
    at: Instant
    action: Annotated[WelfareAction, Field(examples=["ask"])]
    state: Annotated[WelfareState, Field(examples=["asked"])]
    by: Annotated[str | None, Field(examples=[None])]
    note: str | None


class WelfareDetail(WelfareOut):
    """A welfare check with every step of it."""

    steps: list[Step]
