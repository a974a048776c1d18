"""What enters and leaves about notices."""

from dataclasses import dataclass
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field

from app.core.time import Instant
from app.identity.schemas import Code
from app.identity.workflow import Role
from app.notice.workflow import Urgency

Topic = Annotated[str, Field(pattern=r"^[a-z_]{1,40}(\.[a-z_]{1,40})?$", examples=["incident.escalate"])]
Kind = Annotated[str, Field(description="Which row of the table in docs/notices.md.", examples=["escalated"])]
SAID = (
    "江浦街道联勤指挥分中心将 320111004000-2026-000017 上报至浦口区联勤指挥中心，网格 320111004015001，10:05。请接手。"
)


@dataclass(frozen=True, slots=True)
class NoticeFilter:
    """Which notices are asked for; a field left out asks for all."""

    unread: Annotated[bool | None, Query(description="Not read yet, or read.")] = None
    urgency: Annotated[Urgency | None, Query(description="How pressing.")] = None
    topic: Annotated[Topic | None, Query(description="A topic of the log, or all below it.", examples=["incident"])] = (
        None
    )
    incident: Annotated[UUID | None, Query(description="About this incident.")] = None


class NoticeOut(BaseModel):
    """通知. What was told, in the language asked for. `at` is when it happened, `delivered_at` when it came.

    `role` is the one in which the caller was told, null as crew or in person; `read_by` until when it must be read.
    """

    id: UUID
    topic: Topic
    kind: Kind
    urgency: Annotated[Urgency, Field(examples=["action"])]
    text: Annotated[str, Field(examples=[SAID])]
    needs_receipt: bool
    subject_id: UUID
    incident_id: UUID | None
    number: Annotated[str | None, Field(examples=["320111004000-2026-000017"])]
    centre: Code | None
    role: Role | None
    at: Instant
    delivered_at: Instant
    read_by: Annotated[Instant | None, Field(examples=["2026-11-23T02:35:00.000Z"])]
    read_at: Annotated[Instant | None, Field(examples=[None])]
    acknowledged_at: Instant | None
    allowed_actions: Annotated[list[Literal["read", "acknowledge"]], Field(examples=[["read", "acknowledge"]])]


class Unread(BaseModel):
    """How many notices the caller has not read, by urgency."""

    model_config = ConfigDict(json_schema_extra={"example": {"alarm": 0, "action": 3, "info": 12, "total": 15}})

    alarm: int
    action: int
    info: int
    total: int


class UpTo(BaseModel):
    """`up_to` is the last notice that was seen: it and all that came before it are read."""

    model_config = ConfigDict(extra="forbid")

    up_to: UUID


class ReadUpTo(BaseModel):
    """How many were unread, and what is unread now."""

    read: Annotated[int, Field(examples=[12])]
    unread: Unread


class Told(BaseModel):
    """One recipient: by a role at an organisation, as crew of a patrol, or in person. Null says: not yet."""

    account: str
    role: Role | None
    organisation: Code | None
    patrol: Annotated[Code | None, Field(examples=[None])]
    delivered_at: Annotated[Instant | None, Field(examples=["2026-11-23T02:05:01.000Z"])]
    read_at: Annotated[Instant | None, Field(examples=["2026-11-23T02:06:00.000Z"])]
    acknowledged_at: Instant | None


class NoticeTold(BaseModel):
    """A notice about an incident with everybody who was told, for the centre that commands it."""

    id: UUID
    topic: Topic
    kind: Kind
    urgency: Annotated[Urgency, Field(examples=["action"])]
    text: Annotated[str, Field(examples=[SAID])]
    needs_receipt: bool
    at: Instant
    told_at: Instant
    read_by: Annotated[Instant | None, Field(examples=["2026-11-23T02:35:00.000Z"])]
    told: list[Told]
