"""What the facts say of who was called, and who scores whom."""

from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import pytest

from app.identity.workflow import Role
from app.supervision.score.workflow import (
    LABELS,
    ROWS,
    TABLE,
    Clock,
    Finding,
    Target,
    of_centre,
    of_department,
    scoring_role,
)

AT = datetime(2026, 3, 2, tzinfo=UTC)
IN_TIME, LATE = Clock(AT, AT, is_exempt=False), Clock(AT, AT + timedelta(minutes=1), is_exempt=False)
EXEMPT, NEVER_ENDED = Clock(AT, AT + timedelta(minutes=1), is_exempt=True), Clock(AT, None, is_exempt=False)


def summons(
    *, came: bool = True, late: bool = False, state: str = "released", ended_by: str = "release"
) -> dict[str, Any]:
    return {"state": state, "arrived_at": AT if came else None, "is_late": late, "ended_by": ended_by}


CASES = [
    (summons(), [IN_TIME], False, "on_time", False),
    (summons(), [], False, "on_time", False),
    (summons(late=True), [], False, "late", False),
    (summons(), [LATE], False, "late", False),
    (summons(late=True), [EXEMPT], False, "late", True),
    (summons(late=True), [EXEMPT, LATE], False, "late", False),
    (summons(late=True), [LATE], True, "late", False),
    (summons(came=False, ended_by="withdraw"), [LATE], False, "absent", False),
    (summons(came=False, ended_by="withdraw"), [IN_TIME], True, "absent", False),
    (summons(came=False, state="missed", ended_by=""), [NEVER_ENDED], False, "absent", False),
    (summons(came=False, ended_by="withdraw"), [IN_TIME], False, "excused", False),
    (summons(came=False, ended_by="uphold"), [LATE], True, "excused", False),
]


@pytest.mark.parametrize(("called", "clocks", "missed", "finding", "exempt"), CASES)
def test_a_department_is_found_on_time_late_or_absent(
    called: dict[str, Any],
    clocks: list[Clock],
    missed: bool,  # noqa: FBT001  # a case
    finding: str,
    exempt: bool,  # noqa: FBT001  # a case
) -> None:
    assert of_department(called, clocks, was_missed=missed) == (finding, exempt)


def test_a_centre_is_late_where_a_step_of_its_own_was() -> None:
    assert of_centre([IN_TIME, NEVER_ENDED]) == (Finding.ON_TIME, False)
    assert of_centre([IN_TIME, LATE]) == (Finding.LATE, False)
    assert of_centre([EXEMPT]) == (Finding.LATE, True)


def test_those_who_score_are_leaders_and_evaluators() -> None:
    for target, role in product(Target, Role):
        expected = role if role in ("shift_leader", "leader", "evaluator") else None
        assert scoring_role(target, [role]) == expected
    assert set(TABLE) == set(Target) == {row.target for row in ROWS}
    assert set(LABELS) == set(Finding)
