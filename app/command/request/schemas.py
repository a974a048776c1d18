"""What a request and its decision say."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field

from app.command.intake.schemas import Text
from app.command.record.schemas import IncidentInShort, RequestShown
from app.core.time import Instant
from app.identity.schemas import Code
from app.incident.request.workflow import Decision, RequestKind, RequestState

EXAMPLE: dict[str, Any] = {"kind": "extension", "reason": "备件明天到货", "hours": 4}


class RequestIn(BaseModel):
    """A request. An extension without `hours` asks for the original limit once more; with them it is an estimate."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": EXAMPLE})

    kind: RequestKind
    reason: Annotated[Text, Field(min_length=1)]
    reason_code: Literal["engineering", "season", "satisfaction", "inspection"] | None = None
    hours: Annotated[float, Field(gt=0, le=2000, allow_inf_nan=False)] | None = None
    until: Instant | None = None


class DecisionIn(BaseModel):
    """A decision on a request."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"decision": "approve"}})

    decision: Decision
    note: Text | None = None
    misdispatch: Annotated[bool, Field(description="An approved return proves a wrong dispatch: it is counted.")] = (
        False
    )


class RequestOut(RequestShown):
    """A request with where its incident stands."""

    incident: IncidentInShort


class RequestRow(RequestShown):
    """A request in a list, with who asked and who decided."""

    asked_by: Annotated[str, Field(description="Username.")]
    decided_by: Annotated[str | None, Field(description="Username; of an expired one whose move made it so.")]
    incident: IncidentInShort


@dataclass(frozen=True, slots=True)
class RequestFilter:
    """Which requests are asked for; a field left out asks for all."""

    kind: Annotated[RequestKind | None, Query(description="Those of this kind.")] = None
    state: Annotated[RequestState | None, Query(description="Those that are so far; `asked` are to be decided.")] = None
    misdispatch: Annotated[bool | None, Query(description="Those that did, or did not, prove a wrong dispatch.")] = None
    centre: Annotated[Code | None, Query(description="Of incidents that this centre commands.")] = None
