"""What a request and its decision say."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from app.command.intake.schemas import Text
from app.command.record.schemas import IncidentInShort, RequestShown
from app.core.time import Instant
from app.incident.request.workflow import RequestKind

EXAMPLE: dict[str, Any] = {"kind": "extension", "reason": "备件明天到货", "hours": 4}


class RequestIn(BaseModel):
    """A request. An extension without `hours` asks for the original limit once more."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": EXAMPLE})

    kind: RequestKind
    reason: Annotated[Text, Field(min_length=1)]
    reason_code: Literal["engineering", "season", "satisfaction", "inspection"] | None = None
    hours: Annotated[float, Field(gt=0, le=2000, allow_inf_nan=False)] | None = None
    until: Instant | None = None


class DecisionIn(BaseModel):
    """A decision on a request."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"decision": "approve"}})

    decision: Literal["approve", "refuse"]
    note: Text | None = None
    misdispatch: bool = False


class RequestOut(RequestShown):
    """A request with where its incident stands."""

    incident: IncidentInShort


class RequestRow(BaseModel):
    """A request in the list of an incident."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    version: int
    created_at: Instant
    updated_at: Instant
    incident_id: UUID
    kind: str
    state: str
    asked_by: UUID
    reason: str
    reason_code: str | None
    hours: float | None
    until: Instant | None
    decided_by: UUID | None
    decided_at: Instant | None
    decision_note: str | None
