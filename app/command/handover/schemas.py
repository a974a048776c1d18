"""What enters and leaves about handovers."""

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from app.command.handover.workflow import ItemKind, ItemState
from app.core.time import Instant
from app.roster.schemas import Note


class HandoverIn(BaseModel):
    """What the crew says to the next one about the work it leaves."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"note": "江浦街口占道未处理"}})

    note: Note | None = None


class Item(BaseModel):
    """One piece of open work: `returned` to the centre, `offered` to the next crew, or `taken` by somebody else.

    Which incident it is of, only those are told who may see that.
    """

    incident_id: UUID | None
    incident: Annotated[str | None, Field(description="Its number.", examples=["PK04-2026-000007"])]
    kind: Annotated[ItemKind, Field(examples=["assignment"])]
    state: Annotated[ItemState, Field(examples=["returned"])]


class HandoverOut(BaseModel):
    """交接: from a shift to the one that follows, null when none does: then the work is the dispatcher's."""

    id: UUID
    version: int
    created_at: Instant
    from_shift_id: UUID
    from_patrol: str
    to_shift_id: UUID | None
    to_patrol: str | None
    note: str | None
    by: str
    acknowledged_at: Instant | None
    acknowledged_by: str | None
    items: list[Item]


class TakenUp(BaseModel):
    """What became of the work when the crew took it up."""

    items: list[Item]


class Before(BaseModel):
    """The shift that this one follows, and what its crew said when it signed off."""

    shift_id: UUID
    patrol: str
    signed_off_at: Instant
    handover_note: str | None


class Handovers(BaseModel):
    """What a shift takes over and leaves."""

    before: Before | None
    incoming: list[HandoverOut]
    outgoing: Annotated[list[HandoverOut], Field(description="What this shift's crew handed over itself.")]
