"""What enters and leaves about changes of shifts."""

from dataclasses import dataclass, field
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field

from app.core.time import Instant
from app.identity.workflow import Role
from app.roster.check.schemas import UnmetOut
from app.roster.schemas import Seat, ShiftPatch
from app.roster.workflow import AmendmentKind

Reason = Annotated[str, Field(min_length=1, max_length=500, pattern=r"^[^\x00]*$")]
REASON = "Why; needed once the roster is published."
OVERRIDE = "Why a hard rule may stay unmet; a shift leader or leader may say so."


@dataclass(frozen=True, slots=True)
class Why:
    """Why a shift is changed; `override` where a hard rule is to stay unmet."""

    reason: Annotated[Reason | None, Query(description=REASON)] = None
    override: Annotated[Reason | None, Query(description=OVERRIDE)] = None


class Reasoned(BaseModel):
    """Something that, once the roster is published, is said with a reason."""

    reason: Annotated[Reason | None, Field(description=REASON)] = None
    override: Annotated[Reason | None, Field(description=OVERRIDE)] = None

    def why(self) -> Why:
        """Reason and override."""
        return Why(self.reason, self.override)


class ShiftChange(ShiftPatch, Reasoned):
    """What of a shift changes before it starts, and, where its roster is published, why."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"beat": "B02", "reason": "B01 封路 closed for works"}}
    )


@dataclass(frozen=True, slots=True)
class Edit:
    """What happens to one shift: beat, time or whole crew by a patch, officers seated and unseated by their numbers.

    A shift that is `CANCELLED` goes.
    """

    shift_id: UUID
    kind: AmendmentKind
    patch: ShiftPatch = field(default_factory=ShiftPatch)
    seat: tuple[Seat, ...] = ()
    unseat: frozenset[str] = frozenset()


_BEFORE = {
    "version": 3,
    "starts_at": "2026-11-23T00:00:00.000Z",
    "ends_at": "2026-11-23T08:00:00.000Z",
    "patrol": "P-001",
    "beat": "320111004-B01",
    "crew": [{"officer": "0001", "is_leader": True}, {"officer": "0002", "is_leader": False}],
}


class AmendmentOut(BaseModel):
    """One change of a published roster: a shift before and after (null when it was cancelled), why, and by whom."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    roster_id: UUID
    shift_id: UUID
    kind: AmendmentKind
    before: Annotated[dict[str, Any], Field(examples=[_BEFORE])]
    after: Annotated[dict[str, Any] | None, Field(examples=[_BEFORE | {"version": 4, "beat": "320111004-B02"}])]
    reason: str
    override: Annotated[str | None, Field(examples=[None])]
    overridden: list[UnmetOut]
    by: Annotated[str, Field(examples=["street1.dispatcher"])]
    role: Role
    at: Instant
