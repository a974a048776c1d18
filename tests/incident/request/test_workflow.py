"""The table of requests, row by row against what was decided, and walked through whole."""

from itertools import product

import pytest

from app.identity.workflow import Role
from app.incident.request.workflow import (
    REASON_CODES,
    ROWS,
    STEP_UP,
    TABLE,
    Asked,
    Decision,
    RequestKind,
    askable,
    asking_role,
    decider,
    decisions,
)
from app.incident.workflow import AFTER_RETURN, MOVES, Action, Facts, Refusal, Standing, Status, refusal

K = RequestKind
UP_TO_SUSPENDED = "reported verifying accepted registered dispatched handling suspended"
LEADS, TAKES_PART, AT = Standing.LEADER, Standing.TAKES_PART, Standing.CENTRE
BINDING: tuple[tuple[str, str, Standing, str, str, str | None], ...] = (
    # kind, from, standing, who asks, needs, what an approval makes
    ("return", "dispatched handling", LEADS, "department_desk team_leader", "reason", "return"),
    ("extension", "handling", TAKES_PART, "department_desk team_leader", "reason", None),
    ("suspension", "handling", LEADS, "department_desk team_leader", "reason reason_code until", "suspend"),
    ("void", UP_TO_SUSPENDED, AT, "acceptor dispatcher shift_leader", "reason", "void"),
    ("reopen", "closed", AT, "acceptor inspector", "reason reason_code", "reopen"),
)
ONE_UP = {
    "team_leader": "dispatcher",
    "department_desk": "dispatcher",
    "acceptor": "shift_leader",
    "inspector": "shift_leader",
    "dispatcher": "shift_leader",
    "shift_leader": "leader",
}


@pytest.mark.parametrize("row", BINDING, ids=lambda row: row[0])
def test_a_kind_is_as_it_was_decided(row: tuple[str, str, Standing, str, str, str | None]) -> None:
    kind, source, standing, roles, needs, approval = row
    found = TABLE[RequestKind(kind)]
    assert (found.source, found.asker) == (frozenset(source.split()), (standing, frozenset(roles.split())))
    assert (found.needs, found.approval) == (tuple(needs.split()), approval)


def test_there_is_a_row_for_each_kind_and_no_other() -> None:
    assert [row[0] for row in BINDING] == [row.kind for row in ROWS] == list(RequestKind)


@pytest.mark.parametrize("row", BINDING, ids=lambda row: row[0])
def test_every_role_in_every_standing_asks_where_the_table_says_so_and_nowhere_else(
    row: tuple[str, str, Standing, str, str, str | None],
) -> None:
    kind, _, standing, roles, _, _ = row
    for where, role in product(Standing, Role):
        here = frozenset({role}) if where is AT else frozenset()
        found = asking_role(TABLE[RequestKind(kind)], frozenset({where}), here, frozenset({role}))
        assert found == (role if where is standing and role in roles.split() else None), (where, role)


@pytest.mark.parametrize("status", list(Status))
def test_in_every_status_every_role_in_every_standing_may_ask_what_the_table_says(status: Status) -> None:
    for where, role, is_returned in product(Standing, Role, (False, True)):
        expected = [
            kind
            for kind, source, standing, roles, _, _ in BINDING
            if status in source.split() and where is standing and role in roles.split()
            if not (is_returned and kind == "void")
        ]
        here = frozenset({role}) if where is AT else frozenset()
        facts = Facts(status, here, held=frozenset({role}), standings=frozenset({where}), is_returned=is_returned)
        assert askable(facts, []) == expected, (where, role, is_returned)
        assert askable(facts, list(RequestKind)) == []


def test_an_acceptor_of_another_centre_does_not_ask() -> None:
    assert asking_role(TABLE[K.VOID], frozenset(), frozenset(), frozenset({Role.ACCEPTOR})) is None


def test_everybody_who_asks_has_one_step_up() -> None:
    assert ONE_UP == STEP_UP
    assert {role for row in ROWS for role in row.asker[1]} == set(STEP_UP)
    assert all(row.deciders == {Role(ONE_UP[role]) for role in row.asker[1]} for row in ROWS)


@pytest.mark.parametrize("kind", list(RequestKind))
def test_exactly_the_step_above_the_asker_decides(kind: RequestKind) -> None:
    for by, role in product(TABLE[kind].asker[1], Role):
        found = decisions(Asked(kind, by), frozenset({role}))
        assert found == (dict.fromkeys(Decision, role) if role == ONE_UP[by] else {}), (by, role)


@pytest.mark.parametrize(("estimated", "before"), [(False, 1), (True, 0), (True, 1)])
def test_a_second_or_a_self_estimated_extension_goes_a_step_higher(estimated: bool, before: int) -> None:  # noqa: FBT001  # a case
    for by in TABLE[K.EXTENSION].asker[1]:
        assert decider(Asked(K.EXTENSION, by, estimated, before)) is Role.SHIFT_LEADER
    assert decider(Asked(K.SUSPENSION, Role.TEAM_LEADER, estimated, before)) is Role.DISPATCHER


@pytest.mark.parametrize("kind", list(RequestKind))
def test_a_proven_wrong_dispatch_is_returned_on_the_spot_and_nothing_else_is(kind: RequestKind) -> None:
    by = min(TABLE[kind].asker[1] - {Role.ACCEPTOR, Role.DISPATCHER, Role.INSPECTOR}, default=Role.SHIFT_LEADER)
    found = decisions(Asked(kind, by), frozenset({Role.SHIFT_LEADER}), misdispatch=True)
    expected = {Decision.APPROVE: Role.SHIFT_LEADER} if kind is K.RETURN else {}
    assert found == (expected if STEP_UP[by] is not Role.SHIFT_LEADER else dict.fromkeys(Decision, Role.SHIFT_LEADER))


def test_reasons_are_counted_by_code_where_the_kind_has_codes() -> None:
    assert {kind: set(codes) for kind, codes in REASON_CODES.items()} == {
        K.SUSPENSION: {"engineering", "season"},
        K.REOPEN: {"satisfaction", "inspection"},
    }
    assert all("reason_code" in TABLE[kind].needs for kind in REASON_CODES)


@pytest.mark.parametrize("action", list(MOVES))
def test_a_returned_incident_is_sent_out_again_or_back_and_never_on(action: Action) -> None:
    """Rule 5: whoever receives a returned incident may not push it on to closing."""
    move = MOVES[action]
    held = frozenset({Role.SYSTEM})
    facts = Facts(Status.REGISTERED, held=held, has_parent=True, has_child=True, is_returned=True)
    let = refusal(move, facts) is None
    assert let == (action in AFTER_RETURN and Status.REGISTERED in move.source)
    assert not let or move.target not in (Status.CLOSED, Status.MERGED, Status.VOIDED, Status.REJECTED)
    assert refusal(MOVES[Action.MERGE], facts) is Refusal.STATE
