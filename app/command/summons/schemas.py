"""What is said about a summons, and how it is listed."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from app.command.intake.schemas import Short, Text
from app.command.record.schemas import IncidentInShort
from app.core.geo import Datum, Point
from app.core.pages import DEFAULT_LIMIT, MAX_LIMIT
from app.core.schemas import Strict
from app.core.time import Instant
from app.identity.workflow import Role
from app.linkage.schemas import SummonsShown
from app.linkage.workflow import MOVES, Side, SummonsAction, SummonsState, WhistleKind
from app.patrol.schemas import point

Pair = Annotated[list[float], Field(min_length=2, max_length=2)]
MAKEABLE = tuple(a.value for a, move in MOVES.items() if move.side is not Side.SYSTEM and move.source)
EXAMPLE: dict[str, Any] = {"action": "arrive", "location": [118.605, 32.005], "accuracy_m": 12}


class SummonsTransitionIn(BaseModel):
    """An action on a summons.

    `arrive` is proved by `location`, a GeoJSON point or `[lon, lat]`, or excused by `waiver`. `observed_at` is when the
    phone says it happened; it is kept beside the instant the service was told.
    """

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": EXAMPLE})

    action: Literal[MAKEABLE]  # type: ignore[valid-type]  # the members come from the table
    reason: Text | None = None
    note: Text | None = None
    location: Annotated[Point, BeforeValidator(point, json_schema_input_type=Point | Pair)] | None = None
    datum: Datum = Datum.WGS84
    accuracy_m: Annotated[float, Field(ge=0, le=1_000_000)] | None = None
    observed_at: Instant | None = None
    waiver: Text | None = None
    measures: Annotated[list[Short], Field(max_length=20)] = []


class SummonsMoved(SummonsShown):
    """A summons after its move, and where its incident stands."""

    incident: IncidentInShort


class EntryOut(Strict):
    """One line of a summons' history; `overdue`: a limit of it had passed."""

    seq: int
    action: SummonsAction
    from_state: Annotated[SummonsState | None, Field(serialization_alias="from")]
    to_state: Annotated[SummonsState, Field(serialization_alias="to")]
    actor: Annotated[str, Field(description="Username.")]
    role: Role
    note: str | None
    details: dict[str, Any]
    at: Instant
    seconds_in_state: float | None
    overdue: bool


class SummonsItem(SummonsShown):
    """A summons in a desk's list: with its whistle's kind and its incident. Limits are told with the incident."""

    whistle_kind: Annotated[WhistleKind | None, Field(examples=["emergency"])]
    incident: IncidentInShort


class SummonsDetail(SummonsItem):
    """One summons with every line of its history."""

    history: list[EntryOut]


class SummonsFilter(BaseModel):
    """Which summons are asked for, and which page of them."""

    model_config = ConfigDict(extra="forbid")

    department: Annotated[str | None, Field(max_length=100, description="Code of a department.")] = None
    state: Annotated[list[SummonsState] | None, Field(description="Any of these.")] = None
    open: Annotated[bool | None, Field(description="Not released yet, or released.")] = None
    incident: Annotated[UUID | None, Field(description="Of one incident.")] = None
    whistle: Annotated[UUID | None, Field(description="Of one whistle.")] = None
    mine: Annotated[bool | None, Field(description="Only of departments I act for.")] = None
    limit: Annotated[int, Field(ge=1, le=MAX_LIMIT, description="Items on a page.")] = DEFAULT_LIMIT
    cursor: Annotated[str | None, Field(max_length=512, description="`next` of the page before.")] = None

    def conditions(self) -> dict[str, Any]:
        """What was asked for."""
        return self.model_dump(exclude={"limit", "cursor"}, exclude_none=True)
