"""What enters and leaves about appeals."""

from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app.core.time import Instant
from app.identity.schemas import Code
from app.identity.workflow import Role
from app.incident.workflow import Clock
from app.supervision.appeal.workflow import AppealAction, AppealState, Subject

Said = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000, pattern=r"^[^\x00]*$")]
EXAMPLE: dict[str, Any] = {
    "subject_kind": "clock",
    "subject_id": "019ab2f0-0000-7000-8000-0000000000c1",
    "reason": "道路封闭施工，车辆无法进入现场",
}


class AppealIn(BaseModel):
    """An appeal against one overdue fact of a closed incident."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": EXAMPLE})

    subject_kind: Subject = Subject.CLOCK
    subject_id: UUID
    reason: Said


class AppealDecisionIn(BaseModel):
    """What a reviewer says; who rejects says why."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"decision": "approve"}})

    decision: AppealAction
    note: Said | None = None


class LateFact(BaseModel):
    """The fact: which limit passed, and by how much."""

    kind: Clock
    round: int
    due_at: Instant
    ended_at: Annotated[Instant | None, Field(examples=["2026-11-23T04:00:00.000Z"])]
    late_s: Annotated[float, Field(description="How long after its limit it ended.", examples=[7200.0])]
    is_exempt: Annotated[bool, Field(description="Left out of scores; the fact stays.", examples=[False])]


class ReviewOut(BaseModel):
    """One of the two reviews."""

    action: AppealAction
    by: Annotated[str, Field(description="Username.", examples=["street1.dispatcher"])]
    role: Role
    note: str | None
    at: Instant


class AppealOut(BaseModel):
    """申诉, with the fact it is about, its reviews so far, and what the caller may say."""

    id: UUID
    version: int
    created_at: Instant
    updated_at: Instant
    incident_id: UUID
    number: str
    subject_kind: Subject
    subject_id: UUID
    fact: LateFact
    department: Annotated[str, Field(description="Code of the appellant.", examples=["urban_management"])]
    state: AppealState
    reason: str
    filed_by: Annotated[str, Field(description="Username.", examples=["urban_management.desk"])]
    reviews: Annotated[list[ReviewOut], Field(examples=[[]])]
    allowed_actions: Annotated[list[AppealAction], Field(examples=[["approve", "reject"]])]


@dataclass(frozen=True, slots=True)
class AppealFilter:
    """Which appeals are asked for; a field left out asks for all."""

    state: Annotated[AppealState | None, Query(description="Those that are so far.")] = None
    department: Annotated[Code | None, Query(description="Those of this department.")] = None
    incident_id: Annotated[UUID | None, Query(description="Those about this incident.")] = None
