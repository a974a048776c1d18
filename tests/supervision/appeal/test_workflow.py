"""The table of appeals, walked through whole."""

from itertools import product

import pytest

from app.identity.workflow import Role
from app.supervision.appeal.workflow import (
    PENDING,
    ROWS,
    TABLE,
    AppealAction,
    AppealState,
    Review,
    Reviewer,
    allowed,
    reviewing_role,
)

BINDING = {
    # state, action: what it leads to, who
    ("pending_dispatcher", "approve"): ("pending_acceptor", "dispatcher"),
    ("pending_dispatcher", "reject"): ("rejected", "dispatcher"),
    ("pending_acceptor", "approve"): ("approved", "acceptor shift_leader"),
    ("pending_acceptor", "reject"): ("rejected", "acceptor shift_leader"),
}


def test_the_rows_are_as_they_were_decided() -> None:
    assert {(r.source, r.action): (r.target, " ".join(sorted(r.roles))) for r in ROWS} == BINDING
    assert {state for state, _ in BINDING} == PENDING


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.source}-{row.action}")
def test_every_role_is_answered_by_the_table_and_nobody_reviews_what_they_have_a_part_in(row: Review) -> None:
    for role in Role:
        free, bound = (Reviewer(frozenset({role}), has_part=part) for part in (False, True))
        assert reviewing_role(row, free) == (role if role in row.roles else None)
        assert reviewing_role(row, bound) is None


def test_what_is_allowed_is_what_the_table_has() -> None:
    for state, role in product(AppealState, Role):
        found = allowed(state, Reviewer(frozenset({role}), has_part=False))
        assert found == [a for a in AppealAction if (state, a) in TABLE and role in TABLE[state, a].roles]


def test_two_approvals_are_needed_and_one_rejection() -> None:
    state = AppealState.PENDING_DISPATCHER
    for _ in range(2):
        assert TABLE[state, AppealAction.REJECT].target is AppealState.REJECTED
        state = TABLE[state, AppealAction.APPROVE].target
    assert state is AppealState.APPROVED
