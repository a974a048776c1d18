"""What a move may say: an action and its needs."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from app.command.intake.schemas import Short, Text
from app.dispatch.workflow import AssignmentAction
from app.incident.workflow import BESIDE, BY_THE_SYSTEM, Action

EXAMPLE: dict[str, Any] = {"action": "dispatch", "patrols": ["P-001"]}
MAKEABLE = tuple(action.value for action in Action if action not in BY_THE_SYSTEM | BESIDE)


class TransitionIn(BaseModel):
    """An action on an incident with what it needs; `GET /v1/workflow` lists the needs of each."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": EXAMPLE})

    action: Literal[MAKEABLE]  # type: ignore[valid-type]  # the members come from the table
    note: Text | None = None
    reason: Text | None = None
    reason_code: Short | None = None
    category: Short | None = None
    standard: Short | None = None
    filing_condition_met: Literal[True] | None = None
    closing_condition_met: Literal[True] | None = None
    patrols: Annotated[list[Short], Field(max_length=20)] = []
    lead_department: Short | None = None
    lead_patrol: Short | None = None
    stack: bool = False
    override_reason: Text | None = None
    result: Literal["exists", "absent", "unable"] | None = None
    evidence: Annotated[list[UUID], Field(max_length=50)] = []
    waiver: Text | None = None
    measures: Annotated[list[Short], Field(max_length=20)] = []
    master_id: UUID | None = None
    assignee: Short | None = None
    centre: Short | None = None


class AssignmentTransitionIn(BaseModel):
    """An action on an assignment."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"action": "accept"}})

    action: Literal[tuple(a.value for a in AssignmentAction if a is not AssignmentAction.TIME_OUT)]  # type: ignore[valid-type]  # the members come from the table
    reason: Text | None = None
