"""The tables of whistles and summons, row by row, and every state × action × role × side."""

from itertools import product

import pytest

from app.agency.workflow import Part
from app.identity.workflow import Role
from app.incident.workflow import ENDS, Status, missing
from app.linkage.workflow import (
    MOVES,
    ROWS,
    WHISTLES,
    Caller,
    Proposed,
    Side,
    SummonsAction,
    SummonsState,
    WhistleKind,
    WhistleState,
    acting_role,
    allowed,
    is_open_duty,
    propose,
    ruled_first,
    whistle_allowed,
)

DESK, HANDLER, DISPATCHER, LEADER = "department_desk", "department_handler", "dispatcher", "shift_leader"
BINDING = [
    ("call", "", "called", "centre", DISPATCHER, ""),
    ("acknowledge", "called", "acknowledged", "department", DESK, ""),
    ("decline", "called", "declined", "department", DESK, "reason"),
    ("arrive", "acknowledged missed", "arrived", "department", HANDLER, "location|waiver"),
    ("work", "arrived", "working", "department", f"{HANDLER} {DESK}", ""),
    ("done", "working", "done", "department", f"{HANDLER} {DESK}", "measures note"),
    ("release", "arrived working done", "released", "centre", f"{DISPATCHER} {LEADER}", ""),
    ("withdraw", "called acknowledged missed", "released", "centre", f"{DISPATCHER} {LEADER}", "reason"),
    ("recall", "declined", "called", "above", f"{DISPATCHER} {LEADER}", "reason"),
    ("uphold", "declined", "released", "above", f"{DISPATCHER} {LEADER}", "reason"),
    (
        "waive",
        "called acknowledged arrived working declined missed",
        None,
        "centre",
        f"{DISPATCHER} {LEADER}",
        "reason",
    ),
    ("rework", "done", "working", "system", "system", ""),
    ("miss", "called acknowledged", "missed", "system", "system", ""),
]


@pytest.mark.parametrize("row", BINDING, ids=lambda row: row[0])
def test_a_row_is_as_it_was_decided(row: tuple[str, str, str | None, str, str, str]) -> None:
    action, source, target, side, roles, needs = row
    move = MOVES[SummonsAction(action)]
    assert move.source == {SummonsState(state) for state in source.split()}
    assert (move.target, move.side.name.lower()) == (target and SummonsState(target), side)
    assert move.roles == {Role(role) for role in roles.split()}
    assert move.needs == tuple(needs.split())


def test_there_is_a_row_for_each_action_and_no_other() -> None:
    assert [row[0] for row in BINDING] == [move.action for move in ROWS]
    assert {row[0] for row in BINDING} == set(SummonsAction)


def caller(side: Side, role: Role) -> Caller:
    sides = (Side.DEPARTMENT, Side.CENTRE, Side.ABOVE)
    return Caller(*(frozenset({role}) if side is one else frozenset() for one in sides))


@pytest.mark.parametrize(("state", "role"), list(product(SummonsState, Role)), ids=str)
def test_each_state_role_and_side_may_do_what_its_rows_say_and_nothing_else(state: SummonsState, role: Role) -> None:
    for side, is_required in product((Side.DEPARTMENT, Side.CENTRE, Side.ABOVE), (True, False)):
        said = {
            row[0]
            for row in BINDING
            if state in row[1].split() and row[3] == side.name.lower() and role in row[4].split()
        } - ({"waive"} if not is_required else set())
        assert set(allowed(state, caller(side, role), is_required=is_required)) == said


def test_the_system_may_make_every_move_and_nobody_else_its_own() -> None:
    nobody, everybody = Caller(frozenset(), frozenset(), frozenset()), frozenset(Role)
    for move in ROWS:
        assert acting_role(move, nobody, is_system=True) is Role.SYSTEM
        assert acting_role(move, nobody) is None
        held = acting_role(move, Caller(everybody, everybody, everybody))
        assert (held is None) == (move.side is Side.SYSTEM)


def test_a_need_with_an_alternative_is_met_by_either() -> None:
    needs = MOVES[SummonsAction.ARRIVE].needs
    assert (missing(needs, {"waiver"}), missing(needs, {"location"}), missing(needs, set())) == (
        [], [], ["location|waiver"],
    )  # fmt: skip


def test_only_a_required_assist_that_is_neither_done_released_nor_waived_keeps_an_incident_open() -> None:
    for state, role, required, waived in product(SummonsState, Part, (True, False), ("rain", None)):
        summons = {"state": state, "role": role, "is_required": required, "waived_reason": waived}
        owed = state not in ("done", "released") and role == "assist" and required and waived is None
        assert is_open_duty(summons) == owed


def test_a_whistle_is_blown_in_hand_and_for_an_emergency_while_the_handling_is_open() -> None:
    blown = {rule.kind: rule.source for rule in WHISTLES}
    in_hand = {Status.REGISTERED, Status.DISPATCHED, Status.HANDLING}
    assert blown[WhistleKind.DAILY] == blown[WhistleKind.KEY_TASK] == in_hand
    before = {Status.REPORTED, Status.VERIFYING, Status.ACCEPTED}
    assert blown[WhistleKind.EMERGENCY] == in_hand | before
    assert not any(source & ENDS for source in blown.values())
    assert {rule.kind: rule.arrive_min for rule in WHISTLES} == {"daily": None, "key_task": None, "emergency": 30}


@pytest.mark.parametrize("role", list(Role))
def test_a_closed_whistle_is_over_and_an_open_one_is_the_centres(role: Role) -> None:
    assert whistle_allowed(WhistleState.CLOSED, {role}) == []
    may = {"dispatcher": ["call", "close"], "shift_leader": ["close"]}
    assert whistle_allowed(WhistleState.BLOWN, {role}) == may.get(role, [])


def rule(code: str, part: str, steps_up: int = 0, prefix: str = "E04", *, is_local: bool = False) -> dict[str, object]:
    return {
        "department_id": code, "department": code, "department_name": code, "department_name_en": code,
        "is_lead": part == "lead", "steps_up": steps_up, "prefix_length": len(prefix), "is_local": is_local,
        "category_prefix": prefix, "area": "A",
    }  # fmt: skip


def branch(code: str, line: str) -> dict[str, str]:
    return {"id": code, "code": code, "name": code, "name_en": code, "functional_parent": line}


def test_the_most_specific_rule_leads_everybody_assists_and_a_local_branch_stands_in_for_its_line() -> None:
    rules = [rule("far", "lead", 2), rule("near", "lead", 1), rule("fire", "assist", 2), rule("near", "assist", 2)]
    found = propose(rules, [branch("fire.street", "fire"), branch("other.street", "other")])
    shown = [(one.department["code"], one.role, one.is_local, one.instead_of) for one in found]
    assert shown == [("near", "lead", False, None), ("fire.street", "assist", True, "fire")]


def test_what_a_routing_rule_says_goes_before_competence_and_keeps_the_lead() -> None:
    competent = propose([rule("urban", "lead"), rule("fire", "assist")], [])
    ruled = [Proposed({"id": "fire", "code": "fire"}, Part.LEAD, is_local=False, instead_of=None, because={})]
    shown = [(one.department["code"], one.role) for one in ruled_first(ruled, competent)]
    assert shown == [("fire", "lead"), ("urban", "assist")]
    assert ruled_first([], competent) == competent


def test_where_no_rule_covers_a_category_nobody_is_proposed() -> None:
    assert propose([], [branch("fire.street", "fire")]) == []
