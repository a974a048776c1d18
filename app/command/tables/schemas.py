"""The shape of the workflow tables as they leave."""

from typing import Annotated

from pydantic import BaseModel, Field

from app.dispatch.workflow import AssignmentAction, AssignmentState, By
from app.identity.workflow import Role
from app.incident.history.workflow import NoteKind
from app.incident.request.workflow import RequestKind, RequestState
from app.incident.workflow import Action, Clock, Crew, Standing, Status
from app.linkage.workflow import WhistleKind
from app.policy.workflow import Act
from app.supervision.workflow import Due, Grade

Needs = Annotated[
    list[str],
    Field(description="What the request or the incident must hold; `a|b` is met by either.", examples=[["reason"]]),
]


class StatusRow(BaseModel):
    """A status: whether it ends the incident, which clocks have a place in it, and whether they stand still."""

    status: Status
    label: str
    is_end: bool
    clocks: list[Clock]
    clocks_paused: bool


class WhoRow(BaseModel):
    """Who makes a move: roles, and how whoever holds one has to stand to the incident."""

    standing: Standing
    roles: list[Role]


class ClocksRow(BaseModel):
    """What a move does to clocks: meets, starts anew, lets go on."""

    met: list[Clock]
    started: list[Clock]
    resumed: list[Clock]


class MoveRow(BaseModel):
    """One action on an incident. `to` null: the status stays; `leads_to` says exactly where from each status."""

    action: Action
    label: str
    from_statuses: Annotated[list[Status], Field(serialization_alias="from")]
    to_status: Annotated[Status | None, Field(serialization_alias="to")]
    leads_to: Annotated[dict[Status, Status], Field(examples=[{"reported": "accepted"}])]
    who: WhoRow
    needs: Needs
    clocks: ClocksRow
    crew: Annotated[Crew, Field(description="What happens to the assignments that still run.")]
    by_the_system: Annotated[bool, Field(description="Nobody can ask for it by `POST …/transitions`.")]


class StateRow(BaseModel):
    """A state of an assignment: `is_live` while the patrol has it to do."""

    state: AssignmentState
    label: str
    is_live: bool


class AssignmentRow(BaseModel):
    """One action on an assignment."""

    action: AssignmentAction
    label: str
    from_states: Annotated[list[AssignmentState], Field(serialization_alias="from")]
    to_state: Annotated[AssignmentState, Field(serialization_alias="to")]
    by: By
    roles: list[Role]
    needs: Needs


class IncidentTables(BaseModel):
    """The incident: statuses, moves, and moves between command levels."""

    statuses: list[StatusRow]
    moves: list[MoveRow]
    level_moves: list[MoveRow]


class AssignmentTables(BaseModel):
    """The assignment: states and moves."""

    states: list[StateRow]
    moves: list[AssignmentRow]


class StepUpRow(BaseModel):
    """Who decides, by who asked."""

    asked_by: Role
    decided_by: Role


class RequestRow(BaseModel):
    """One kind of request: a side step that somebody asks for and somebody else, one step up, decides."""

    kind: RequestKind
    label: str
    from_statuses: Annotated[list[Status], Field(serialization_alias="from")]
    who: WhoRow
    decided_by: list[Role]
    steps: Annotated[list[StepUpRow], Field(description="One step up from who asked, never who asked.")]
    needs: Needs
    reason_codes: Annotated[
        list[str],
        Field(description="The codes a reason is given by; empty: none is asked for.", examples=[["season"]]),
    ]
    on_approval: Annotated[Action | None, Field(description="The move an approval makes; null: the status stays.")]


class RequestTables(BaseModel):
    """The requests: states and kinds."""

    states: list[RequestState]
    kinds: list[RequestRow]


class PartState(BaseModel):
    """A state of something beside the incident: `is_live` until it has ended."""

    state: Annotated[str, Field(examples=["raised"])]
    label: str
    is_live: bool


class PartRow(BaseModel):
    """One action on it. `to` null: the state stays; `starts` is the span that runs from it on."""

    action: Annotated[str, Field(examples=["acknowledge"])]
    label: str
    from_states: Annotated[list[str], Field(serialization_alias="from", examples=[["raised"]])]
    to_state: Annotated[str | None, Field(serialization_alias="to", examples=["acknowledged"])]
    by: Annotated[list[str], Field(examples=[["duty"]])]
    roles: Annotated[list[Role], Field(description="Of those, where a role makes the move.")]
    needs: Needs
    starts: Annotated[str | None, Field(examples=[None])] = None


class PartTables(BaseModel):
    """States and moves of something beside the incident."""

    states: list[PartState]
    moves: list[PartRow]


class SosTables(PartTables):
    """The SOS; `ladder` is who is told, limit by limit, at each centre from the commanding one upwards."""

    ladder: list[list[Role]]


class WhistleRow(BaseModel):
    """A kind of whistle: where it is blown, by whom, and within how many minutes departments must be there."""

    kind: WhistleKind
    label: str
    from_statuses: Annotated[list[Status], Field(serialization_alias="from")]
    roles: list[Role]
    arrive_min: Annotated[int | None, Field(examples=[30])]


class WhistleTables(BaseModel):
    """The whistles: kinds."""

    kinds: list[WhistleRow]


class NoteRow(BaseModel):
    """A kind of note, and who leaves one; no roles: any."""

    kind: NoteKind
    label: str
    by: Annotated[str, Field(examples=["strictly above the commanding centre"])]
    roles: list[Role]


class StepRow(BaseModel):
    """A step of a clock's ladder: a share of the limit, or so many minutes after it; what is done, at which grade."""

    number: Annotated[int, Field(examples=[1])]
    share: Annotated[float, Field(examples=[0.8])]
    after_min: Annotated[int, Field(examples=[0])]
    acts: Annotated[list[Act], Field(serialization_alias="do", examples=[["card"]])]
    grade: Annotated[Grade, Field(examples=["normal"])]


class LadderRow(BaseModel):
    """What a clock does by itself, step by step, where a centre has published nothing else."""

    clock: Clock
    steps: list[StepRow]


class DueOut(BaseModel):
    """What time does without a request: at which instant, and what the system does then."""

    due: Due
    label: str
    at: Annotated[str, Field(examples=["the date of the suspension"])]
    does: Annotated[str, Field(examples=["resumes the incident"])]


class ClockTables(BaseModel):
    """The clocks: their ladders, and everything that comes by an instant."""

    ladders: list[LadderRow]
    due: list[DueOut]


class WorkflowOut(BaseModel):
    """Every table of the workflow."""

    incident: IncidentTables
    assignment: AssignmentTables
    request: RequestTables
    appeal: PartTables
    score: PartTables
    whistle: WhistleTables
    summons: PartTables
    supervision_order: PartTables
    note: list[NoteRow]
    clock: ClockTables
    sos: SosTables
    welfare_check: PartTables
