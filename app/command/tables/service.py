"""The workflow's tables put together from the rows that the program goes by."""

from collections.abc import Iterable
from functools import cache
from uuid import UUID

from app.command.tables.schemas import (
    AssignmentRow,
    AssignmentTables,
    ClocksRow,
    ClockTables,
    DueOut,
    IncidentTables,
    LadderRow,
    MoveRow,
    NoteRow,
    PartRow,
    PartState,
    PartTables,
    RequestRow,
    RequestTables,
    SosTables,
    StateRow,
    StatusRow,
    StepRow,
    StepUpRow,
    WhistleRow,
    WhistleTables,
    WhoRow,
    WorkflowOut,
)
from app.command.tables.view import markdown, mermaid
from app.command.tables.workflow import (
    APPEAL_STATES,
    ASSIGNMENT_STATES,
    ORDER_STATES,
    SOS_STATES,
    STATUSES,
    SUMMONS_STATES,
    WELFARE_STATES,
)
from app.dispatch import workflow as dispatch
from app.dispatch.workflow import AssignmentMove, By
from app.identity.workflow import Role
from app.incident import workflow as incident
from app.incident.history import workflow as notes
from app.incident.request import workflow as request
from app.incident.workflow import Action, Move, Status
from app.linkage import workflow as linkage
from app.linkage.workflow import SummonsMove, WhistleRule
from app.policy import workflow as policy
from app.policy.workflow import ladders_of
from app.safety.sos import workflow as sos
from app.safety.welfare import workflow as welfare
from app.supervision import workflow as supervision
from app.supervision.appeal import workflow as appeal
from app.supervision.score import workflow as score

NOWHERE = UUID(int=0)
UPWARDS = frozenset({Action.ESCALATE, Action.TAKE_OVER})
ROLES_BY = {By.CREW: dispatch.CREW_ROLES, By.CENTRE: dispatch.CENTRE_ROLES, By.SYSTEM: frozenset({Role.SYSTEM})}


@cache
def tables() -> WorkflowOut:
    """Every table of the workflow."""
    return WorkflowOut(
        incident=_incident(),
        assignment=AssignmentTables(
            states=[
                StateRow(state=s, label=label, is_live=s in dispatch.LIVE) for s, label in ASSIGNMENT_STATES.items()
            ],
            moves=[_assignment_move(move) for move in dispatch.ROWS],
        ),
        request=RequestTables(states=list(request.RequestState), kinds=[_kind(row) for row in request.ROWS]),
        appeal=PartTables(
            states=[PartState(state=s, label=label, is_live=s in appeal.PENDING) for s, label in APPEAL_STATES.items()],
            moves=[_review(row) for row in appeal.ROWS],
        ),
        score=PartTables(
            states=[PartState(state=f, label=label, is_live=False) for f, label in score.LABELS.items()],
            moves=[_scoring(row) for row in score.ROWS],
        ),
        whistle=WhistleTables(kinds=[_whistle(rule) for rule in linkage.WHISTLES]),
        summons=PartTables(
            states=[PartState(state=s, label=label, is_live=s in linkage.LIVE) for s, label in SUMMONS_STATES.items()],
            moves=[_summons_move(move) for move in linkage.ROWS],
        ),
        supervision_order=PartTables(
            states=[PartState(state=s, label=word, is_live=s == "open") for s, word in ORDER_STATES.items()],
            moves=[_order_move(move) for move in supervision.ROWS],
        ),
        note=[NoteRow(kind=row.kind, label=row.label, by=row.by, roles=_in_order(row.roles)) for row in notes.ROWS],
        clock=_clocks(),
        sos=SosTables(
            states=[PartState(state=s, label=label, is_live=s in sos.OPEN) for s, label in SOS_STATES.items()],
            moves=[_sos_move(move) for move in sos.ROWS],
            ladder=[list(rung.roles) for rung in sos.ladder([NOWHERE])],
        ),
        welfare_check=PartTables(
            states=[PartState(state=s, label=label, is_live=s in welfare.LIVE) for s, label in WELFARE_STATES.items()],
            moves=[_welfare_move(move) for move in welfare.ROWS],
        ),
    )


def _incident() -> IncidentTables:
    return IncidentTables(
        statuses=[_status(status) for status in Status],
        moves=[_move(move) for move in incident.ROWS if move.action not in incident.LEVEL_MOVES],
        level_moves=[_move(move) for move in incident.ROWS if move.action in incident.LEVEL_MOVES],
    )


def _scoring(row: score.Scoring) -> PartRow:
    return PartRow(
        action=f"score_{row.target}",
        label=row.label,
        from_states=["closed"],
        to_state=None,
        by=[row.scorer],
        roles=_roles(row.roles),
        needs=["mark"],
    )


def _review(row: appeal.Review) -> PartRow:
    return PartRow(
        action=row.action,
        label=row.label,
        from_states=[row.source],
        to_state=row.target,
        by=["the commanding centre"],
        roles=_roles(row.roles),
        needs=["note"] if row.action is appeal.AppealAction.REJECT else [],
    )


@cache
def written() -> bytes:
    """The tables as JSON."""
    return tables().model_dump_json(by_alias=True).encode()


@cache
def drawn() -> str:
    """The tables as a diagram."""
    return mermaid(tables())


def page() -> str:
    """The tables as a page of documentation."""
    return markdown(tables())


def _status(status: Status) -> StatusRow:
    running = incident.RUNS_IN.get(status, frozenset())
    return StatusRow(
        status=status,
        label=STATUSES[status],
        is_end=status in incident.ENDS,
        clocks=[clock for clock in incident.Clock if clock in running],
        clocks_paused=status in incident.PAUSED_IN,
    )


def _move(move: Move) -> MoveRow:
    sources = [status for status in Status if status in move.source]
    upwards = move.action in UPWARDS
    return MoveRow(
        action=move.action,
        label=move.label,
        from_statuses=sources,
        to_status=move.target,
        leads_to={status: incident.target_of(move, status, upwards=upwards) for status in sources},
        who=WhoRow(standing=move.who.standing, roles=_roles(move.who.roles)),
        needs=list(move.needs),
        clocks=ClocksRow(met=list(move.meets), started=list(move.starts), resumed=list(move.resumes)),
        crew=move.crew,
        by_the_system=move.action in incident.BY_THE_SYSTEM and move.action is not Action.REPORT,
    )


def _assignment_move(move: AssignmentMove) -> AssignmentRow:
    return AssignmentRow(
        action=move.action,
        label=move.label,
        from_states=[state for state in dispatch.AssignmentState if state in move.source],
        to_state=move.target,
        by=move.by,
        roles=_roles(ROLES_BY[move.by]),
        needs=list(move.needs),
    )


def _whistle(rule: WhistleRule) -> WhistleRow:
    return WhistleRow(
        kind=rule.kind,
        label=rule.label,
        from_statuses=[status for status in Status if status in rule.source],
        roles=_roles(linkage.BLOWERS),
        arrive_min=rule.arrive_min,
    )


def _summons_move(move: SummonsMove) -> PartRow:
    return PartRow(
        action=move.action,
        label=move.label,
        from_states=[state for state in linkage.SummonsState if state in move.source],
        to_state=move.target,
        by=[move.side],
        roles=_roles(move.roles),
        needs=list(move.needs),
    )


def _order_move(move: supervision.OrderMove) -> PartRow:
    target = supervision.OrderBy.TARGET in move.by
    return PartRow(
        action=move.action,
        label=move.label,
        from_states=[state for state in supervision.OrderState if state in move.source],
        to_state=move.target,
        by=list(move.by),
        roles=_in_order(supervision.DESK | {Role.DEPARTMENT_DESK} if target else supervision.PRESSERS),
        needs=list(move.needs),
    )


def _clocks() -> ClockTables:
    return ClockTables(
        ladders=[LadderRow(clock=c, steps=[_rung(one) for one in s]) for c, s in ladders_of(None).items()],
        due=[DueOut(**row._asdict()) for row in supervision.DUES],
    )


def _rung(step: policy.Step) -> StepRow:
    return StepRow(number=step.number, share=step.share, after_min=step.after_min, acts=list(step.do), grade=step.grade)


def _sos_move(move: sos.SosMove) -> PartRow:
    return PartRow(
        action=move.action,
        label=move.label,
        from_states=[state for state in sos.SosState if state in move.source],
        to_state=move.target,
        by=[move.by],
        roles=_roles(sos.DUTY_ROLES) if move.by is sos.SosBy.DUTY else [],
        needs=list(move.needs),
    )


def _welfare_move(move: welfare.WelfareMove) -> PartRow:
    return PartRow(
        action=move.action,
        label=move.label,
        from_states=[state for state in welfare.WelfareState if state in move.source],
        to_state=move.target,
        by=[who for who in welfare.WelfareBy if who in move.by],
        roles=[],
        needs=list(move.needs),
        starts=move.runs,
    )


def _kind(row: request.Row) -> RequestRow:
    standing, roles = row.asker
    return RequestRow(
        kind=row.kind,
        label=row.label,
        from_statuses=[status for status in Status if status in row.source],
        who=WhoRow(standing=standing, roles=_roles(roles)),
        decided_by=_roles(row.deciders),
        steps=[StepUpRow(asked_by=role, decided_by=request.STEP_UP[role]) for role in _roles(roles)],
        needs=list(row.needs),
        reason_codes=sorted(request.REASON_CODES.get(row.kind, ())),
        on_approval=row.approval,
    )


def _roles(roles: Iterable[Role]) -> list[Role]:
    """In the order of the roles; the system only where nobody else is named."""
    return _in_order(set(roles) - {Role.SYSTEM}) or [Role.SYSTEM]


def _in_order(roles: Iterable[Role]) -> list[Role]:
    wanted = set(roles)
    return [role for role in Role if role in wanted]
