"""What is said about supervision orders, and what of them is shown."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app.command.record.schemas import IncidentInShort
from app.core.pages import DEFAULT_LIMIT, MAX_LIMIT
from app.core.schemas import Strict
from app.core.time import Instant
from app.identity.workflow import Role
from app.supervision.workflow import Grade, OrderAction, OrderState

ORDER_EXAMPLE: dict[str, Any] = {"target": "urban_management", "grade": "yellow", "reason": "两小时内无进展"}
MOVE_EXAMPLE: dict[str, Any] = {"action": "answer", "answer": "队伍已到场，预计一小时内清完"}
Said = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000, pattern=r"^[^\x00]*$")]
Name = Annotated[str, StringConstraints(max_length=100, pattern=r"^[^\x00]*$")]


class OrderIn(BaseModel):
    """An order. Without a target it presses the department that leads, or else the centre in command."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": ORDER_EXAMPLE})

    target: Annotated[Name | None, Field(description="Code of the centre in command or of a department on it.")] = None
    grade: Grade = Grade.NORMAL
    reason: Said


class OrderTransitionIn(BaseModel):
    """An action on an order with what it needs."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": MOVE_EXAMPLE})

    action: Literal["raise", "answer", "lift"]
    grade: Annotated[Grade | None, Field(description="To raise it to; the next one if none is given.")] = None
    reason: Said | None = None
    answer: Said | None = None


class TargetShown(Strict):
    """Who is pressed."""

    id: UUID
    code: Annotated[str, Field(examples=["urban_management"])]
    name: Annotated[str, Field(examples=["城市管理局"])]
    name_en: Annotated[str, Field(examples=["Urban Management"])]


class OrderShown(Strict):
    """督办. `centre` presses; `by` says whether people opened it or a clock. `overdue`: no answer when it was due."""

    id: UUID
    version: int
    created_at: Instant
    updated_at: Instant
    target: TargetShown
    centre: str
    by: Annotated[Literal["clock", "centre"], Field(examples=["clock"])]
    clock_id: Annotated[UUID | None, Field(examples=[None])]
    grade: Grade
    state: Annotated[OrderState, Field(examples=["open"])]
    reason: str
    opened_at: Annotated[Instant, Field(examples=["2026-11-23T02:00:00.000Z"])]
    reply_due_at: Annotated[Instant, Field(examples=["2026-11-23T06:00:00.000Z"])]
    overdue: bool
    answer: Annotated[str | None, Field(examples=[None])]
    answered_at: Instant | None
    allowed_actions: Annotated[list[OrderAction], Field(examples=[["answer"]])]


class OrderItem(OrderShown):
    """An order with where its incident stands."""

    incident: IncidentInShort


class EntryOut(BaseModel):
    """One line of an order's history."""

    seq: int
    action: Annotated[OrderAction, Field(examples=["open"])]
    grade: Grade
    actor: Annotated[str, Field(description="Username.")]
    role: Role
    note: str | None
    reply_due_at: Annotated[Instant, Field(examples=["2026-11-23T06:00:00.000Z"])]
    at: Instant


class OrderDetail(OrderItem):
    """One order with every line of its history."""

    history: list[EntryOut]


class OrderFilter(BaseModel):
    """Which orders are asked for, and which page of them."""

    model_config = ConfigDict(extra="forbid")

    open: Annotated[bool | None, Field(description="Not answered or lifted yet, or the others.")] = None
    mine: Annotated[bool | None, Field(description="Only those that press a centre or department I act for.")] = None
    overdue: Annotated[bool | None, Field(description="Open, and no answer when it was due; or all others.")] = None
    grade: Annotated[list[Grade] | None, Field(description="Any of these.")] = None
    target: Annotated[Name | None, Field(description="Code of who is pressed.")] = None
    centre: Annotated[Name | None, Field(description="Code of the centre that presses.")] = None
    incident: Annotated[UUID | None, Field(description="Of one incident.")] = None
    limit: Annotated[int, Field(ge=1, le=MAX_LIMIT, description="Items on a page.")] = DEFAULT_LIMIT
    cursor: Annotated[str | None, Field(max_length=512, description="`next` of the page before.")] = None
