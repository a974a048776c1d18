"""What enters and leaves about calls for help."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from app.core.geo import Datum, Point
from app.core.time import Instant
from app.identity.schemas import Code
from app.identity.workflow import Role
from app.patrol.schemas import point
from app.roster.schemas import PATROL, Named, Note
from app.safety.sos.workflow import Cause, Resolution, SosAction, SosState

RAISING: dict[str, Any] = {
    "location": {"type": "Point", "coordinates": [118.63, 32.06]},
    "accuracy_m": 8,
    "note": "两人持械",
}
RESOLVING: dict[str, Any] = {"action": "resolve", "resolution": "assisted", "note": "已带离现场"}


class SosIn(BaseModel):
    """What a call for help may say; it needs nothing. `location` is a GeoJSON point or `[lon, lat]`."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": RAISING})

    location: Annotated[Point, BeforeValidator(point)] | None = None
    datum: Datum = Datum.WGS84
    accuracy_m: Annotated[float, Field(ge=0, le=1_000_000)] | None = None
    observed_at: Instant | None = None
    note: Note | None = None


class SosTransitionIn(BaseModel):
    """`acknowledge` says that this duty role answers for it; `resolve` ends it."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": RESOLVING})

    action: Literal["acknowledge", "resolve"]
    resolution: Resolution | None = None
    note: Note | None = None

    @model_validator(mode="after")
    def _ends_one_way(self) -> Self:
        if (self.resolution is not None) != (self.action == "resolve"):
            message = "resolve, and nothing else, says how it ended"
            raise ValueError(message)
        return self


@dataclass(frozen=True, slots=True)
class SosFilter:
    """Which calls for help are asked for; a field left out asks for all."""

    state: Annotated[SosState | None, Query(description="In this state.")] = None
    open: Annotated[bool | None, Query(description="Not resolved yet, or resolved.")] = None
    centre: Annotated[Code | None, Query(description="A centre's code: its own and those of centres below it.")] = None
    patrol: Annotated[Code | None, Query(description="A patrol's code.")] = None


class Caller(BaseModel):
    """Who needs help, as far as it is known."""

    account: Annotated[str | None, Field(description="Of the phone that called.", examples=["patrol1.member"])]
    officer: Annotated[str | None, Field(description="The officer's number.", examples=["0002"])]
    display_name: Annotated[str | None, Field(examples=["队员 0002"])]


class SosPosition(BaseModel):
    """Where the call came from, else where the patrol was last seen; `age_s` in seconds until now."""

    location: Point
    observed_at: Instant
    age_s: int
    accuracy_m: float | None


class Answered(BaseModel):
    """Who answered for it, in which duty role, when."""

    at: Instant
    by: Annotated[str, Field(examples=["street1.dispatcher"])]
    role: Annotated[Role, Field(examples=["dispatcher"])]


class Resolved(Answered):
    """How it ended."""

    resolution: Resolution
    note: str | None


class SosOut(BaseModel):
    """紧急求助. `level` is the highest rung told so far (0: the centre's desk); `due_at` when the next one is told.

    `ignored` says what of the request could not be read: a call for help is not refused for its words.
    """

    id: UUID
    version: int
    created_at: Instant
    updated_at: Instant
    state: Annotated[SosState, Field(examples=["raised"])]
    cause: Cause
    caller: Caller
    patrol: Annotated[Named | None, Field(examples=[PATROL])]
    shift_id: UUID | None
    centre: Named
    position: SosPosition | None
    note: str | None
    raised_at: Instant
    sent_at: Instant
    repeats: int
    level: Annotated[int, Field(examples=[0])]
    due_at: Instant | None
    acknowledged: Answered | None
    resolved: Resolved | None
    allowed_actions: list[SosAction]
    ignored: str | None = None


class Escalation(BaseModel):
    """A rung that came due: `told_at` null when a higher one was due by then and was told instead."""

    model_config = ConfigDict(from_attributes=True)

    level: int
    centre: str
    roles: Annotated[list[Role], Field(examples=[["leader"]])]
    due_at: Instant
    told_at: Instant | None


class SosDetail(SosOut):
    """An SOS with everybody who was told because nobody acknowledged it."""

    escalations: list[Escalation]
