"""The welfare check's table walked through whole."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from app.safety.welfare.workflow import (
    BY_CLOCK,
    LIVE,
    MOVES,
    ROWS,
    WelfareAction,
    WelfareBy,
    WelfareState,
    allowed,
    due_at,
)

# fmt: off
BINDING: tuple[tuple[str, str, str, str, str | None], ...] = (
    # action        from                                   to         by           starts
    ("set",         "",                                    "waiting", "crew duty", "every"),
    ("ask",         "waiting",                             "asked",   "clock",     "grace"),
    ("answer_ok",   "waiting asked overdue alarmed",       "waiting", "crew",      "every"),
    ("answer_help", "waiting asked overdue alarmed paused", "alarmed", "crew",      None),
    ("escalate",    "asked",                               "overdue", "clock",     "grace"),
    ("alarm",       "overdue",                             "alarmed", "clock",     None),
    ("pause",       "waiting asked overdue",               "paused",  "duty",      None),
    ("resume",      "paused",                              "waiting", "duty",      "every"),
    ("cancel",      "waiting asked overdue alarmed paused", "ended",   "duty",      None),
    ("end",         "waiting asked overdue alarmed paused", "ended",   "shift",     None),
)
# fmt: on


@pytest.mark.parametrize("row", BINDING, ids=lambda row: row[0])
def test_a_row_is_as_it_was_decided(row: tuple[str, str, str, str, str | None]) -> None:
    action, source, target, by, runs = row
    move = MOVES[WelfareAction(action)]
    assert (move.source, move.target, move.by, move.runs) == (
        frozenset(source.split()),
        target,
        frozenset(by.split()),
        runs,
    )


def test_there_is_a_row_for_each_action_and_no_other() -> None:
    assert [row[0] for row in BINDING] == [move.action for move in ROWS] == list(WelfareAction)


@pytest.mark.parametrize(("state", "who"), list(product(WelfareState, WelfareBy)))
def test_in_every_state_everybody_may_do_what_the_table_says(state: WelfareState, who: WelfareBy) -> None:
    expected = [action for action, source, _, by, _ in BINDING if state in source.split() and who in by.split()]
    assert allowed(state, [who]) == expected


def test_the_clock_runs_exactly_where_it_has_something_to_do() -> None:
    now = datetime(2026, 11, 23, tzinfo=UTC)
    runs = {move.target: due_at(move, 1800, 300, now) for move in ROWS}
    assert {state for state, due in runs.items() if due} == set(BY_CLOCK)
    assert runs[WelfareState.WAITING] == now + timedelta(seconds=1800)
    assert runs[WelfareState.ASKED] == now + timedelta(seconds=300)


def test_only_what_is_not_live_is_an_end() -> None:
    assert {state for state in WelfareState if not any(state in move.source for move in ROWS)} == set(
        WelfareState
    ) - LIVE
