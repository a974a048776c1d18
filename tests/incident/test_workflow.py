"""The incident's table, row by row against the product owner's, and walked through whole."""

from itertools import product

import pytest

from app.identity.workflow import Role
from app.incident.workflow import (
    BESIDE,
    BY_THE_SYSTEM,
    ENDS,
    LEVEL_MOVES,
    MOVES,
    OPEN,
    ROWS,
    Action,
    Facts,
    Move,
    Refusal,
    Standing,
    Status,
    acting_role,
    allowed,
    missing,
    refusal,
    target_of,
)

AT, LEADS, REPORTED_IT = Standing.CENTRE, Standing.LEADER, Standing.REPORTER
VERIFIES, CHECKS, ABOVE, SYSTEM = Standing.VERIFIER, Standing.CHECKER, Standing.ABOVE, Standing.SYSTEM
FIELD = "grid_worker patrol_member team_leader"
ANY_OPEN = "reported verifying accepted registered dispatched handling suspended handled checking checked"
UP_TO_SUSPENDED = "reported verifying accepted registered dispatched handling suspended"
BINDING: tuple[tuple[str, str, str | None, Standing, str, str], ...] = (
    # the table as it was decided; a change here is a change of the product
    # action, from, to, standing, roles, needs
    ("report", "", "reported", REPORTED_IT, FIELD + " volunteer acceptor channel", "location|cell"),
    ("self_handle", "reported", "handled", REPORTED_IT, FIELD, "evidence_before evidence_after"),
    ("request_verification", "reported accepted", "verifying", AT, "acceptor", ""),
    ("report_verification", "verifying", "reported", VERIFIES, FIELD, "result evidence note"),
    ("reject", "reported", "rejected", AT, "acceptor", "reason_code note"),
    ("merge", "reported accepted registered", "merged", AT, "acceptor", "master_id"),
    ("accept", "reported", "accepted", AT, "acceptor", "category cell"),
    ("register", "accepted", "registered", AT, "shift_leader acceptor", "standard filing_condition_met"),
    ("send_back", "accepted registered", "reported", AT, "shift_leader", "reason"),
    ("dispatch", "registered dispatched handling", "dispatched", AT, "dispatcher", "patrols|lead_department"),
    ("start", "dispatched", "handling", SYSTEM, "", ""),
    ("recall", "dispatched", "registered", AT, "dispatcher", "reason"),
    ("finish", "handling", "handled", LEADS, "department_desk team_leader", "evidence_after measures assists"),
    ("bounce", "handled", "handling", AT, "acceptor", "reason"),
    ("send_check", "handled", "checking", AT, "acceptor", ""),
    ("pass_check", "checking", "checked", CHECKS, FIELD + " inspector", "evidence|waiver"),
    ("fail_check", "checking", "handling", CHECKS, FIELD + " inspector", "reason evidence"),
    ("close", "checked handled", "closed", AT, "shift_leader", "closing_condition_met"),
    ("suspend", "handling", "suspended", SYSTEM, "", "until"),
    ("resume", "suspended", "handling", AT, "dispatcher", ""),
    ("void", UP_TO_SUSPENDED, "voided", SYSTEM, "", ""),
    ("force_close", ANY_OPEN, "closed", AT, "leader", "reason"),
    ("reopen", "closed", "registered", SYSTEM, "", ""),
    ("escalate", ANY_OPEN, None, AT, "dispatcher shift_leader", ""),
    ("assign_down", ANY_OPEN, None, AT, "dispatcher", ""),
    ("take_over", ANY_OPEN, None, ABOVE, "shift_leader", ""),
    # what the prose asks for beside the table: unmerging while the master is open, an approved return, another lead
    ("move_lead", "dispatched handling", None, AT, "dispatcher", "lead_department|lead_patrol"),
    ("unmerge", "merged", "reported", AT, "acceptor", "reason"),
    ("return", "dispatched handling", "registered", SYSTEM, "", ""),
)
PEOPLE = [role for role in Role if role is not Role.SYSTEM]


def met(action: str) -> list[str]:
    """Everything an action needs."""
    return [need.split("|")[0] for need in MOVES[Action(action)].needs]


def facts(status: Status, standing: Standing, role: Role, **rules: bool) -> Facts:
    """Somebody in one role and one standing, where every guard lets through unless said otherwise."""
    let = {"has_parent": True, "has_child": True, "desk_check": True, "acceptors_register": True} | rules
    return Facts(
        status=status,
        roles=frozenset({role} if standing is AT else ()),
        roles_above=frozenset({role} if standing is ABOVE else ()),
        held=frozenset({role}),
        standings=frozenset({standing}),
        **let,
    )


@pytest.mark.parametrize("row", BINDING, ids=lambda row: row[0])
def test_a_row_is_as_it_was_decided(row: tuple[str, str, str | None, Standing, str, str]) -> None:
    action, source, target, standing, roles, needs = row
    move = MOVES[Action(action)]
    assert (" ".join(sorted(move.source)), move.target) == (" ".join(sorted(source.split())), target)
    assert (move.who.standing, move.who.roles - {Role.SYSTEM}) == (standing, frozenset(roles.split()))
    assert move.needs == tuple(needs.split())


def test_there_is_a_row_for_each_action_and_no_other() -> None:
    assert {row[0] for row in BINDING} == {move.action for move in ROWS} == set(Action) - BESIDE


@pytest.mark.parametrize("row", BINDING, ids=lambda row: row[0])
def test_in_every_status_every_role_in_every_standing_gets_the_answer_of_the_table(
    row: tuple[str, str, str | None, Standing, str, str],
) -> None:
    action, source, _, standing, roles, _ = row
    for status, where, role in product(Status, Standing, PEOPLE):
        expected = None
        if status not in source.split():
            expected = Refusal.STATE
        elif where is not standing or role not in roles.split():
            expected = Refusal.ROLE
        found = refusal(MOVES[Action(action)], facts(status, where, role), met(action))
        assert found is expected, (status, where, role)


@pytest.mark.parametrize("row", [row for row in ROWS if row.source], ids=lambda row: row.action)
def test_the_system_makes_every_move_where_the_table_has_it(row: Move) -> None:
    for status in Status:
        found = refusal(row, facts(status, SYSTEM, Role.SYSTEM), met(row.action))
        assert found is (None if status in row.source else Refusal.STATE)


def test_every_status_is_reached_from_reported() -> None:
    reached, ahead = set[Status](), {Status.REPORTED}
    while ahead:
        reached |= ahead
        steps = {target_of(move, s) for move in ROWS for s in ahead if s in move.source}
        ahead = steps - reached
    assert reached == set(Status)


def test_only_ends_have_no_way_on_but_being_reopened_or_unmerged() -> None:
    undone = {Action.REOPEN, Action.UNMERGE}
    ways = {s: {m.action for m in ROWS if s in m.source and target_of(m, s) is not s} - undone for s in Status}
    assert {status for status, out in ways.items() if not out} == ENDS
    assert set(Status) == ENDS | OPEN
    assert not ENDS & OPEN


@pytest.mark.parametrize("status", list(Status))
def test_what_is_allowed_is_what_is_not_refused_and_never_a_row_of_the_system(status: Status) -> None:
    for standing, role in product(Standing, Role):
        mine = facts(status, standing, role)
        expected = [m.action for m in ROWS if m.action not in BY_THE_SYSTEM and refusal(m, mine) is None]
        assert allowed(mine) == expected, (standing, role)


def test_what_the_system_alone_does_is_reporting_and_the_rows_without_a_person() -> None:
    nobodys = {row[0] for row in BINDING if row[3] is SYSTEM}
    assert {"report", *nobodys} == BY_THE_SYSTEM


@pytest.mark.parametrize("row", [row for row in ROWS if row.needs], ids=lambda row: row.action)
def test_a_move_is_refused_for_each_need_that_is_not_met_and_names_it(row: Move) -> None:
    for need in row.needs:
        rest = [other.split("|")[0] for other in row.needs if other != need]
        assert missing(row.needs, rest) == [need]
        for either in need.split("|"):
            assert missing(row.needs, [*rest, either]) == []


def test_needs_are_asked_for_last() -> None:
    mine = facts(Status.REPORTED, AT, Role.ACCEPTOR)
    assert refusal(MOVES[Action.REJECT], mine, []) is Refusal.NEEDS
    assert refusal(MOVES[Action.REJECT], mine) is None
    assert refusal(MOVES[Action.REJECT], facts(Status.REPORTED, AT, Role.DISPATCHER), []) is Refusal.ROLE


GUARDS = [
    (Action.CLOSE, Status.HANDLED, AT, Role.SHIFT_LEADER, "desk_check", Refusal.STATE),
    (Action.CLOSE, Status.CHECKED, AT, Role.SHIFT_LEADER, "desk_check", None),
    (Action.ESCALATE, Status.HANDLING, AT, Role.DISPATCHER, "has_parent", Refusal.STATE),
    (Action.TAKE_OVER, Status.HANDLING, ABOVE, Role.SHIFT_LEADER, "has_parent", Refusal.STATE),
    (Action.ASSIGN_DOWN, Status.HANDLING, AT, Role.DISPATCHER, "has_child", Refusal.STATE),
    (Action.REGISTER, Status.ACCEPTED, AT, Role.ACCEPTOR, "acceptors_register", Refusal.ROLE),
    (Action.REGISTER, Status.ACCEPTED, AT, Role.SHIFT_LEADER, "acceptors_register", None),
]


@pytest.mark.parametrize(("action", "status", "standing", "role", "rule", "without"), GUARDS)
def test_a_guard_holds_a_move_back(
    action: Action, status: Status, standing: Standing, role: Role, rule: str, without: Refusal | None
) -> None:
    assert refusal(MOVES[action], facts(status, standing, role)) is None
    assert refusal(MOVES[action], facts(status, standing, role, **{rule: False})) is without


@pytest.mark.parametrize("status", sorted(OPEN))
@pytest.mark.parametrize("action", sorted(LEVEL_MOVES))
def test_a_level_move_keeps_the_status_but_upwards_takes_dispatched_and_handling_back(
    action: Action, status: Status
) -> None:
    back = status in (Status.DISPATCHED, Status.HANDLING)
    assert target_of(MOVES[action], status) is status
    assert target_of(MOVES[action], status, upwards=True) is (Status.REGISTERED if back else status)


def test_dispatching_more_patrols_to_what_is_under_way_keeps_its_status() -> None:
    found = [target_of(MOVES[Action.DISPATCH], s) for s in (Status.REGISTERED, Status.DISPATCHED, Status.HANDLING)]
    assert found == [Status.DISPATCHED, Status.DISPATCHED, Status.HANDLING]


def test_somebody_with_two_roles_acts_in_one_that_fits() -> None:
    both = Facts(status=Status.REPORTED, roles=frozenset({Role.ACCEPTOR, Role.DISPATCHER}))
    assert acting_role(MOVES[Action.ACCEPT], both) is Role.ACCEPTOR
    assert acting_role(MOVES[Action.DISPATCH], both) is Role.DISPATCHER
