"""The rules of a roster find what a look at every single minute finds."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from app.roster.check import workflow
from app.roster.check.facts import Duty, Facts, Limits, Planned, Severity, Sitter
from app.roster.check.workflow import RULES, Unmet, worse
from app.roster.workflow import Wanted

ZONE = ZoneInfo("Asia/Shanghai")
MONDAY = date(2026, 11, 23)
START = datetime.combine(MONDAY, time(), ZONE).astimezone(UTC)
STEP = timedelta(minutes=30)
REST, WEEK = timedelta(hours=11), timedelta(hours=20)
LIMITS = Limits(rest=REST, weekly=WEEK)
WANTED = Wanted({"U": 1})
Span = tuple[int, int, bool, bool]
"""Start and length in half hours from the first Monday, whether of the roster, whether on standby."""
SPANS = st.lists(
    st.tuples(st.integers(-96, 480), st.integers(1, 48), st.booleans(), st.booleans()), min_size=1, max_size=7
)


def at(halves: int) -> datetime:
    return START + halves * STEP


def shift(n: int = 1, start: int = 16, length: int = 16, crew: tuple[Sitter, ...] = (), **changes: object) -> Planned:
    facts = {"wanted": WANTED} | changes
    return Planned(UUID(int=n), f"P{n}", at(start), at(start + length), crew=crew, **facts)  # type: ignore[arg-type]


def sitter(officer: str = "U1", *departments: str, **changes: object) -> Sitter:
    return Sitter(officer, departments or ("U",), **changes)  # type: ignore[arg-type]


def facts(*shifts: Planned, **changes: object) -> Facts:
    ground = {"limits": LIMITS, "starts_on": MONDAY, "ends_on": MONDAY + timedelta(days=6)} | changes
    return Facts(ZONE, shifts=shifts, **ground)  # type: ignore[arg-type]


def of_one_officer(spans: list[Span]) -> Facts:
    """An officer on all these spans: of the roster, or elsewhere."""
    own = [
        shift(n, start, length, (sitter(),), wanted=Wanted({}, is_standby=standby))
        for n, (start, length, is_own, standby) in enumerate(spans)
        if is_own
    ]
    elsewhere = [
        Duty(UUID(int=n), at(start), at(start + length), is_own=False, is_standby=standby)
        for n, (start, length, is_own, standby) in enumerate(spans)
        if not is_own
    ]
    return facts(*own, elsewhere={"U1": elsewhere})


def found(rule: str, of: Facts) -> list[Unmet]:
    return [item for item in workflow.unmet(of) if item.rule == rule]


def worked(spans: list[Span]) -> dict[int, list[Span]]:
    """Which of the spans run in each half hour."""
    minutes: dict[int, list[Span]] = {}
    for span in spans:
        for half in range(span[0], span[0] + span[1]):
            minutes.setdefault(half, []).append(span)
    return minutes


def gaps(spans: list[Span]) -> Iterator[tuple[int, int]]:
    """The starts of work that a half-hour walk back from finds to follow other work too soon, and how soon."""
    busy = worked(spans)
    for start in sorted({span[0] for span in spans}):
        before = [span for span in spans if span[0] < start]
        if not before or any(span in before for span in busy.get(start, [])):
            continue
        back = next(n for n in range(1, 2000) if any(span in before for span in busy.get(start - n, []))) - 1
        if back * STEP < REST:
            yield start, back


@given(SPANS)
def test_a_short_rest_is_found_as_by_walking_back_through_every_half_hour(spans: list[Span]) -> None:
    counted = [span for span in spans if not span[3]]
    starts = {span[0] for span in counted}
    if len(starts) < len(counted) or not any(span[2] for span in spans):
        return  # two that start together overlap: there is no rest between them
    all_own = [(start, length, True, standby) for start, length, _, standby in spans]
    items = found("rest_short", of_one_officer(all_own))
    had = [(all_own[item.shift_id.int][0], round(REST / STEP - item.amount * 2)) for item in items if item.shift_id]
    assert had == list(gaps(counted))


def test_a_rest_is_too_short_across_the_border_of_the_roster_too() -> None:
    before = Duty(UUID(int=9), at(-20), at(0), is_own=False)
    further = Duty(UUID(int=8), at(-40), at(-21), is_own=False)
    items = found("rest_short", facts(shift(crew=(sitter(),)), elsewhere={"U1": [before, further]}))
    assert [(item.shift_id, item.other_shift_id, item.amount) for item in items] == [(UUID(int=1), UUID(int=9), 3)]
    assert items[0].en == "2026-11-23 U1 rests 8.0 h between shifts, less than 11.0 h"


@given(SPANS)
def test_an_overlap_is_found_for_every_two_spans_that_share_a_half_hour(spans: list[Span]) -> None:
    busy = [set(range(start, start + length)) for start, length, *_ in spans]
    pairs = {
        frozenset((one, other))
        for one in range(len(spans))
        for other in range(one)
        if busy[one] & busy[other] and (spans[one][2] or spans[other][2])
    }
    if any(span[2] for span in spans):
        items = [item for item in found("overlap", of_one_officer(spans)) if item.officer]
        assert {frozenset((item.shift_id.int, item.other_shift_id.int)) for item in items} == pairs  # type: ignore[union-attr]


@given(SPANS)
def test_a_long_week_is_found_as_by_counting_every_half_hour(spans: list[Span]) -> None:
    wanted = {}
    for week in (0, 1):
        halves = range(week * 336, (week + 1) * 336)
        busy = [set(halves) & set(range(start, start + length)) for start, length, _, standby in spans if not standby]
        own = [bool(set(halves) & set(range(s, s + n))) for s, n, is_own, standby in spans if is_own and not standby]
        total = sum(len(one) for one in busy) * STEP
        if total > WEEK and any(own):
            wanted[MONDAY + timedelta(days=7 * week)] = (total - WEEK) / timedelta(hours=1)
    if any(span[2] for span in spans):
        assert {item.on: item.amount for item in found("weekly_hours", of_one_officer(spans))} == wanted


def test_each_department_that_sends_too_few_is_named() -> None:
    crew = (sitter("U1"), sitter("X1", "X"))
    items = found("mix_unmet", facts(shift(crew=crew, wanted=Wanted({"U": 2, "M": 1}))))
    assert [(item.department, item.amount) for item in items] == [("M", 1), ("U", 1)]
    assert (items[1].zh, items[1].en) == ("2026-11-23 P1：U应派2人，实派1人", "2026-11-23 P1: U sends 1 of 2 people")


def test_somebody_of_a_station_fills_the_seat_of_the_department_above_it() -> None:
    crew = (sitter("S1", "STATION", "U"),)
    assert not found("mix_unmet", facts(shift(crew=crew)))
    assert not found("mix_unmet", facts(shift(crew=crew, wanted=Wanted({"STATION": 1, "U": 0}))))


def test_open_seats_missing_skills_and_leaders_are_named() -> None:
    wanted = Wanted({"U": 2}, skills=("first_aid", "policing"))
    one = facts(shift(crew=(sitter(skills=frozenset({"policing"})),), wanted=wanted))
    assert [item.amount for item in found("open_seat", one)] == [1]
    assert [item.skill for item in found("skill_missing", one)] == ["first_aid"]
    assert len(found("leader_missing", one)) == 1
    led = facts(shift(crew=(sitter(is_leader=True),)), shift(2, wanted=Wanted({"U": 1}, needs_leader=False)))
    assert not found("leader_missing", led)


def test_a_patrol_on_two_shifts_at_once_is_an_overlap_without_an_officer() -> None:
    one = shift()
    other = Duty(UUID(int=9), one.starts_at + STEP, one.ends_at, is_own=False)
    items = found("overlap", facts(one, patrols={"P1": [other]}))
    assert [(item.officer, item.other_shift_id, item.en) for item in items] == [
        (None, one.id, "2026-11-23 P1 is on two shifts at the same time")
    ]


def test_cells_are_covered_in_a_band_by_any_shift_that_touches_it() -> None:
    bands = ((time(8), time(20)), (time(20), time(8)))
    day = shift(start=16, length=16, cells=frozenset({"C1"}))
    limits = Limits(bands=bands, coverage=Severity.SOFT)
    one_day = {"ends_on": MONDAY, "limits": limits, "cells": frozenset({"C1", "C2"})}
    items = found("uncovered_cells", facts(day, **one_day))
    assert [(item.band, item.cells, item.severity.value) for item in items] == [
        ("08:00-20:00", ("C2",), "soft"),
        ("20:00-08:00", ("C1", "C2"), "soft"),
    ]
    night = (at(40), at(64), frozenset({"C1", "C2"}))
    assert len(found("uncovered_cells", facts(day, others=[night], **one_day))) == 1


def test_an_officer_off_duty_for_good_is_named() -> None:
    assert [item.officer for item in found("officer_inactive", facts(shift(crew=(sitter(is_active=False),))))] == ["U1"]


def test_nights_that_are_not_shared_are_said_and_do_not_stand_in_the_way() -> None:
    nights = [shift(n, 40 + 48 * n, 24, (sitter("U1"),)) for n in range(4)]
    days = [shift(9, 16, 16, (sitter("U2"),))]
    items = found("unfair_nights", facts(*nights, *days))
    assert [(item.officer, item.amount, item.severity) for item in items] == [("U1", 4, Severity.SOFT)]


def test_a_change_answers_for_what_it_makes_worse_only() -> None:
    before = workflow.unmet(facts(shift(wanted=Wanted({"U": 2}), crew=(sitter(),))))
    after = workflow.unmet(facts(shift(wanted=Wanted({"U": 2}))))
    assert not worse(before, before)
    assert not worse(after, before)
    assert {item.rule for item in worse(before, after)} == {"mix_unmet", "open_seat"}


def test_every_rule_has_a_code_of_its_own() -> None:
    assert len({rule.code for rule in RULES}) == len(RULES)
