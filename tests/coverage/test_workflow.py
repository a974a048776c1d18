"""The pure rules: bands of the week, voids that must last, missed visits."""

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.coverage.checkpoint.workflow import missed
from app.coverage.minimum.workflow import LASTING, Lack, Turn, applies, turn

MONDAY = datetime(2026, 11, 23, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("hour", "starts", "ends", "weekdays", "expected"),
    [
        (8, "08:00", "20:00", {1}, True),
        (20, "08:00", "20:00", {1}, False),
        (8, "08:00", "20:00", {2}, False),
        (23, "22:00", "06:00", {1}, True),
        (24 + 5, "22:00", "06:00", {1}, True),
        (24 + 6, "22:00", "06:00", {1}, False),
        (5, "22:00", "06:00", {1}, False),
        (5, "00:00", "00:00", {1}, True),
        (24, "00:00", "00:00", {1}, False),
    ],
)
def test_a_band_of_the_week_holds_an_hour(
    hour: int, starts: str, ends: str, weekdays: set[int], expected: object
) -> None:
    band = (weekdays, time.fromisoformat(starts), time.fromisoformat(ends))
    assert applies(MONDAY + timedelta(hours=hour), *band) is expected


def told(counts: list[int], needed: int = 1, every: timedelta = MINUTE) -> list[Turn]:
    """What is said when so many are counted, one count after another."""
    lack: Lack | None = None
    said = []
    for at, present in enumerate(counts):
        lack, now = turn(lack, present, needed, MONDAY + at * every)
        said.append(now)
    return said


def test_a_void_is_said_when_it_has_lasted_and_only_once() -> None:
    assert told([0, 0, 0, 0, 0]) == [Turn.NOTHING, Turn.NOTHING, Turn.OPENED, Turn.NOTHING, Turn.NOTHING]


def test_a_moment_makes_no_void_and_ends_none() -> None:
    assert set(told([0, 0, 1, 0, 0, 1])) == {Turn.NOTHING}
    assert told([0, 0, 0, 1, 1, 0, 1, 1, 1])[2:] == [Turn.OPENED, *[Turn.NOTHING] * 5, Turn.ENOUGH]


def test_a_void_ends_at_once_when_nobody_is_needed_any_more() -> None:
    assert turn(Lack(MONDAY, MONDAY, None, 0), 0, 0, MONDAY + MINUTE) == (None, Turn.NOT_NEEDED)


@given(st.lists(st.integers(0, 3), max_size=40), st.integers(1, 3))
def test_what_is_said_alternates_between_void_and_enough(counts: list[int], needed: int) -> None:
    said = [one for one in told(counts, needed) if one is not Turn.NOTHING]
    assert said == [Turn.OPENED, Turn.ENOUGH][: len(said)] or said == ([Turn.OPENED, Turn.ENOUGH] * 20)[: len(said)]


@given(st.lists(st.integers(0, 3), max_size=40))
def test_a_void_is_never_shorter_than_it_must_last(counts: list[int]) -> None:
    for at, one in enumerate(told(counts, 2)):
        lasted = counts[max(0, at - LASTING // MINUTE) : at + 1]
        assert one is not Turn.OPENED or max(lasted) < 2
        assert one is not Turn.ENOUGH or min(lasted) >= 2


@pytest.mark.parametrize(
    ("minutes", "expected"), [([], 3), ([60, 120, 180, 240], 0), ([59, 121], 2), ([90], 3), ([-5, 245], 3), ([240], 3)]
)
def test_missed_visits_are_the_ones_that_would_have_closed_the_gaps(minutes: list[int], expected: int) -> None:
    visits = [MONDAY + at * MINUTE for at in minutes]
    assert missed(visits, MONDAY, MONDAY + timedelta(hours=4), 3600) == expected
