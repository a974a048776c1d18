"""Why a clock is due when it is due: the parts against a count of every minute, whatever happened to it."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.catalogue.workflow import Limit, Unit, WorkCalendar
from app.command.climbing import Climber
from app.command.workflow import Basis, Clocks
from app.incident.clock.workflow import Explanation, explained
from app.incident.workflow import Clock
from app.policy.workflow import ladders_of

DAY, HALF = [["08:00", "12:00"], ["14:00", "18:00"]], [["09:00", "13:00"]]
ROW: dict[str, Any] = {
    "time_zone": "Asia/Shanghai",
    "weekly": {**{str(day): DAY for day in range(1, 6)}, "6": HALF},
    "days": {"2026-02-14": DAY, **{f"2026-02-{day}": [] for day in range(16, 24)}, "2026-02-28": []},
    "id": "01930000-0000-7000-8000-000000000001",
    "version": 1,
}
CALENDAR = WorkCalendar.of(ROW)
OTHER = WorkCalendar.of(ROW | {"version": 2, "weekly": {str(day): HALF for day in range(1, 7)}})
KNOWN = {calendar.version: calendar for calendar in (CALENDAR, OTHER)}
FIRST = datetime(2026, 2, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
AMOUNTS = {Unit.MINUTE: 600, Unit.URGENT_HOUR: 40, Unit.WORK_HOUR: 30, Unit.WORK_DAY: 4, Unit.NATURAL_DAY: 4}
Step = tuple[str, float]


def calendar_of(told: Mapping[str, Any]) -> WorkCalendar:
    return KNOWN[told["calendar_version"]]


@cache
def worth(unit: Unit, version: int = 1) -> tuple[float, ...]:
    """What each minute of four months counts in a unit."""
    calendar, at = KNOWN[version], [FIRST + n * MINUTE for n in range(120 * 24 * 60)]
    if unit in (Unit.MINUTE, Unit.URGENT_HOUR, Unit.NATURAL_DAY):
        share = {Unit.MINUTE: 1.0, Unit.URGENT_HOUR: 1 / 60, Unit.NATURAL_DAY: 1 / 1440}[unit]
        return (share,) * len(at)
    spans = [span for on in {one.astimezone(calendar.zone).date() for one in at} for span in calendar.spans(on)]
    lengths: dict[Any, float] = {}
    for since, to in spans:
        on = since.astimezone(calendar.zone).date()
        lengths[on] = lengths.get(on, 0.0) + (to - since) / MINUTE
    found = dict.fromkeys(at, 0.0)
    for since, to in spans:
        per = 1 / 60 if unit is Unit.WORK_HOUR else 1 / lengths[since.astimezone(calendar.zone).date()]
        for n in range(round((to - since) / MINUTE)):
            found[since + n * MINUTE] = per
    return tuple(found[one] for one in at)


class Life:
    """A clock that is started, paused, resumed and extended, and a count of its minutes beside it."""

    def __init__(self, start: datetime, limit: Limit) -> None:
        self.limit, self.rows, self.entries = limit, list[dict[str, Any]](), list[dict[str, Any]]()
        self.now, self.calendar, self.seq = start, CALENDAR, 0
        self.granted, self.standing = limit.amount, list[tuple[datetime, datetime]]()
        clocks = self._clocks()
        clocks.start(Clock.HANDLE)
        self._keep(clocks)

    def _clocks(self) -> Clocks:
        self.seq += 1
        clocks = Clocks(
            "i",  # type: ignore[arg-type]  # any id
            self.rows,
            now=self.now,
            basis_of=lambda _: Basis(self.limit, "default"),
            climber=Climber(self.calendar, ladders_of(None)),
            level=1,
            round_=1,
        )
        clocks.seq = self.seq
        return clocks

    def _keep(self, clocks: Clocks) -> None:
        self.rows = list(clocks.current.values())
        self.entries += clocks.entries

    def pause(self, minutes: float) -> None:
        """Stand still for some minutes."""
        clocks = self._clocks()
        clocks._pause(Clock.HANDLE)
        self._keep(clocks)
        since, self.now = self.now, self.now + minutes * MINUTE
        clocks = self._clocks()
        clocks.resume(Clock.HANDLE)
        self._keep(clocks)
        self.standing.append((since, self.now))

    def extend(self, amount: float) -> None:
        """Get more of the unit."""
        clocks = self._clocks()
        clocks.extend(Clock.HANDLE, Limit(amount=amount, unit=self.limit.unit))
        self._keep(clocks)
        self.granted += amount

    @property
    def row(self) -> Any:
        """The clock."""
        return self.rows[0]

    def explained(self) -> Explanation:
        """The explanation of what was stored."""
        entries = [SimpleNamespace(**entry) for entry in self.entries]
        return explained(SimpleNamespace(**self.row), entries, calendar_of, self.now)

    def due_by_counting(self) -> datetime:
        """When the granted amount is gone, minute by minute, without the minutes it stood still."""
        each, left, start = worth(self.limit.unit), self.granted, datetime.fromisoformat(str(self.row["started_at"]))
        at = round((start - FIRST) / MINUTE)
        while left > 1e-9:
            minute = FIRST + at * MINUTE
            if not any(since <= minute < to for since, to in self.standing):
                left -= each[at]
            at += 1
        return FIRST + at * MINUTE


steps = st.lists(
    st.one_of(
        st.tuples(st.just("wait"), st.integers(1, 2000)),
        st.tuples(st.just("pause"), st.integers(1, 6000)),
        st.tuples(st.just("extend"), st.integers(1, 3)),
    ),
    max_size=6,
)


def lived(start: int, unit: Unit, share: float, happened: list[Step]) -> Life:
    amount = float(max(1, round(AMOUNTS[unit] * share)))
    life = Life(FIRST + start * MINUTE, Limit(amount=amount, unit=unit))
    for what, much in happened:
        if what == "wait":
            life.now = min(life.now + much * MINUTE, life.row["due_at"] - MINUTE)  # not overdue: the table's guard
            life.now = max(life.now, life.row["started_at"])
        elif life.now < life.row["due_at"]:
            (life.pause if what == "pause" else life.extend)(much)
    return life


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 20 * 24 * 60), st.sampled_from(list(Unit)), st.floats(0.1, 1), steps)
def test_the_stretches_add_up_to_the_limit_and_end_when_it_is_due(
    start: int, unit: Unit, share: float, happened: list[Step]
) -> None:
    life = lived(start, unit, share, happened)
    found = life.explained()
    whole = sum(CALENDAR.elapsed(one.starts_at, one.ends_at, unit) for one in found.stretches)
    assert whole == pytest.approx(life.granted, abs=1e-5)
    assert life.row["amount"] == pytest.approx(life.granted, abs=1e-6)
    assert abs(found.reckoned_due_at - life.row["due_at"]) < timedelta(seconds=1)
    assert abs(found.recounted) < 1e-6


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 20 * 24 * 60), st.sampled_from(list(Unit)), st.floats(0.1, 1), steps)
def test_a_clock_is_due_when_counting_every_minute_says_so(
    start: int, unit: Unit, share: float, happened: list[Step]
) -> None:
    life = lived(start, unit, share, happened)
    assert abs(life.due_by_counting() - life.row["due_at"]) <= 2 * MINUTE


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 20 * 24 * 60), st.sampled_from(list(Unit)), st.floats(0.1, 1), steps)
def test_no_time_counts_while_it_stands_still_and_yellow_comes_at_four_fifths(
    start: int, unit: Unit, share: float, happened: list[Step]
) -> None:
    life = lived(start, unit, share, happened)
    found = life.explained()
    assert [tuple(pause) for pause in found.pauses] == life.standing
    for one in found.stretches:
        assert not any(since < one.ends_at and one.starts_at < to for since, to in life.standing)
    assert found.yellow_at is not None
    gone = [CALENDAR.elapsed(one.starts_at, min(one.ends_at, found.yellow_at), unit) for one in found.stretches]
    assert sum(gone) == pytest.approx(0.8 * life.granted, abs=1e-4)


def test_what_a_changed_calendar_takes_during_a_pause_is_named() -> None:
    life = Life(datetime(2026, 2, 2, 0, tzinfo=UTC), Limit(amount=16, unit=Unit.WORK_HOUR))  # Monday 08:00 there
    life.now += timedelta(hours=4)
    life.calendar = OTHER  # 09:00 to 13:00 from now on
    life.pause(60)
    found = life.explained()
    counted = [
        KNOWN[n].elapsed(one.starts_at, one.ends_at, Unit.WORK_HOUR)
        for one, n in zip(found.stretches, (1, 2, 2), strict=True)
    ]
    assert sum(counted) == pytest.approx(16 + found.recounted)
    assert found.recounted == pytest.approx(-7)
    assert abs(found.reckoned_due_at - life.row["due_at"]) < timedelta(seconds=1)


def test_a_clock_that_goes_on_is_due_when_it_was() -> None:
    life = Life(datetime(2026, 2, 2, 0, tzinfo=UTC), Limit(amount=2, unit=Unit.WORK_DAY))
    life.extend(1)
    due = life.row["due_at"]
    life.now += timedelta(hours=2)
    for what in ("end", "resume"):
        clocks = life._clocks()
        clocks.end(Clock.HANDLE, "met") if what == "end" else clocks.resume(Clock.HANDLE)
        life._keep(clocks)
    assert (life.row["due_at"], life.row["state"], life.row["amount"]) == (due, "running", 3)
    assert [entry["what"] for entry in life.entries] == ["extended", "met", "reopened"]
    assert life.explained().reckoned_due_at == due


def test_a_clock_that_goes_on_with_another_limit_keeps_its_start_and_what_was_added() -> None:
    start = datetime(2026, 2, 2, 0, tzinfo=UTC)
    life = Life(start, Limit(amount=2, unit=Unit.URGENT_HOUR))
    life.extend(1)
    clocks = life._clocks()
    clocks.end(Clock.HANDLE, "cancelled")
    life._keep(clocks)
    life.now, life.limit = life.now + timedelta(hours=1), Limit(amount=1, unit=Unit.NATURAL_DAY)
    clocks = life._clocks()
    clocks.resume(Clock.HANDLE)
    life._keep(clocks)
    assert life.row["due_at"] == start + timedelta(days=1, hours=1)
    assert life.explained().reckoned_due_at == life.row["due_at"]
    assert (life.row["limit_amount"], life.row["unit"]) == (1, "natural_day")


def test_time_through_nights_is_working_time_to_a_clock_that_counts_work() -> None:
    start = datetime(2026, 2, 6, 10, tzinfo=UTC)  # Friday 18:00 there: closed
    four = CALENDAR.in_unit(start, Limit(amount=4, unit=Unit.URGENT_HOUR), Unit.WORK_DAY)
    assert four.unit is Unit.WORK_DAY
    assert four.amount == pytest.approx(1.0)  # Saturday has four hours
    day = CALENDAR.in_unit(start, Limit(amount=1, unit=Unit.WORK_DAY), Unit.URGENT_HOUR)
    assert day.amount == pytest.approx(19)  # until Saturday 13:00
