"""The life of an incident: its statuses, the moves between them, who makes them, what they need, which clocks they touch.

One aligned row per action. `step` answers whether a move may be made and why not; `allowed` what may be done now.
Nothing here reads or writes anything. Documentation and diagrams are printed from these rows.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from app.identity.workflow import Role, senior

ACC, LEAD_, DSP = Role.ACCEPTOR, Role.SHIFT_LEADER, Role.DISPATCHER
DESK, TEAM = Role.DEPARTMENT_DESK, Role.TEAM_LEADER


class Status(StrEnum):
    """How far the handling has come. Status names are the same at both command levels."""

    REPORTED = "reported"
    VERIFYING = "verifying"
    ACCEPTED = "accepted"
    REGISTERED = "registered"
    DISPATCHED = "dispatched"
    HANDLING = "handling"
    SUSPENDED = "suspended"
    HANDLED = "handled"
    CHECKING = "checking"
    CHECKED = "checked"
    CLOSED = "closed"
    REJECTED = "rejected"
    MERGED = "merged"
    VOIDED = "voided"


S = Status
ENDS = frozenset({S.CLOSED, S.REJECTED, S.MERGED, S.VOIDED})
OPEN = frozenset(Status) - ENDS
VOIDABLE = frozenset({S.REPORTED, S.VERIFYING, S.ACCEPTED, S.REGISTERED, S.DISPATCHED, S.HANDLING, S.SUSPENDED})


class Action(StrEnum):
    """What may be done to an incident."""

    REPORT = "report"
    SELF_HANDLE = "self_handle"
    REQUEST_VERIFICATION = "request_verification"
    REPORT_VERIFICATION = "report_verification"
    REJECT = "reject"
    MERGE = "merge"
    UNMERGE = "unmerge"
    ACCEPT = "accept"
    REGISTER = "register"
    SEND_BACK = "send_back"
    DISPATCH = "dispatch"
    START = "start"
    RECALL = "recall"
    RETURN = "return"
    FINISH = "finish"
    BOUNCE = "bounce"
    SEND_CHECK = "send_check"
    PASS_CHECK = "pass_check"  # noqa: S105  # an action
    FAIL_CHECK = "fail_check"
    CLOSE = "close"
    SUSPEND = "suspend"
    RESUME = "resume"
    VOID = "void"
    FORCE_CLOSE = "force_close"
    REOPEN = "reopen"
    ESCALATE = "escalate"
    ASSIGN_DOWN = "assign_down"
    TAKE_OVER = "take_over"
    MOVE_LEAD = "move_lead"
    AMEND = "amend"
    WHISTLE = "whistle"
    TELL_LATE = "tell_late"


class Clock(StrEnum):
    """时限: the limits that run."""

    ACCEPT = "accept"
    REGISTER = "register"
    DISPATCH = "dispatch"
    ACKNOWLEDGE = "acknowledge"
    ARRIVE = "arrive"
    HANDLE = "handle"
    CHECK = "check"
    TOTAL = "total"


class Standing(StrEnum):
    """How somebody stands to one incident, beside the roles held at its commanding centre."""

    CENTRE = "at the commanding centre"
    ABOVE = "at a centre above the commanding one"
    REPORTER = "who reported it"
    VERIFIER = "who holds the verify task"
    CHECKER = "who holds the check task, and neither handled nor commanded it"
    LEADER = "who leads the handling"
    TAKES_PART = "who leads the handling, or is called to assist"
    SYSTEM = "the system"


class Who(NamedTuple):
    """Roles, and the standing they must be held in."""

    standing: Standing
    roles: frozenset[Role]


def _at(*roles: Role) -> Who:
    return Who(Standing.CENTRE, frozenset({*roles, Role.SYSTEM}))


def _as(standing: Standing, *roles: Role) -> Who:
    return Who(standing, frozenset({*roles, Role.SYSTEM}))


SYSTEM = Who(Standing.SYSTEM, frozenset({Role.SYSTEM}))
FIELD = (Role.GRID_WORKER, Role.PATROL_MEMBER, Role.TEAM_LEADER)
CHECKERS = (*FIELD, Role.INSPECTOR)


class Crew(StrEnum):
    """What a move does to the assignments still running."""

    KEEP = "keep"
    CLEAR = "clear"
    WITHDRAW = "withdraw"


class Move(NamedTuple):
    """One row: an action, the statuses it starts from, the one it leads to (`None`: stays), and all it asks and does."""

    action: Action
    label: str
    source: frozenset[Status]
    target: Status | None
    who: Who
    needs: tuple[str, ...] = ()
    meets: tuple[Clock, ...] = ()
    starts: tuple[Clock, ...] = ()
    resumes: tuple[Clock, ...] = ()
    crew: Crew = Crew.KEEP


def _on(*statuses: Status) -> frozenset[Status]:
    return frozenset(statuses)


A, C, CLEAR, WITHDRAW = Action, Clock, Crew.CLEAR, Crew.WITHDRAW
IN_HAND = _on(S.REGISTERED, S.DISPATCHED, S.HANDLING)
VERIFIER, CHECKER, LEADER = Standing.VERIFIER, Standing.CHECKER, Standing.LEADER
LEADS = _as(LEADER, DESK, TEAM)
REPORTS = _as(Standing.REPORTER, *FIELD, Role.VOLUNTEER, ACC, Role.CHANNEL)

# fmt: off
ROWS = (
    #    action                  zh            from                                       to            who                             needs                                  clocks and crews
    Move(A.REPORT,               "上报",       frozenset(),                               S.REPORTED,   REPORTS,                        ("location|cell",),                    starts=(C.ACCEPT,)),
    Move(A.SELF_HANDLE,          "自处置",     _on(S.REPORTED),                           S.HANDLED,    _as(Standing.REPORTER, *FIELD), ("evidence_before", "evidence_after"), meets=(C.ACCEPT,)),
    Move(A.REQUEST_VERIFICATION, "发核实",     _on(S.REPORTED, S.ACCEPTED),               S.VERIFYING,  _at(ACC)),
    Move(A.REPORT_VERIFICATION,  "核实反馈",   _on(S.VERIFYING),                          S.REPORTED,   _as(VERIFIER, *FIELD),          ("result", "evidence", "note"),        resumes=(C.ACCEPT,)),
    Move(A.REJECT,               "不予受理",   _on(S.REPORTED),                           S.REJECTED,   _at(ACC),                       ("reason_code", "note"),               meets=(C.ACCEPT,)),
    Move(A.MERGE,                "并案",       _on(S.REPORTED, S.ACCEPTED, S.REGISTERED), S.MERGED,     _at(ACC),                       ("master_id",)),
    Move(A.UNMERGE,              "撤销并案",   _on(S.MERGED),                             S.REPORTED,   _at(ACC),                       ("reason",),                           resumes=(C.ACCEPT,)),
    Move(A.ACCEPT,               "受理",       _on(S.REPORTED),                           S.ACCEPTED,   _at(ACC),                       ("category", "cell"),                  meets=(C.ACCEPT,), resumes=(C.REGISTER,)),
    Move(A.REGISTER,             "立案",       _on(S.ACCEPTED),                           S.REGISTERED, _at(LEAD_, ACC),                ("standard", "filing_condition_met"),  meets=(C.REGISTER,), resumes=(C.DISPATCH, C.HANDLE, C.TOTAL)),
    Move(A.SEND_BACK,            "回退",       _on(S.ACCEPTED, S.REGISTERED),             S.REPORTED,   _at(LEAD_),                     ("reason",),                           resumes=(C.ACCEPT,)),
    Move(A.DISPATCH,             "派遣",       IN_HAND,                                   S.DISPATCHED, _at(DSP),                       ("patrols|lead_department",),          meets=(C.DISPATCH,), starts=(C.ACKNOWLEDGE,)),
    Move(A.START,                "开始处置",   _on(S.DISPATCHED),                         S.HANDLING,   SYSTEM,                         (),                                    meets=(C.ACKNOWLEDGE,), starts=(C.ARRIVE,)),
    Move(A.RECALL,               "撤回",       _on(S.DISPATCHED),                         S.REGISTERED, _at(DSP),                       ("reason",),                           starts=(C.DISPATCH,), crew=WITHDRAW),
    Move(A.RETURN,               "退回",       _on(S.DISPATCHED, S.HANDLING),             S.REGISTERED, SYSTEM,                         (),                                    starts=(C.DISPATCH,), crew=WITHDRAW),
    Move(A.FINISH,               "处置反馈",   _on(S.HANDLING),                           S.HANDLED,    LEADS,                          ("evidence_after", "measures", "assists"), meets=(C.HANDLE,), crew=CLEAR),
    Move(A.MOVE_LEAD,            "移交主办",   _on(S.DISPATCHED, S.HANDLING),             None,         _at(DSP),                       ("lead_department|lead_patrol",)),
    Move(A.BOUNCE,               "打回",       _on(S.HANDLED),                            S.HANDLING,   _at(ACC),                       ("reason",),                           resumes=(C.HANDLE,)),
    Move(A.SEND_CHECK,           "发核查",     _on(S.HANDLED),                            S.CHECKING,   _at(ACC),                       (),                                    starts=(C.CHECK,)),
    Move(A.PASS_CHECK,           "核查通过",   _on(S.CHECKING),                           S.CHECKED,    _as(CHECKER, *CHECKERS),        ("evidence|waiver",),                  meets=(C.CHECK,)),
    Move(A.FAIL_CHECK,           "返工",       _on(S.CHECKING),                           S.HANDLING,   _as(CHECKER, *CHECKERS),        ("reason", "evidence"),                meets=(C.CHECK,), starts=(C.HANDLE,)),
    Move(A.CLOSE,                "结案",       _on(S.CHECKED, S.HANDLED),                 S.CLOSED,     _at(LEAD_),                     ("closing_condition_met",),            meets=(C.TOTAL,), crew=CLEAR),
    Move(A.SUSPEND,              "挂账",       _on(S.HANDLING),                           S.SUSPENDED,  SYSTEM,                         ("until",),                            crew=WITHDRAW),
    Move(A.RESUME,               "恢复",       _on(S.SUSPENDED),                          S.HANDLING,   _at(DSP),                       (),                                    resumes=(C.HANDLE, C.TOTAL)),
    Move(A.VOID,                 "作废",       VOIDABLE,                                  S.VOIDED,     SYSTEM,                         (),                                    crew=WITHDRAW),
    Move(A.FORCE_CLOSE,          "强制结案",   OPEN,                                      S.CLOSED,     _at(Role.LEADER),               ("reason",),                           meets=(C.TOTAL,), crew=WITHDRAW),
    Move(A.REOPEN,               "重开",       _on(S.CLOSED),                             S.REGISTERED, SYSTEM,                         (),                                    starts=(C.DISPATCH, C.HANDLE, C.TOTAL)),
    Move(A.ESCALATE,             "上报区中心", OPEN,                                      None,         _at(DSP, LEAD_)),
    Move(A.ASSIGN_DOWN,          "交办",       OPEN,                                      None,         _at(DSP)),
    Move(A.TAKE_OVER,            "提级",       OPEN,                                      None,         _as(Standing.ABOVE, LEAD_)),
)
# fmt: on
MOVES = {move.action: move for move in ROWS}
RUNS_IN: dict[Status, frozenset[Clock]] = {
    S.REPORTED: frozenset({C.ACCEPT}),
    S.VERIFYING: frozenset({C.ACCEPT}),
    S.ACCEPTED: frozenset({C.REGISTER}),
    S.REGISTERED: frozenset({C.DISPATCH, C.HANDLE, C.TOTAL}),
    S.DISPATCHED: frozenset({C.DISPATCH, C.ACKNOWLEDGE, C.HANDLE, C.TOTAL}),
    S.HANDLING: frozenset({C.ACKNOWLEDGE, C.ARRIVE, C.HANDLE, C.TOTAL}),
    S.SUSPENDED: frozenset({C.HANDLE, C.TOTAL}),
    S.HANDLED: frozenset({C.TOTAL}),
    S.CHECKING: frozenset({C.CHECK, C.TOTAL}),
    S.CHECKED: frozenset({C.TOTAL}),
}
"""The clocks that have a place in a status; a move cancels any other that still runs."""
PAUSED_IN = frozenset({S.VERIFYING, S.SUSPENDED})
STEP_IN = {S.REPORTED: C.ACCEPT, S.ACCEPTED: C.REGISTER, S.REGISTERED: C.DISPATCH}  # the centre's own next step
LEVEL_MOVES = frozenset({A.ESCALATE, A.ASSIGN_DOWN, A.TAKE_OVER})
AFTER_RETURN = frozenset({A.DISPATCH, A.SEND_BACK, *LEVEL_MOVES})  # never on to an end (section 4, rule 5)
BACK_TO_REGISTERED = _on(S.DISPATCHED, S.HANDLING)
"""A level move upwards takes these back to registered at the new level; crews stay until the new commander acts."""
STAYS_ON_DISPATCH = _on(S.DISPATCHED, S.HANDLING)
BESIDE = frozenset({A.AMEND, A.WHISTLE, A.TELL_LATE})
"""On record among the moves, but no rows of the table: what an incident says was changed, departments were called, or a
phone told what it had done when the incident was no longer its crew's."""
BY_THE_SYSTEM = frozenset({A.REPORT, *(move.action for move in ROWS if move.who is SYSTEM)})


@dataclass(frozen=True, slots=True)
class Facts:
    """What the table needs to know of an incident and of one caller to say what may be done."""

    status: Status
    roles: frozenset[Role] = frozenset()
    roles_above: frozenset[Role] = frozenset()
    held: frozenset[Role] = frozenset()
    standings: frozenset[Standing] = field(default_factory=frozenset)
    has_parent: bool = False
    has_child: bool = False
    desk_check: bool = False
    acceptors_register: bool = False
    is_returned: bool = False


class Refusal(StrEnum):
    """Why a move may not be made: the HTTP status follows from it."""

    STATE = "state"
    ROLE = "role"
    NEEDS = "needs"


def refusal(move: Move, facts: Facts, given: Collection[str] | None = None) -> Refusal | None:
    """Why this caller may not make this move now, or nothing. `given` is the needs that are met (`None`: do not ask)."""
    if facts.status not in move.source or not _guards(move, facts):
        return Refusal.STATE
    if acting_role(move, facts) is None:
        return Refusal.ROLE
    return Refusal.NEEDS if given is not None and missing(move.needs, given) else None


def _guards(move: Move, facts: Facts) -> bool:
    if facts.is_returned and move.action not in AFTER_RETURN:
        return False
    match move.action:
        case A.CLOSE:
            return facts.status is S.CHECKED or facts.desk_check
        case A.ESCALATE | A.TAKE_OVER:
            return facts.has_parent
        case A.ASSIGN_DOWN:
            return facts.has_child
        case _:
            return True


def acting_role(move: Move, facts: Facts) -> Role | None:
    """The role in which this caller may make this move: the first that fits in the order of the roles."""
    wanted = move.who.roles
    if move.action is A.REGISTER and not facts.acceptors_register:
        wanted = wanted - {ACC}
    match move.who.standing:
        case Standing.CENTRE:
            fitting = wanted & facts.roles
        case Standing.ABOVE:
            fitting = wanted & facts.roles_above
        case standing:
            fitting = wanted & facts.held if standing in facts.standings else frozenset()
    if Role.SYSTEM in facts.held:
        return Role.SYSTEM
    return senior(fitting)


def missing(needs: Iterable[str], given: Collection[str]) -> list[str]:
    """The needs of a row, of this table or of another, that are not met; `a|b` is met by either."""
    return [need for need in needs if not any(part in given for part in need.split("|"))]


def allowed(facts: Facts) -> list[Action]:
    """What this caller may do now, in the order of the table."""
    return [m.action for m in ROWS if m.action not in BY_THE_SYSTEM and refusal(m, facts) is None]


def target_of(move: Move, status: Status, *, upwards: bool = False) -> Status:
    """The status after a move."""
    if move.action is A.DISPATCH and status in STAYS_ON_DISPATCH:
        return status
    if move.target is None:
        return S.REGISTERED if upwards and status in BACK_TO_REGISTERED else status
    return move.target
