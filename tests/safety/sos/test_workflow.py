"""The SOS's table walked through whole, and when which rung is due."""

from datetime import UTC, datetime, timedelta
from itertools import product
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.identity.workflow import Role
from app.safety.sos.workflow import MOVES, ROWS, SosAction, SosState, acting_role, allowed, due_at, fallen_due, ladder

# fmt: off
BINDING: tuple[tuple[str, str, str | None, str, tuple[str, ...]], ...] = (
    # action       from                   to              by         needs
    ("raise",       "",                    "raised",       "officer", ()),
    ("repeat",      "raised acknowledged", None,           "officer", ()),
    ("escalate",    "raised",              None,           "clock",   ()),
    ("acknowledge", "raised",              "acknowledged", "duty",    ()),
    ("resolve",     "acknowledged",        "resolved",     "duty",    ("resolution",)),
)
# fmt: on
START = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.mark.parametrize("row", BINDING, ids=lambda row: row[0])
def test_a_row_is_as_it_was_decided(row: tuple[str, str, str | None, str, tuple[str, ...]]) -> None:
    action, source, target, by, needs = row
    move = MOVES[SosAction(action)]
    assert (move.source, move.target, move.by, move.needs) == (frozenset(source.split()), target, by, needs)


def test_there_is_a_row_for_each_action_and_no_other() -> None:
    assert [row[0] for row in BINDING] == [move.action for move in ROWS] == list(SosAction)


@pytest.mark.parametrize(("state", "role"), list(product(SosState, Role)))
def test_in_every_state_every_role_may_do_what_the_table_says(state: SosState, role: Role) -> None:
    on_duty = role in ("dispatcher", "shift_leader", "leader")
    expected = [action for action, source, _, by, _ in BINDING if by == "duty" and state in source.split()]
    assert allowed(state, [role], raised_it=False) == (expected if on_duty else [])
    assert allowed(state, [role], raised_it=True) == []


def test_the_role_that_answers_is_named_even_for_who_holds_several() -> None:
    assert acting_role([Role.LEADER, Role.SHIFT_LEADER, Role.AUDITOR], raised_it=False) is Role.SHIFT_LEADER
    assert acting_role([Role.AUDITOR, Role.SYSTEM], raised_it=False) is None


def test_the_ladder_goes_from_the_desk_to_its_leader_to_the_centre_above() -> None:
    street, district = uuid4(), uuid4()
    rungs = [(rung.centre_id, list(rung.roles)) for rung in ladder([street, district])]
    desk = ["dispatcher", "shift_leader"]
    assert rungs == [(street, desk), (street, ["leader"]), (district, desk), (district, ["leader"])]


@given(st.integers(10, 3600), st.lists(st.floats(0, 100_000), max_size=20), st.integers(1, 9))
def test_however_often_the_clock_looks_every_rung_comes_due_once_in_order(
    limit_s: int, looks: list[float], top: int
) -> None:
    level, seen = 0, list[int]()
    for second in sorted(looks):
        levels = fallen_due(START, limit_s, level, top, START + timedelta(seconds=second))
        seen += levels
        level = levels[-1] if levels else level
        assert all(due_at(START, limit_s, one) <= START + timedelta(seconds=second) for one in levels)
    assert seen == list(range(1, level + 1))
    assert level <= top
