"""The arithmetic of limits, against a count of every minute, and at the edges."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.catalogue.workflow import Limit, NoWorkingTime, Unit, WorkCalendar
from tests.catalogue.minutes import ALL, BERLIN, CHINA, FIRST, HALF, MINUTE, counted


def by_counting(which: int, start: int, amount: Fraction, worth: Callable[[int], Fraction]) -> datetime:
    """When a limit is due, found by counting minutes; `worth` says what a minute of a day counts."""
    minutes, at, left = counted(which), start, amount
    while not minutes[at] or left > worth(minutes[at]):
        left -= worth(minutes[at]) if minutes[at] else 0
        at += 1
    return FIRST + at * MINUTE + float(left / worth(minutes[at])) * MINUTE


starts = st.integers(0, 365 * 24 * 60 - 1)
eighths = st.integers(1, 96).map(lambda n: Fraction(n, 8))
calendars = st.integers(0, len(ALL) - 1)


def close(one: datetime, other: datetime) -> bool:
    return abs(one - other) < timedelta(milliseconds=1)


@settings(deadline=None)
@given(calendars, starts, st.integers(1, 40 * 60))
def test_work_hours_end_where_counting_the_minutes_ends(which: int, start: int, minutes: int) -> None:
    due = WorkCalendar.of(ALL[which]).due(FIRST + start * MINUTE, Limit(amount=minutes / 60, unit=Unit.WORK_HOUR))
    assert close(due, by_counting(which, start, Fraction(minutes), lambda _: Fraction(1)))


@settings(deadline=None)
@given(calendars, starts, eighths)
def test_work_days_end_where_counting_the_minutes_of_each_day_ends(which: int, start: int, days: Fraction) -> None:
    due = WorkCalendar.of(ALL[which]).due(FIRST + start * MINUTE, Limit(amount=float(days), unit=Unit.WORK_DAY))
    assert close(due, by_counting(which, start, days, lambda length: Fraction(1, length)))


@given(calendars, starts, eighths, st.sampled_from(Unit))
def test_a_limit_has_gone_when_it_is_due_and_its_stretches_add_up(
    which: int, start: int, amount: Fraction, unit: Unit
) -> None:
    calendar, at, limit = WorkCalendar.of(ALL[which]), FIRST + start * MINUTE, Limit(amount=float(amount), unit=unit)
    stretches = calendar.explain(at, limit)
    assert calendar.elapsed(at, stretches[-1].ends_at, unit) == pytest.approx(float(amount), abs=1e-6)
    assert all(s.seconds == (s.ends_at - s.starts_at).total_seconds() > 0 for s in stretches)
    edges = [edge for s in stretches for edge in (s.starts_at, s.ends_at)]
    assert edges == sorted(edges)


@given(calendars, starts, starts)
def test_a_later_start_is_never_due_earlier(which: int, one: int, other: int) -> None:
    calendar, limit = WorkCalendar.of(ALL[which]), Limit(amount=1.5, unit=Unit.WORK_DAY)
    first, second = (calendar.due(FIRST + at * MINUTE, limit) for at in sorted((one, other)))
    assert first <= second + timedelta(milliseconds=1)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text + ("" if "+" in text else "+08:00"))


@pytest.mark.parametrize(
    ("start", "amount", "unit", "due"),
    [
        ("2026-03-02T08:00", 1, "work_day", "2026-03-02T18:00"),  # a day that starts with the periods ends with them
        ("2026-03-02T12:30", 1, "work_day", "2026-03-03T12:00"),  # half a day gone: half of the next day
        ("2026-03-06T14:00", 1, "work_day", "2026-03-09T12:00"),  # over a weekend
        ("2026-01-09T14:00", 1, "work_day", "2026-01-10T11:00"),  # into a short make-up day: half of it is half a day
        ("2026-02-13T17:00", 2, "work_hour", "2026-02-14T09:00"),  # a make-up Saturday works
        ("2026-02-14T17:30", 1, "work_hour", "2026-02-24T08:30"),  # the Spring Festival does not
        ("2026-02-16T03:00", 0.25, "work_day", "2026-02-24T10:00"),  # a start on a holiday counts from the next day
        ("2026-02-16T03:00", 1.5, "urgent_hour", "2026-02-16T04:30"),
        ("2026-02-16T03:00", 15, "minute", "2026-02-16T03:15"),
        ("2026-02-16T03:00", 2, "natural_day", "2026-02-18T03:00"),
        ("2026-12-31T17:00", 2, "work_hour", "2027-01-01T09:00"),  # no holidays are known of the next year
    ],
)
def test_the_units_count_as_the_field_means_them(start: str, amount: float, unit: str, due: str) -> None:
    assert WorkCalendar.of(CHINA).due(at(start), Limit(amount=amount, unit=Unit(unit))) == at(due)


NIGHT = {"time_zone": "Europe/Berlin", "weekly": {str(day): [["01:00", "04:00"]] for day in range(1, 8)}}


@pytest.mark.parametrize(
    ("start", "hours", "due"),
    [
        ("2026-03-28T23:00+00:00", 2, "2026-03-29T02:00+00:00"),  # the clock skips an hour: the night has two
        ("2026-10-24T22:00+00:00", 4, "2026-10-25T03:00+00:00"),  # and has four where an hour comes twice
    ],
)
def test_a_change_of_the_clock_makes_a_night_shorter_or_longer(start: str, hours: int, due: str) -> None:
    assert WorkCalendar.of(NIGHT).due(at(start), Limit(amount=hours, unit=Unit.WORK_HOUR)) == at(due)


def test_a_night_of_four_hours_is_still_one_work_day() -> None:
    calendar = WorkCalendar.of(NIGHT)
    assert calendar.due(at("2026-10-24T23:00+00:00"), Limit(amount=1, unit=Unit.WORK_DAY)) == at(
        "2026-10-25T03:00+00:00"
    )
    assert calendar.elapsed(at("2026-10-24T23:00+00:00"), at("2026-10-25T03:00+00:00"), Unit.WORK_HOUR) == 4


def test_a_period_that_the_clock_skips_is_counted_once() -> None:
    periods = [["01:30", "02:30"], ["02:30", "03:00"], ["03:00", "03:45"]]
    calendar = WorkCalendar.of({"time_zone": "Europe/Berlin", "weekly": {"7": periods}})
    spans = calendar.spans(date(2026, 3, 29))
    assert spans == ((at("2026-03-29T00:30+00:00"), at("2026-03-29T01:30+00:00")),
                     (at("2026-03-29T01:30+00:00"), at("2026-03-29T01:45+00:00")))  # fmt: skip


def test_natural_days_and_urgent_hours_take_no_notice_of_the_clock_on_the_wall() -> None:
    due = WorkCalendar.of(BERLIN).due(at("2026-03-28T12:00+01:00"), Limit(amount=1, unit=Unit.NATURAL_DAY))
    assert due == at("2026-03-29T13:00+02:00")


def test_working_time_is_added_second_by_second() -> None:
    calendar = WorkCalendar.of(CHINA)
    assert calendar.add(at("2026-03-06T17:59"), 90) == at("2026-03-09T08:00") + timedelta(seconds=30)
    assert calendar.add(at("2026-03-07T00:00"), 0) == at("2026-03-07T00:00")


def test_nothing_has_gone_before_the_start() -> None:
    calendar = WorkCalendar.of(CHINA)
    for unit in Unit:
        assert calendar.elapsed(at("2026-03-06T10:00"), at("2026-03-05T10:00"), unit) == 0


def test_a_calendar_without_working_time_ends_the_search() -> None:
    calendar = WorkCalendar.of({"time_zone": "UTC", "weekly": {}})
    with pytest.raises(NoWorkingTime):
        calendar.due(FIRST, Limit(amount=1, unit=Unit.WORK_HOUR))


@pytest.mark.parametrize(("days", "good"), [(366, True), (367, False)])
def test_a_break_of_more_than_a_year_is_refused(days: int, *, good: bool) -> None:
    weekly = {str(day): HALF for day in range(1, 8)}
    off = {(date(2026, 1, 1) + timedelta(days=n)).isoformat(): list[list[str]]() for n in range(days)}
    calendar = WorkCalendar.of({"time_zone": "UTC", "weekly": weekly, "days": off})
    if good:
        calendar.check()
    else:
        with pytest.raises(NoWorkingTime):
            calendar.check()


@pytest.mark.parametrize(
    "wrong",
    [
        {"time_zone": "Mars/Olympus"}, {"time_zone": "../etc/passwd"}, {"time_zone": "Europe"}, {"time_zone": ""},
        {"weekly": {"1": [["12:00", "08:00"]]}}, {"weekly": {"1": [["08:00", "12:00"], ["11:00", "13:00"]]}},
        {"weekly": {"1": [["08:00", "25:00"]]}}, {"days": {"2026-02-30": []}},
    ],
)  # fmt: skip
def test_a_calendar_that_makes_no_sense_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r".+"):
        WorkCalendar.of({**CHINA, **wrong})


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        WorkCalendar.of(CHINA).due(datetime(2026, 1, 1), Limit(amount=1, unit=Unit.WORK_DAY))  # noqa: DTZ001  # the point
