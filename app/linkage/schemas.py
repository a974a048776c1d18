"""How whistles and summons look in an answer."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from app.agency.workflow import Part
from app.core.geo import Point
from app.core.schemas import Strict
from app.core.time import Instant
from app.incident.models import ClockState
from app.incident.workflow import Clock
from app.linkage.workflow import SummonsAction, SummonsState, WhistleAction, WhistleKind, WhistleState


class DepartmentShown(Strict):
    """A department in short."""

    id: UUID
    code: Annotated[str, Field(examples=["urban_management"])]
    name: Annotated[str, Field(examples=["城管局"])]
    name_en: Annotated[str, Field(examples=["Urban management"])]


class SummonsClock(Strict):
    """A limit of one summons: acknowledge, or arrive."""

    kind: Clock
    state: ClockState
    due_at: Instant
    overdue: bool


class SummonsShown(Strict):
    """报到单: one department's part. `is_late`: it arrived after its limit, or was missing when it passed.

    `arrived_m` is how far from the place the position lay that proved arrival; `waived_reason` is why the incident may
    be finished without this part; `ended_by` is the action that released the department.
    """

    id: UUID
    version: int
    whistle_id: Annotated[UUID | None, Field(examples=[None])]
    department: DepartmentShown
    role: Part
    is_required: bool
    state: SummonsState
    state_since: Instant
    called_at: Instant
    acknowledged_at: Annotated[Instant | None, Field(examples=[None])]
    arrived_at: Annotated[Instant | None, Field(examples=[None])]
    arrived_m: Annotated[float | None, Field(examples=[None])]
    observed_at: Annotated[Instant | None, Field(examples=[None])]
    arrival_waiver: Annotated[str | None, Field(examples=[None])]
    is_late: bool
    done_at: Annotated[Instant | None, Field(examples=[None])]
    ended_at: Annotated[Instant | None, Field(examples=[None])]
    ended_by: Annotated[SummonsAction | None, Field(examples=[None])]
    measures: Annotated[list[str], Field(examples=[[]])]
    waived_reason: Annotated[str | None, Field(examples=[None])]
    clocks: list[SummonsClock]
    allowed_actions: Annotated[list[SummonsAction], Field(examples=[["acknowledge", "decline"]])]


class WhistleShown(Strict):
    """吹哨: where departments are to be, and until when. `centre` is the code of the centre that blew it."""

    id: UUID
    version: int
    kind: WhistleKind
    state: WhistleState
    place: Point
    note: str | None
    centre: str
    blown_at: Instant
    arrive_by: Instant | None
    closed_at: Annotated[Instant | None, Field(examples=[None])]
    allowed_actions: Annotated[list[WhistleAction], Field(examples=[["call", "close"]])]
