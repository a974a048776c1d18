"""A template gives shifts on its days, at the instants its centre's clock says, also when the clock is changed."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from app.roster.template.workflow import Pattern

NANJING, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
MONDAY = date(2026, 11, 23)
EVERY_DAY = range(1, 8)
DAYS = st.dates(date(2026, 1, 1), date(2026, 3, 31))


def pattern(starts: str = "08:00", every_days: int = 1, **changes: object) -> Pattern:
    facts = {"weekdays": EVERY_DAY, "valid_from": MONDAY, "valid_until": None} | changes
    return Pattern(time.fromisoformat(starts), timedelta(hours=8), every_days=every_days, **facts)  # type: ignore[arg-type]


@given(DAYS, DAYS, DAYS, st.none() | DAYS, st.integers(1, 9), st.sets(st.integers(1, 7), min_size=1))
def test_its_days_are_those_that_a_look_at_each_day_finds(
    starts_on: date, ends_on: date, valid_from: date, valid_until: date | None, every: int, weekdays: set[int]
) -> None:
    found = pattern(every_days=every, weekdays=weekdays, valid_from=valid_from, valid_until=valid_until)
    every_day = [starts_on + timedelta(days=n) for n in range((ends_on - starts_on).days + 1)]
    wanted = [
        on
        for on in every_day
        if valid_from <= on <= (valid_until or on)
        and (on - valid_from).days % every == 0
        and on.isoweekday() in weekdays
    ]
    assert list(found.days(starts_on, ends_on)) == wanted


def test_a_shift_begins_by_the_clock_of_the_centre() -> None:
    assert pattern().span(MONDAY, NANJING)[0] == datetime(2026, 11, 23, 0, tzinfo=UTC)


def test_a_night_shift_is_as_long_on_the_night_the_clock_is_put_back() -> None:
    starts_at, ends_at = pattern("22:00").span(date(2026, 10, 24), BERLIN)
    assert (ends_at - starts_at, ends_at.astimezone(BERLIN).hour) == (timedelta(hours=8), 5)


def test_a_time_the_clock_skips_is_the_instant_an_hour_on() -> None:
    starts_at, _ = pattern("02:30").span(date(2026, 3, 29), BERLIN)
    assert (starts_at, starts_at.astimezone(BERLIN).hour) == (datetime(2026, 3, 29, 1, 30, tzinfo=UTC), 3)


def test_a_time_the_clock_shows_twice_is_the_first() -> None:
    starts_at, _ = pattern("02:30").span(date(2026, 10, 25), BERLIN)
    assert starts_at == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_a_cycle_comes_round_every_so_many_days() -> None:
    found = pattern(every_days=3)
    days = list(found.days(MONDAY, MONDAY + timedelta(days=7)))
    assert [found.turn(on) for on in days] == [0, 1, 2]
