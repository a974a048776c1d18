"""The life of a whistle 吹哨 and of a summons 报到单: who is called, who may leave when, and who decides about it.

One aligned row per action. Nothing here reads or writes anything. 事不完, 人不走: a department that was called stays on
the incident until a centre releases it.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

from app.agency.workflow import Match, Part, decide
from app.identity.workflow import Role, senior
from app.incident.workflow import OPEN, Status


class WhistleKind(StrEnum):
    """日常哨 for daily needs, 攻坚哨 for key tasks, 应急哨 for emergencies."""

    DAILY = "daily"
    KEY_TASK = "key_task"
    EMERGENCY = "emergency"


class WhistleState(StrEnum):
    """A whistle is blown until its centre closes it, or its incident ends."""

    BLOWN = "blown"
    CLOSED = "closed"


class WhistleAction(StrEnum):
    """What may be done to a whistle."""

    BLOW = "blow"
    CALL = "call"
    CLOSE = "close"


class SummonsState(StrEnum):
    """How far a department is with its part."""

    CALLED = "called"
    ACKNOWLEDGED = "acknowledged"
    ARRIVED = "arrived"
    WORKING = "working"
    DONE = "done"
    RELEASED = "released"
    DECLINED = "declined"
    MISSED = "missed"


class SummonsAction(StrEnum):
    """What may be done to a summons."""

    CALL = "call"
    ACKNOWLEDGE = "acknowledge"
    DECLINE = "decline"
    ARRIVE = "arrive"
    WORK = "work"
    DONE = "done"
    RELEASE = "release"
    WITHDRAW = "withdraw"
    RECALL = "recall"
    UPHOLD = "uphold"
    WAIVE = "waive"
    MISS = "miss"
    REWORK = "rework"


class Side(StrEnum):
    """Whose move it is: the called department's, the centre's that called or commands, the one's above it, the clock's."""

    DEPARTMENT = "the called department"
    CENTRE = "the centre that called, or commands"
    ABOVE = "the centre above the commanding one; the commanding one where none is above"
    SYSTEM = "the system"


class SummonsMove(NamedTuple):
    """One row: an action, the states it starts from, the one it leads to (`None`: stays), who makes it, what it needs."""

    action: SummonsAction
    label: str
    source: frozenset[SummonsState]
    target: SummonsState | None
    side: Side
    roles: frozenset[Role]
    needs: tuple[str, ...] = ()


class WhistleRule(NamedTuple):
    """One kind of whistle: in which statuses it is blown, and within how many minutes departments must be there."""

    kind: WhistleKind
    label: str
    source: frozenset[Status]
    arrive_min: int | None


A, S, K = SummonsAction, SummonsState, WhistleKind
ENDED = frozenset({S.RELEASED})
LIVE = frozenset(SummonsState) - ENDED
AT_IT = frozenset({S.ACKNOWLEDGED, S.ARRIVED, S.WORKING, S.MISSED})
WORKS = frozenset({S.ARRIVED, S.WORKING, S.DONE})
DESK, HANDLER = Role.DEPARTMENT_DESK, Role.DEPARTMENT_HANDLER
CENTRE_ROLES = frozenset({Role.DISPATCHER, Role.SHIFT_LEADER})
BLOWERS = frozenset({Role.DISPATCHER})
IN_HAND = frozenset({Status.REGISTERED, Status.DISPATCHED, Status.HANDLING})


def _on(*states: SummonsState) -> frozenset[SummonsState]:
    return frozenset(states)


def _by(*roles: Role) -> frozenset[Role]:
    return frozenset(roles)


# fmt: off
ROWS = (
    #           action         zh                from                                             to              side             roles                needs
    SummonsMove(A.CALL,        "呼叫",           frozenset(),                                     S.CALLED,       Side.CENTRE,     BLOWERS),
    SummonsMove(A.ACKNOWLEDGE, "签收",           _on(S.CALLED),                                   S.ACKNOWLEDGED, Side.DEPARTMENT, _by(DESK)),
    SummonsMove(A.DECLINE,     "申诉不属职责",   _on(S.CALLED),                                   S.DECLINED,     Side.DEPARTMENT, _by(DESK),           ("reason",)),
    SummonsMove(A.ARRIVE,      "报到",           _on(S.ACKNOWLEDGED, S.MISSED),                   S.ARRIVED,      Side.DEPARTMENT, _by(HANDLER),        ("location|waiver",)),
    SummonsMove(A.WORK,        "处置中",         _on(S.ARRIVED),                                  S.WORKING,      Side.DEPARTMENT, _by(HANDLER, DESK)),
    SummonsMove(A.DONE,        "处置完成",       _on(S.WORKING),                                  S.DONE,         Side.DEPARTMENT, _by(HANDLER, DESK),  ("measures", "note")),
    SummonsMove(A.RELEASE,     "离场",           _on(S.ARRIVED, S.WORKING, S.DONE),               S.RELEASED,     Side.CENTRE,     CENTRE_ROLES),
    SummonsMove(A.WITHDRAW,    "撤回",           _on(S.CALLED, S.ACKNOWLEDGED, S.MISSED),         S.RELEASED,     Side.CENTRE,     CENTRE_ROLES,        ("reason",)),
    SummonsMove(A.RECALL,      "驳回并再呼叫",   _on(S.DECLINED),                                 S.CALLED,       Side.ABOVE,      CENTRE_ROLES,        ("reason",)),
    SummonsMove(A.UPHOLD,      "同意不属职责",   _on(S.DECLINED),                                 S.RELEASED,     Side.ABOVE,      CENTRE_ROLES,        ("reason",)),
    SummonsMove(A.WAIVE,       "免除",           LIVE - _on(S.DONE),                              None,           Side.CENTRE,     CENTRE_ROLES,        ("reason",)),
    SummonsMove(A.REWORK,      "返工",           _on(S.DONE),                                     S.WORKING,      Side.SYSTEM,     _by(Role.SYSTEM)),
    SummonsMove(A.MISS,        "未报到",         _on(S.CALLED, S.ACKNOWLEDGED),                   S.MISSED,       Side.SYSTEM,     _by(Role.SYSTEM)),
)
WHISTLES = (
    #           kind         zh        blown in                                     to be there within, minutes
    WhistleRule(K.DAILY,     "日常哨", IN_HAND,                                     None),
    WhistleRule(K.KEY_TASK,  "攻坚哨", IN_HAND,                                     None),
    WhistleRule(K.EMERGENCY, "应急哨", OPEN - {Status.SUSPENDED, Status.HANDLED, Status.CHECKING, Status.CHECKED}, 30),
)
# fmt: on
MOVES = {move.action: move for move in ROWS}
RULES = {rule.kind: rule for rule in WHISTLES}


class Caller(NamedTuple):
    """The roles a caller holds on each side of one summons."""

    at_department: frozenset[Role]
    at_centre: frozenset[Role]
    above: frozenset[Role]

    def on(self, side: Side) -> frozenset[Role]:
        """The roles held on a side."""
        if side is Side.DEPARTMENT:
            return self.at_department
        return self.at_centre if side is Side.CENTRE else self.above if side is Side.ABOVE else frozenset()


def acting_role(move: SummonsMove, caller: Caller, *, is_system: bool = False) -> Role | None:
    """The role in which this caller makes a move: the first that fits in the order of the roles."""
    if is_system:
        return Role.SYSTEM
    return senior(move.roles & caller.on(move.side))


def allowed(state: SummonsState, caller: Caller, *, is_required: bool) -> list[SummonsAction]:
    """What this caller may do with a summons now, in the order of the table."""
    return [
        move.action
        for move in ROWS
        if state in move.source
        and acting_role(move, caller) is not None
        and (is_required or move.action is not SummonsAction.WAIVE)
    ]


def is_open_duty(summons: Mapping[str, Any]) -> bool:
    """Whether an incident cannot be finished because of this summons: required to assist, neither done nor waived.

    A department that was released at its place, or whose refusal was upheld, owes nothing any more.
    """
    owed = summons["is_required"] and summons["role"] == Part.ASSIST
    return bool(owed) and summons["waived_reason"] is None and summons["state"] in LIVE - {SummonsState.DONE}


def whistle_allowed(state: WhistleState, roles: Collection[Role]) -> list[WhistleAction]:
    """What somebody with these roles at the centre that blew, or commands, may do with a whistle now."""
    if state is WhistleState.CLOSED:
        return []
    calls = [WhistleAction.CALL] if BLOWERS.intersection(roles) else []
    return calls + ([WhistleAction.CLOSE] if CENTRE_ROLES.intersection(roles) else [])


class Proposed(NamedTuple):
    """A department that is competent: itself, or the branch of it that the commanding centre has."""

    department: Mapping[str, Any]
    role: Part
    is_local: bool
    instead_of: str | None
    because: Mapping[str, Any]


def propose(rules: Iterable[Mapping[str, Any]], branches: Iterable[Mapping[str, Any]]) -> list[Proposed]:
    """Whom to call: the lead by the most specific rule, then everybody who assists; of a line, the local branch.

    A rule names `department_id`, `department`, `is_lead`, `steps_up`, `prefix_length`, `is_local`; a branch its `code`
    and the `functional_parent` whose line it stands in.
    """
    listed = [(_match(rule), rule) for rule in rules]
    competent = decide(match for match, _ in listed)
    local = {branch["functional_parent"]: branch for branch in branches}
    found = []
    for department_id in (competent.lead, *competent.assists):
        leads = department_id == competent.lead
        of_it = [pair for pair in listed if pair[0].department_id == department_id and pair[0].is_lead == leads]
        if not of_it:
            continue
        rule = min(of_it, key=lambda pair: pair[0].place)[1]
        branch = local.get(rule["department"])
        own = {"id": rule["department_id"], "code": rule["department"]} | {
            name: rule[f"department_{name}"] for name in ("name", "name_en")
        }
        found.append(
            Proposed(
                own if branch is None else {name: branch[name] for name in ("id", "code", "name", "name_en")},
                Part.LEAD if leads else Part.ASSIST,
                branch is not None or bool(rule["is_local"]),
                None if branch is None else rule["department"],
                rule,
            )
        )
    return found


def ruled_first(ruled: Sequence[Proposed], competent: Iterable[Proposed]) -> list[Proposed]:
    """What a routing rule says goes before what is competent; where the rule names a lead, nobody else leads."""
    named = {str(one.department["id"]) for one in ruled}
    has_lead = any(one.role is Part.LEAD for one in ruled)
    rest = [one for one in competent if str(one.department["id"]) not in named]
    return [*ruled, *(one._replace(role=Part.ASSIST) if has_lead else one for one in rest)]


def _match(rule: Mapping[str, Any]) -> Match:
    ranked = (rule[name] for name in ("department_id", "department", "is_lead", "steps_up", "prefix_length"))
    return Match(*ranked)
