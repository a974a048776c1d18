"""What leaves about an incident's past, and what a note may say."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app.core.time import Instant
from app.identity.workflow import Role
from app.incident.history.workflow import NoteKind
from app.incident.workflow import Action, Status


class MoveOut(BaseModel):
    """One line of the history. `seq` is the incident's version after it; `overdue`: a limit it met had passed."""

    seq: int
    action: Action
    from_status: Annotated[Status | None, Field(serialization_alias="from")]
    to_status: Annotated[Status, Field(serialization_alias="to")]
    actor: Annotated[str, Field(description="Username.")]
    role: Role
    centre: Annotated[str, Field(description="Code of the centre in command after the move.")]
    from_centre: Annotated[str | None, Field(description="Code of the centre in command before a level move.")]
    note: str | None
    details: dict[str, Any]
    evidence: list[UUID]
    at: Instant
    seconds_in_state: Annotated[float | None, Field(description="How long the status before it had lasted.")]
    overdue: bool


Said = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000, pattern=r"^[^\x00]*$")]


class NoteIn(BaseModel):
    """Something worth knowing that moves nothing; 催办 urge presses who handles it, 批示 instruct comes from above."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"note": "店主称十分钟内自行清理"}})

    kind: NoteKind = NoteKind.NOTE
    note: Said


class NoteOut(BaseModel):
    """A note."""

    id: UUID
    actor: Annotated[str, Field(description="Username.")]
    kind: Annotated[NoteKind, Field(examples=["note"])]
    role: Role
    note: str
    at: Instant
