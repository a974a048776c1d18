"""Which rule decides: the first whose conditions all hold, the same as a naive reading of the set says."""

from collections.abc import Collection
from datetime import datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.catalogue.workflow import WorkCalendar
from app.policy.rule.workflow import RoutingConditions, RoutingRule, TimeWindow, week_of
from app.policy.rulebook.workflow import Matter, Rulebook, SetInForce, choose, moment

WEEK = {str(day): [["08:00", "12:00"], ["14:00", "18:00"]] for day in range(1, 6)}
CALENDAR = WorkCalendar.of({"time_zone": "Asia/Shanghai", "weekly": WEEK, "days": {"2026-10-01": []}})
DOMAINS = ("livelihood", "road_traffic")
SOME: dict[str, st.SearchStrategy[Any]] = {
    "categories": st.lists(st.sampled_from(["E", "E0", "E04", "E0406", "C"]), max_size=2),
    "domains": st.lists(st.sampled_from(DOMAINS), max_size=2),
    "cells": st.lists(st.sampled_from(["c1", "c2", "c3"]), max_size=2),
    "areas": st.lists(st.sampled_from(["D", "A", "A1", "B"]), max_size=2),
    "sources": st.lists(st.sampled_from(["110", "12345", "patrol"]), max_size=2),
    "priorities": st.lists(st.sampled_from([1, 2, 3, 4]), max_size=2),
    "working_time": st.sampled_from([None, True, False]),
    "words": st.lists(st.sampled_from(["燃气", "Gas", "leak", "a"]), max_size=2),
}
wall = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.sampled_from([0, 1, 30, 59]))
windows = st.builds(
    TimeWindow, weekdays=st.lists(st.integers(1, 7), min_size=1, max_size=3).map(tuple), since=wall, until=wall
)
conditions = st.builds(
    lambda windows, **more: RoutingConditions.model_validate({**more, "windows": windows}),
    st.lists(windows, max_size=2),
    **SOME,
)
matters = st.builds(
    Matter,
    category=st.sampled_from([None, "E0406", "E0110", "C01"]),
    domain=st.sampled_from(DOMAINS),
    cell=st.sampled_from(["c1", "c2", "c3"]),
    areas=st.sampled_from([frozenset({"A1", "A", "D"}), frozenset({"B", "D"})]),
    source=st.sampled_from(["110", "12345", "patrol"]),
    priority=st.integers(1, 4),
    minute=st.integers(0, 7 * 24 * 60 - 1),
    working=st.booleans(),
    text=st.sampled_from(["", "燃气泄漏", "a gas leak", "nothing"]),
).map(lambda matter: matter if matter.category else matter._replace(domain=None))


def numbered(told: list[RoutingConditions]) -> list[RoutingRule]:
    return [RoutingRule(code=f"r{n}", name="n", name_en="n", when=when) for n, when in enumerate(told)]


def naive(rules: list[RoutingRule], matter: Matter, broken: Collection[str]) -> tuple[str | None, tuple[str, ...]]:
    """The definition, word for word."""
    skipped: list[str] = []
    for rule in rules:
        if _is_for(rule.when, matter):
            if rule.code not in broken:
                return rule.code, tuple(skipped)
            skipped.append(rule.code)
    return None, tuple(skipped)


def _is_for(when: RoutingConditions, m: Matter) -> bool:
    return all(
        [
            not when.categories or any((m.category or "").startswith(prefix) for prefix in when.categories),
            not when.domains or m.domain in list(when.domains),
            not when.cells or m.cell in when.cells,
            not when.areas or any(area in m.areas for area in when.areas),
            not when.sources or m.source in when.sources,
            not when.priorities or m.priority in when.priorities,
            not when.windows or any(m.minute in _minutes(window) for window in when.windows),
            when.working_time is None or when.working_time == m.working,
            not when.words or any(word.lower() in m.text for word in when.words),
        ]
    )


@lru_cache
def _minutes(window: TimeWindow) -> frozenset[int]:
    """Every minute of the window counted one by one, from its start to before its end."""
    since, until = (int(wall[:2]) * 60 + int(wall[3:]) for wall in (window.since, window.until))
    found = set()
    for weekday in window.weekdays:
        at = (weekday - 1) * 1440 + since
        while True:
            found.add(at % 10080)
            at += 1
            if at % 1440 == until:
                break
    return frozenset(found)


@settings(deadline=None)
@given(
    st.lists(conditions, min_size=1, max_size=6), st.lists(matters, min_size=1, max_size=4), st.sets(st.integers(0, 5))
)
def test_a_rulebook_decides_as_the_definition_does(
    told: list[RoutingConditions], asked: list[Matter], broken: set[int]
) -> None:
    rules, gone = numbered(told), {f"r{n}" for n in broken}
    book = Rulebook(rules)
    for matter in [*asked, *asked]:
        decision = book.decide(matter, gone)
        assert (decision.rule and decision.rule.code, decision.skipped) == naive(rules, matter, gone)


@settings(deadline=None)
@given(st.lists(windows, max_size=3))
def test_a_week_holds_the_minutes_of_its_windows(told: list[TimeWindow]) -> None:
    week = week_of(told)
    for minute in range(0, 10080, 13):
        assert bool(week >> minute & 1) == any(minute in _minutes(window) for window in told)


@pytest.mark.parametrize(
    ("at", "minute", "working"),
    [
        ("2026-09-30T08:00", 2 * 1440 + 480, True),  # a Wednesday, as work begins
        ("2026-09-30T11:59", 2 * 1440 + 719, True),
        ("2026-09-30T12:00", 2 * 1440 + 720, False),
        ("2026-10-01T09:00", 3 * 1440 + 540, False),  # a holiday
        ("2026-10-04T23:59", 7 * 1440 - 1, False),
    ],
)
def test_the_moment_is_by_the_centres_clock(at: str, minute: int, working: object) -> None:
    instant = datetime.fromisoformat(at).replace(tzinfo=ZoneInfo("Asia/Shanghai"))
    assert moment(CALENDAR, instant.astimezone(ZoneInfo("UTC"))) == (minute, working)


def test_what_the_nearest_set_is_not_for_goes_to_the_one_above() -> None:
    near, far = numbered([RoutingConditions(sources=("110",))]), numbered([RoutingConditions()])
    sets = [SetInForce(Rulebook(near), frozenset(), "A", 2), SetInForce(Rulebook(far), frozenset(), "D", 7)]
    matter = Matter("E0406", "livelihood", "c1", frozenset(), "110", 3, 0, True, "")
    assert [choose(sets, matter._replace(source=s)).centre for s in ("110", "patrol")] == ["A", "D"]
    broken = [sets[0]._replace(broken=frozenset({"r0"})), sets[1]]
    assert choose(broken, matter).skipped == (("r0", "A", 2),)
