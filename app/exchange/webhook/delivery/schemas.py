"""What enters and leaves about deliveries."""

from dataclasses import dataclass
from typing import Annotated, Self
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel, Field, model_validator

from app.core.schemas import Strict
from app.core.time import Instant
from app.exchange.webhook.workflow import DeliveryState

Topic = Annotated[str, Field(pattern=r"^[a-z_]{1,40}(\.[a-z_]{1,40})?$", examples=["incident"])]
PlaceText = Annotated[str, Field(pattern=r"^[0-9]{1,19}-[0-9]{1,19}$", examples=["7411-0"])]


@dataclass(frozen=True, slots=True)
class DeliveryFilter:
    """Which deliveries are asked for; a field left out asks for all."""

    state: Annotated[DeliveryState | None, Query(description="In this state.")] = None
    topic: Annotated[Topic | None, Query(description="A topic of the log, or all below it.")] = None
    subject: Annotated[UUID | None, Query(description="Of facts about this.")] = None
    since: Annotated[Instant | None, Query(alias="from", description="Queued at this instant or later.")] = None
    until: Annotated[Instant | None, Query(alias="to", description="Queued before this instant.")] = None


class TryOut(BaseModel):
    """How one try ended: the status that was answered, or what kept it from an answer."""

    at: Instant
    status: Annotated[int | None, Field(examples=[503])] = None
    error: Annotated[str | None, Field(examples=["status"])] = None
    took_ms: Annotated[int | None, Field(examples=[41])] = None


class DeliveryOut(BaseModel):
    """One delivery. `message_id` is the `webhook-id` it is sent with, which is the entry's `id` in the stream.

    `subject_id` is null where the caller may not see what it is about. `attempts` counts what was begun: one more than
    `tries` when a worker was lost while it sent.
    """

    id: Annotated[int, Field(examples=[1201])]
    message_id: Annotated[str, Field(examples=["7412-981"])]
    topic: Annotated[str, Field(examples=["incident.register"])]
    subject_id: UUID | None
    state: Annotated[DeliveryState, Field(examples=["waiting"])]
    is_replay: Annotated[bool, Field(examples=[False])]
    attempts: Annotated[int, Field(examples=[1])]
    tries: list[TryOut]
    next_attempt_at: Annotated[Instant | None, Field(examples=["2026-11-23T02:00:05.000Z"])]
    created_at: Instant
    ended_at: Instant | None


class ReplayIn(Strict):
    """What is sent again: a range of the log by place or time, or dead letters, of such a range or all."""

    dead: Annotated[bool, Field(description="Dead letters only; they are then `replayed`.")] = False
    after: Annotated[PlaceText | None, Field(description="From the entry after this place on.")] = None
    through: Annotated[PlaceText | None, Field(description="Up to this place.", examples=["7420-1005"])] = None
    since: Annotated[Instant | None, Field(examples=["2026-11-23T02:00:00.000Z"])] = None
    until: Annotated[Instant | None, Field(examples=["2026-11-23T03:00:00.000Z"])] = None

    @model_validator(mode="after")
    def _begins_somewhere(self) -> Self:
        if not (self.dead or self.after or self.since):
            raise ValueError("needs dead, after or since")
        return self


class Replayed(BaseModel):
    """How much was queued again. With `next` there is more: go on with it as `after`."""

    queued: Annotated[int, Field(examples=[118])]
    next: Annotated[str | None, Field(examples=[None])]
