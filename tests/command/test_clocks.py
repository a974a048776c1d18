"""When a clock acts: against a count of every minute, whatever pauses and extensions come; and the edges."""

from datetime import datetime, timedelta
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from app.catalogue.workflow import Limit, Unit, WorkCalendar
from app.command.climbing import BREACHED, RED, RUNNING, YELLOW, Climber
from app.command.workflow import Basis, Clocks
from app.core.ids import uuid7
from app.incident.workflow import MOVES, Action, Clock, Status
from app.policy.workflow import ladders_of
from tests.catalogue.minutes import ALL, FIRST, MINUTE, counted

H, LATER_MIN = Clock.HANDLE, 24 * 60
CALENDARS = [WorkCalendar.of(row) for row in ALL]
Happening = tuple[int, str]
Steps = list[tuple[int, datetime]]


def clock(which: int, at: datetime, amount: float, unit: Unit) -> Clocks:
    """A handle clock that starts at an instant."""
    basis, climber = Basis(Limit(amount=amount, unit=unit), "standard"), Climber(CALENDARS[which], ladders_of(None))
    clocks = Clocks(uuid7(), [], now=at, basis_of=lambda _: basis, climber=climber, level=1, round_=1)
    clocks.start(H)
    return clocks


def punctual(clocks: Clocks, happenings: list[Happening], more: Limit) -> Steps:
    """The steps that a worker which is never late climbs, and when."""
    row, found = clocks.current[H], Steps()
    for minute, what in [*happenings, (10**6, "end")]:
        at = FIRST + minute * MINUTE
        while row["acts_at"] and not row["paused_at"] and row["acts_at"] <= at + timedelta(milliseconds=1):
            clocks.now = row["acts_at"]
            found += [(passed.step.number, passed.at) for passed in clocks.climb(clocks.current[H])]
        clocks.now = at
        if what == "pause":
            clocks.after(MOVES[Action.SUSPEND], Status.SUSPENDED)
        elif what == "resume":
            clocks.after(MOVES[Action.RESUME], Status.HANDLING)
        elif what == "extend" and row["state"] == RUNNING:
            clocks.extend(H, more)
    return found


def by_counting(which: int, start: int, limit: Fraction, unit: Unit, story: list[Happening], more: Fraction) -> Steps:
    """The same by counting minutes: yellow at 0.8 of the limit, red at all of it, the last a day of minutes later."""
    told, gone, rung, found = dict(story), Fraction(), 0, Steps()
    late, stands, part = 0, False, Fraction()
    for minute in range(start, len(counted(which))):
        what = told.get(minute)
        stands = what == "pause" or (stands and what != "resume")
        if what == "extend" and rung < 2:
            limit += more
            rung = rung if gone >= limit * 4 / 5 else 0
        if stands:
            continue
        if rung == 2:
            late += 1
            if late == LATER_MIN:
                return [*found, (3, FIRST + (minute + float(part)) * MINUTE)]
            continue
        worth = _worth(which, minute, unit)
        for share in (Fraction(4, 5), Fraction(1))[rung:]:
            if worth and gone + worth >= limit * share:
                rung += 1
                part = (limit * share - gone) / worth
                found.append((rung, FIRST + (minute + float(part)) * MINUTE))
        gone += worth
    return found


def _worth(which: int, minute: int, unit: Unit) -> Fraction:
    length = counted(which)[minute]
    if unit is Unit.URGENT_HOUR:
        return Fraction(1, 60)
    return Fraction(0) if not length else Fraction(1, 60) if unit is Unit.WORK_HOUR else Fraction(1, length)


@st.composite
def stories(draw: st.DrawFn) -> tuple[int, list[Happening]]:
    """A start, then pauses that end and extensions, in the order of time."""
    start = draw(st.integers(0, 200 * 24 * 60))
    at, told = start, list[Happening]()
    for what in draw(st.lists(st.sampled_from(("pause", "extend")), max_size=4)):
        for part in (what, "resume")[: 2 if what == "pause" else 1]:
            at += draw(st.integers(1, 4 * 24 * 60))
            told.append((at, part))
    return start, told


@settings(deadline=None, max_examples=150)
@given(
    st.integers(0, 1), stories(), st.integers(1, 40), st.integers(1, 16),
    st.sampled_from((Unit.URGENT_HOUR, Unit.WORK_HOUR, Unit.WORK_DAY)),
)  # fmt: skip
def test_every_step_comes_when_counting_the_minutes_says_so(
    which: int, story: tuple[int, list[Happening]], eighths: int, more: int, unit: Unit
) -> None:
    start, told = story
    amount, extra = Fraction(eighths, 8), Fraction(more, 8)
    clocks = clock(which, FIRST + start * MINUTE, float(amount), unit)
    found = punctual(clocks, told, Limit(amount=float(extra), unit=unit))
    expected = by_counting(which, start, amount, unit, told, extra)
    assert [n for n, _ in found] == [n for n, _ in expected]
    assert all(abs(one - other) < timedelta(seconds=1) for (_, one), (_, other) in zip(found, expected, strict=True))


def an_hour() -> Clocks:
    """A clock of an hour, as it starts."""
    return clock(0, FIRST, 1, Unit.URGENT_HOUR)


def climbed(clocks: Clocks, minutes: float) -> list[int]:
    """The steps climbed by a worker that looks again after some minutes."""
    clocks.now += minutes * MINUTE
    return [passed.step.number for passed in clocks.climb(clocks.current[H])]


def test_a_clock_is_yellow_at_four_fifths_and_breached_at_its_limit() -> None:
    clocks = an_hour()
    row, waits = clocks.current[H], (47, 1, 11, 1, LATER_MIN - 1, 1, LATER_MIN)
    assert [(climbed(clocks, minutes), row["state"], row["card"]) for minutes in waits] == [
        ([], RUNNING, None), ([1], RUNNING, YELLOW), ([], RUNNING, YELLOW), ([2], BREACHED, RED), ([], BREACHED, RED),
        ([3], BREACHED, RED), ([], BREACHED, RED),
    ]  # fmt: skip
    assert row["acts_at"] is None


def test_after_an_outage_all_that_has_passed_is_climbed_each_with_its_own_instant() -> None:
    clocks = an_hour()
    clocks.now += timedelta(days=3)
    assert [passed.at - FIRST for passed in clocks.climb(clocks.current[H])] == [
        48 * MINUTE,
        60 * MINUTE,
        timedelta(hours=25),
    ]
    assert climbed(clocks, 1) == []


def test_more_time_takes_the_yellow_card_back_and_shows_it_again_later() -> None:
    clocks = an_hour()
    row = clocks.current[H]
    assert climbed(clocks, 50) == [1]
    clocks.extend(H, Limit(amount=1, unit=Unit.URGENT_HOUR))
    assert (row["card"], row["rung_share"], row["acts_at"] - FIRST) == (None, 0, 96 * MINUTE)
    assert (climbed(clocks, 45), climbed(clocks, 1), row["card"]) == ([], [1], YELLOW)


def test_a_clock_that_has_ended_or_stands_still_is_not_climbed_and_an_overdue_fact_stays() -> None:
    clocks = an_hour()
    row = clocks.current[H]
    climbed(clocks, 61)
    clocks.after(MOVES[Action.SUSPEND], Status.SUSPENDED)
    assert (climbed(clocks, 3 * LATER_MIN), row["state"], clocks.due_at) == ([], BREACHED, None)
    clocks.after(MOVES[Action.RESUME], Status.HANDLING)
    assert (row["acts_at"] - clocks.now, clocks.due_at) == ((LATER_MIN - 1) * MINUTE, row["due_at"])
    clocks.after(MOVES[Action.FINISH], Status.HANDLED)
    assert (climbed(clocks, 3 * LATER_MIN), row["state"], row["acts_at"]) == ([], BREACHED, None)


def test_a_clock_that_goes_on_is_armed_for_what_has_not_been_climbed() -> None:
    clocks = an_hour()
    climbed(clocks, 50)
    clocks.after(MOVES[Action.FINISH], Status.HANDLED)
    clocks.now += MINUTE
    clocks.after(MOVES[Action.BOUNCE], Status.HANDLING)
    row = clocks.current[H]
    assert (row["rung_share"], row["card"], row["acts_at"] - FIRST) == (0.8, YELLOW, 60 * MINUTE)


def test_a_clock_started_again_climbs_from_the_bottom() -> None:
    clocks = an_hour()
    climbed(clocks, 70)
    before = clocks.current[H]
    clocks.start(H)
    assert (before["state"], before["acts_at"], clocks.current[H]["rung_share"]) == (BREACHED, None, 0)
    assert (climbed(clocks, 48), clocks.current[H]["card"]) == ([1], YELLOW)
