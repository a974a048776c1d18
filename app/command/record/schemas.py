"""The shape of an incident as it leaves, for the API's description; a test holds the written bytes to it."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from app.command.schemas import Doubt
from app.core.beidou import BeidouGridCode
from app.core.geo import Point
from app.core.schemas import Strict
from app.core.time import Instant
from app.dispatch.workflow import AssignmentAction, AssignmentState
from app.identity.workflow import Role
from app.incident.models import Card, ClockState
from app.incident.request.workflow import Decision, RequestKind, RequestState
from app.incident.workflow import Action, Clock, Status
from app.linkage.schemas import SummonsShown, WhistleShown
from app.linkage.workflow import WhistleKind
from app.policy.rulebook.schemas import RoutingShown

CATEGORY: dict[str, Any] = {
    "code": "E0496",
    "name": "占用消防通道",
    "name_en": "Blocked fire lane",
    "domain": "public_security_fire",
}
CELL: dict[str, Any] = {"id": "019ab2f0-0000-7000-8000-00000000000c", "code": "320111004015001", "kind": "general"}


class CategoryShown(Strict):
    """A category in short."""

    model_config = ConfigDict(json_schema_extra={"example": CATEGORY})

    code: str
    name: str
    name_en: str
    domain: str


class CellShown(Strict):
    """A grid cell in short."""

    model_config = ConfigDict(json_schema_extra={"example": CELL})

    id: UUID
    code: str
    kind: str


class AreaShown(Strict):
    """One link of the chain of areas, from the community up."""

    code: str
    level: Annotated[str, Field(examples=["street"])]
    name: str
    name_en: str


class CentreShown(Strict):
    """A command centre; level 1 is the street, 2 the district."""

    id: UUID
    code: str
    name: str
    name_en: str
    level: int


class StandardShown(Strict):
    """The standard row that was chosen when the incident was registered."""

    id: UUID
    code: Annotated[str, Field(examples=["E0496-1"])]
    filing_condition: str
    filing_condition_en: str
    closing_condition: str
    closing_condition_en: str


class LeadShown(Strict):
    """主办: who leads the handling, by code."""

    patrol: Annotated[str | None, Field(examples=[None])]
    department: Annotated[str | None, Field(examples=[None])]


class TaskShown(Strict):
    """The open verify or check task."""

    id: UUID
    version: int
    kind: Literal["verify", "check"]
    state: Literal["offered", "accepted"]
    due_at: Instant
    card: Annotated[Card | None, Field(examples=[None])]


class ClockShown(Strict):
    """时限: one limit. `overdue` is a fact at `ended_at`, or now while it runs; `card` is what time made of it."""

    id: UUID
    kind: Clock
    state: ClockState
    round: int
    level: int
    amount: float
    unit: str
    started_at: Instant
    due_at: Instant
    paused_at: Instant | None
    ended_at: Instant | None
    card: Annotated[Card | None, Field(examples=[None])]
    overdue: bool


class ToldShown(Strict):
    """When a device says that a move was made, and when the service was told, which counts where there is a doubt."""

    observed_at: Instant
    received_at: Instant
    doubt: Annotated[Doubt | None, Field(examples=[None])]


class AssignmentShown(Strict):
    """派遣单: one patrol's handling of the incident."""

    id: UUID
    version: int
    patrol_id: UUID
    patrol: str
    patrol_name: str
    state: AssignmentState
    is_active: bool
    is_stacked: bool
    offered_at: Instant
    accepted_at: Instant | None
    departed_at: Instant | None
    arrived_at: Instant | None
    ended_at: Instant | None
    distance_m: float | None
    observed: Annotated[
        dict[AssignmentAction, ToldShown], Field(description="Both times of moves told by a device.", examples=[{}])
    ]
    allowed_actions: list[AssignmentAction]


class IncidentInShort(Strict):
    """Where the incident of an assignment stands."""

    id: UUID
    number: str
    status: Status
    version: int


class AssignmentMoved(AssignmentShown):
    """An assignment after its move."""

    incident: IncidentInShort


class RequestShown(Strict):
    """A request and what this caller may decide about it. `round` is the incident's when it was asked."""

    id: UUID
    version: int
    kind: RequestKind
    state: RequestState
    round: int
    asker_role: Role
    reason: str
    reason_code: Annotated[str | None, Field(examples=[None])]
    hours: float | None
    until: Instant | None
    expires_at: Annotated[Instant | None, Field(examples=["2026-11-26T10:00:00.000Z"])]
    created_at: Instant
    decided_at: Instant | None
    decision_note: str | None
    is_misdispatch: Annotated[bool, Field(description="An approved return proved a wrong dispatch.", examples=[False])]
    allowed_actions: Annotated[
        list[Decision],
        Field(description="A shift leader may approve a return on the spot as a wrong dispatch: `misdispatch`."),
    ]


class EvidenceShown(Strict):
    """A picture in short."""

    id: UUID
    kind: str


class NearDuplicate(Strict):
    """An open incident near in place, time and kind."""

    id: UUID
    number: str
    status: Status
    reported_at: Instant
    distance_m: float


class IncidentItem(Strict):
    """An incident in a list."""

    id: UUID
    version: int
    number: str
    status: Status
    level: int
    round: int
    rework_count: int
    title: str | None
    description: str
    priority: int
    category: CategoryShown | None
    source: str
    external_ref: str | None
    occurred_at: Instant | None
    reported_at: Instant
    created_at: Instant
    updated_at: Instant
    status_since: Instant
    closed_at: Instant | None
    due_at: Instant | None
    overdue: bool
    location: Point
    cell: CellShown
    home_centre: CentreShown
    commanding_centre: CentreShown
    self_handled: bool
    force_closed: bool
    suspended_until: Instant | None
    allowed_actions: Annotated[list[Action], Field(examples=[["accept", "escalate"]])]


class IncidentOut(IncidentItem):
    """An incident with everything that belongs to it, and what this caller may do now."""

    given: dict[str, Any] | None
    is_returned: Annotated[
        bool,
        Field(
            description="After an approved return: it may only be sent out again or back to intake.", examples=[False]
        ),
    ]
    routing: Annotated[RoutingShown | None, Field(examples=[None])]
    areas: list[AreaShown]
    beidou: Annotated[
        BeidouGridCode | None, Field(description="What the BeiDou grid calls its location; null in a polar cap.")
    ]
    standard: Annotated[StandardShown | None, Field(examples=[None])]
    lead: LeadShown
    master: str | None
    task: Annotated[TaskShown | None, Field(examples=[None])]
    clocks: list[ClockShown]
    assignments: Annotated[list[AssignmentShown], Field(examples=[[]])]
    whistles: Annotated[list[WhistleShown], Field(examples=[[]])]
    summons: Annotated[list[SummonsShown], Field(examples=[[]])]
    evidence: list[EvidenceShown]
    requests: Annotated[list[RequestShown], Field(examples=[[]])]
    allowed_requests: Annotated[list[RequestKind], Field(examples=[["void"]])]
    allowed_whistles: Annotated[list[WhistleKind], Field(examples=[["daily"]])]
    duplicates: Annotated[
        list[NearDuplicate] | None, Field(description="Told to who reports; not in any other answer.")
    ] = None
