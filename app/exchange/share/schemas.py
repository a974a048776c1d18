"""What enters and leaves about shares, and through them."""

from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from app.core.geo import Point
from app.core.schemas import Strict
from app.core.time import Instant
from app.exchange.share.workflow import LONGEST, Mask, ShareAction, ShareState, Side, Tier
from app.identity.schemas import Code
from app.incident.evidence.models import EvidenceKind

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=5, max_length=500, pattern=r"^[^\x00]*$")]
MASKS: Any = Field(description="What is left out within the tier.", examples=[["place", "people"]])


class ShareIn(BaseModel):
    """A share as it is proposed: of one incident, or of the open ones of an area and, where it is named, a category."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "giver": "320111004000",
                "receiver": "320113000000",
                "area": "320111004",
                "category": "E0406",
                "tier": "summary",
                "masks": ["place"],
                "ends_at": "2026-12-23T02:00:00.000Z",
                "purpose": "联合整治跨区流动摊贩",
            }
        },
    )

    id: UUID | None = None
    giver: Annotated[Code, Field(description="The centre whose incidents they are.")]
    receiver: Annotated[Code, Field(description="The centre or department to which they are shown.")]
    incident_id: UUID | None = None
    area: Code | None = None
    category: Code | None = None
    tier: Tier
    masks: Annotated[list[Mask], MASKS] = []
    starts_at: Annotated[Instant | None, Field(description="Null: when it is proposed.")] = None
    ends_at: Instant
    purpose: Text

    @model_validator(mode="after")
    def _one_subject(self) -> Self:
        if (self.incident_id is None) == (self.area is None):
            message = "a share is of one incident or of an area"
            raise ValueError(message)
        if self.incident_id and self.category:
            message = "a category narrows an area, not an incident"
            raise ValueError(message)
        if self.starts_at and not self.starts_at < self.ends_at <= self.starts_at + LONGEST:
            message = f"a share ends after it starts, within {LONGEST.days} days"
            raise ValueError(message)
        return self


class ShareTransitionIn(BaseModel):
    """What is to be done to a share."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"action": "accept"}})

    action: ShareAction


class SideOut(Strict):
    """An organisation that shares or is shown."""

    code: Code
    name: str
    name_en: str


class ShareOut(Strict):
    """A share, and what the caller may do with it. `is_in_force`: it shows something now."""

    id: UUID
    version: int
    created_at: Instant
    updated_at: Instant
    giver: SideOut
    receiver: SideOut
    incident_id: Annotated[UUID | None, Field(examples=[None])]
    area: Annotated[Code | None, Field(examples=["320111004"])]
    category: Annotated[str | None, Field(examples=["E0406"])]
    tier: Tier
    masks: Annotated[list[Mask], MASKS]
    purpose: Annotated[str, Field(examples=["联合整治跨区流动摊贩"])]
    state: ShareState
    proposed_by: Side
    starts_at: Instant
    ends_at: Instant
    settled_at: Annotated[Instant | None, Field(examples=[None])]
    is_in_force: bool
    allowed_actions: Annotated[list[ShareAction], Field(examples=[["accept", "refuse"]])]


class SharedCell(Strict):
    """A cell."""

    code: str


class SharedCategory(Strict):
    """A category."""

    code: str
    name: str
    name_en: str


class SharedMove(Strict):
    """A line of the history."""

    action: Annotated[str | None, Field(examples=["accept"])] = None
    from_status: Annotated[str | None, Field(examples=["reported"])] = None
    to_status: Annotated[str | None, Field(examples=["accepted"])] = None
    at: Instant | None = None
    role: Annotated[str | None, Field(examples=["acceptor"])] = None
    note: str | None = None
    actor: Annotated[str | None, Field(description="Username.", examples=["street1.acceptor"])] = None


class SharedNote(Strict):
    """A note beside the history."""

    at: Instant | None = None
    kind: str | None = None
    note: str | None = None
    role: Annotated[str | None, Field(examples=["dispatcher"])] = None
    actor: Annotated[str | None, Field(description="Username.", examples=["street1.dispatcher"])] = None


class SharedPicture(Strict):
    """A picture."""

    id: UUID | None = None
    kind: EvidenceKind | None = None
    at: Instant | None = None
    media_type: Annotated[str | None, Field(examples=["image/jpeg"])] = None
    location: Point | None = None
    note: str | None = None
    actor: Annotated[str | None, Field(description="Username.", examples=["patrol1.member"])] = None


class SharedIncident(Strict):
    """An incident as a share shows it: what the tier does not show or a mask leaves out is not there at all."""

    may_share_on: Annotated[Literal[False], Field(description="What was received is not shared on.")] = False
    tier: Tier | None = None
    id: UUID | None = None
    cell: SharedCell | None = None
    category: SharedCategory | None = None
    number: Annotated[str | None, Field(examples=["20261123-000017"])] = None
    status: Annotated[str | None, Field(examples=["handling"])] = None
    priority: Annotated[int | None, Field(examples=[2])] = None
    occurred_at: Instant | None = None
    reported_at: Instant | None = None
    status_since: Instant | None = None
    closed_at: Instant | None = None
    cell_location: Annotated[Point | None, Field(description="A point in the cell, the same for all in it.")] = None
    location: Point | None = None
    title: str | None = None
    description: str | None = None
    history: list[SharedMove] | None = None
    notes: list[SharedNote] | None = None
    pictures: list[SharedPicture] | None = None


class ShareReadingOut(Strict):
    """One reading through a share: who, when, which incidents, which picture."""

    id: Annotated[int, Field(examples=[17])]
    actor: Annotated[str, Field(description="Username.")]
    incidents: list[UUID]
    picture_id: Annotated[UUID | None, Field(examples=[None])]
    at: Instant
