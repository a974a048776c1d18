"""The table of swaps, walked through whole."""

from itertools import product

import pytest

from app.roster.swap.workflow import LIVE, MOVES, ROWS, By, Standing, SwapAction, allowed, same_seat
from app.roster.workflow import SwapState, Wanted

# fmt: off
BINDING: tuple[tuple[str, str, str, str], ...] = (
    # action     from                 to           by
    ("accept",   "proposed",          "accepted",  "taker"),
    ("decline",  "proposed",          "declined",  "taker"),
    ("withdraw", "proposed accepted", "withdrawn", "proposer"),
    ("approve",  "accepted",          "approved",  "planner"),
    ("refuse",   "accepted",          "refused",   "planner"),
    ("expire",   "proposed accepted", "expired",   "system"),
)
# fmt: on
STANDINGS = [Standing(*flags) for flags in product((False, True), repeat=4)]


@pytest.mark.parametrize("row", BINDING, ids=lambda row: row[0])
def test_a_row_is_as_it_was_decided(row: tuple[str, str, str, str]) -> None:
    action, source, target, by = row
    move = MOVES[SwapAction(action)]
    assert (move.source, move.target, move.by) == (frozenset(source.split()), target, by)


def test_there_is_a_row_for_each_action_and_every_state_is_reached() -> None:
    assert [row[0] for row in BINDING] == [move.action for move in ROWS] == list(SwapAction)
    assert {SwapState.PROPOSED} | {move.target for move in ROWS} == set(SwapState)
    assert {state for move in ROWS for state in move.source} == LIVE


@pytest.mark.parametrize("state", SwapState)
@pytest.mark.parametrize("standing", STANDINGS, ids=str)
def test_everybody_may_do_what_the_table_says_and_nobody_decides_their_own(
    state: SwapState, standing: Standing
) -> None:
    can = allowed(state, standing, has_begun=False)
    assert all(state in MOVES[action].source for action in can)
    decides = {action for action in can if MOVES[action].by is By.PLANNER}
    assert not decides or (standing.is_planner and not standing.is_proposer and not standing.is_named)
    assert SwapAction.EXPIRE not in can
    assert (SwapAction.DECLINE in can) <= standing.is_named
    assert allowed(state, standing, has_begun=True) == []


def test_a_seat_counts_for_the_same_people_or_no_mix_is_wanted() -> None:
    wanted = Wanted({"police": 1, "street": 1})
    assert same_seat(wanted, ["police", "street"], ["police"])
    assert not same_seat(wanted, ["market", "street"], ["police", "street"])
    assert same_seat(None, ["market"], ["police"])
