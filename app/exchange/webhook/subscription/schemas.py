"""What enters and leaves about webhooks."""

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from app.agency.schemas import Kept
from app.core.egress import LONGEST_URL
from app.core.schemas import Strict
from app.core.time import Instant
from app.exchange.webhook.workflow import WebhookState
from app.identity.schemas import Code

DAY_S = 86400
Topic = Annotated[str, Field(pattern=r"^[a-z_]{1,40}(\.[a-z_]{1,40})?$", examples=["incident"])]
Topics = Annotated[list[Topic], Field(max_length=20, description="Topics of the log, or all below them; none: all.")]
Label = Annotated[
    str, Field(min_length=1, max_length=100, pattern=r"^[^\x00]*$", examples=["12345 hotline, work orders"])
]
Url = Annotated[
    str,
    Field(min_length=1, max_length=LONGEST_URL, pattern=r"^[^\x00]*$", examples=["https://203.0.114.20/lianqin"]),
]
Area = Annotated[Code, Field(description="Only what lies in this area.")]
Department = Annotated[Code, Field(description="Only what this department may see as well.")]


class WebhookIn(Strict):
    """A new webhook of a place, which is a centre or a department: what it, with all below it, sees in the stream."""

    id: UUID | None = None
    place: Annotated[Code, Field(examples=["320111004000"])]
    label: Label
    url: Url
    topics: Topics = Field(default_factory=list)
    area: Area | None = None
    department: Department | None = None


class WebhookPatch(Strict):
    """What of a webhook may change; leaving a field out leaves it as it is. Whoever changes it answers for it."""

    label: Label | None = None
    url: Url | None = None
    topics: Topics | None = None
    area: Area | None = None
    department: Department | None = None
    is_active: Annotated[
        bool | None, Field(description="Off: nothing is queued. On again: what happens from now on.")
    ] = None


class WebhookOut(Kept):
    """A webhook without its secret. `answers_for`: who changed it last, by whose right at the place it sends.

    `failures` in a row; after five its endpoint rests between tries, until `rests_until`.
    """

    place: Annotated[str, Field(examples=["320111004000"])]
    label: Label
    url: Url
    topics: Topics
    area: Code | None
    department: Annotated[Code | None, Field(examples=[None])]
    state: Annotated[WebhookState, Field(examples=["active"])]
    is_active: bool
    answers_for: Annotated[str, Field(examples=["admin"])]
    failures: Annotated[int, Field(examples=[0])]
    rests_until: Annotated[Instant | None, Field(examples=[None])]
    former_secret_until: Annotated[Instant | None, Field(examples=[None], description="Both secrets sign until then.")]


class WebhookMade(WebhookOut):
    """A webhook with its new secret, which is in this answer only: a repeat is answered without it."""

    secret: Annotated[str, Field(examples=["whsec_5fB2m1y0aXkq8Tn4w7rZ3uVdPLhEJsGcO9QKiYxA6bM="])]


class RotateIn(Strict):
    """How long the former secret signs beside the new one."""

    overlap_s: Annotated[int, Field(ge=0, le=7 * DAY_S, examples=[DAY_S])] = DAY_S


class Queued(BaseModel):
    """What was asked for is on its way through the log."""

    topic: Annotated[str, Field(examples=["webhook.tested"])]
