"""What is wrong with rules is found, and what is said to be shadowed never decides."""

from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.policy.check.workflow import Severity, Why, World, examine
from app.policy.rule.workflow import RoutingConditions, RoutingRule
from app.policy.rulebook.workflow import Matter, Rulebook
from tests.policy.test_rules import CALENDAR, conditions, numbered

WORLD = World(
    categories={"E0406": "livelihood", "E0110": "road_traffic", "C01": "livelihood"},
    departments={"fire": UUID(int=1)},
    areas={"D": frozenset("D"), "A": frozenset("DA"), "A1": frozenset({"D", "A", "A1"}), "B": frozenset("DB")},
    cells={"c1": frozenset({"A1", "A", "D"}), "c2": frozenset({"A1", "A", "D"}), "c3": frozenset("DB")},
    calendar=CALENDAR,
)
NIGHT = {"since": "22:00", "until": "06:00"}
KINDS = {"categories": ["E01"], "domains": ["livelihood"]}
HOURS = {"windows": [NIGHT], "working_time": True}


def one(when: dict[str, Any] | None = None, then: dict[str, Any] | None = None) -> RoutingRule:
    told = {"code": "r", "name": "r", "name_en": "r", "when": when or {}, "then": then or {}}
    return RoutingRule.model_validate(told)


@pytest.mark.parametrize(
    ("when", "then", "why", "severity", "what"),
    [
        ({}, {"lead_department": "gone"}, Why.DEPARTMENT, Severity.ERROR, ("gone",)),
        ({}, {"lead_department": "fire", "assist_departments": ["gone"]}, Why.DEPARTMENT, Severity.ERROR, ("gone",)),
        ({"categories": ["X"]}, {}, Why.CATEGORY, Severity.ERROR, ("X",)),
        ({"categories": ["X", "E04"]}, {}, Why.CATEGORY, Severity.WARNING, ("X",)),
        ({"domains": ["business_order"]}, {}, Why.CATEGORY, Severity.ERROR, ("business_order",)),
        ({"cells": ["gone"]}, {}, Why.PLACE, Severity.ERROR, ("gone",)),
        ({"cells": ["gone", "c1"]}, {}, Why.PLACE, Severity.WARNING, ("gone",)),
        ({"areas": ["Z"]}, {}, Why.PLACE, Severity.ERROR, ("Z",)),
        ({"cells": ["c1"], "areas": ["B"]}, {}, Why.CONTRADICTION, Severity.ERROR, ("cells", "areas")),
        (KINDS, {}, Why.CONTRADICTION, Severity.ERROR, ("categories", "domains")),
        (HOURS, {}, Why.CONTRADICTION, Severity.ERROR, ("windows", "working_time")),
    ],
)  # fmt: skip
def test_a_rule_that_cannot_apply_is_found(
    when: dict[str, Any], then: dict[str, Any], why: Why, severity: Severity, what: tuple[str, ...]
) -> None:
    [finding] = examine([one(when, then)], WORLD)
    assert (finding.why, finding.severity, finding.what) == (why, severity, what)


@pytest.mark.parametrize(
    "when",
    [
        {},
        {"categories": ["E"], "domains": ["livelihood"]},
        {"cells": ["c1"], "areas": ["A"]},
        {"windows": [NIGHT], "working_time": False},
        {"windows": [{"weekdays": [6], "since": "00:00", "until": "09:00"}, {"since": "09:00", "until": "10:00"}]},
    ],
)
def test_a_sound_rule_is_not_blamed(when: dict[str, Any]) -> None:
    assert examine([one(when, {"lead_department": "fire"})], WORLD) == []


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({}, {"categories": ["E04"]}),
        ({"categories": ["E"]}, {"categories": ["E0406"]}),
        ({"domains": ["livelihood"]}, {"categories": ["C"]}),
        ({"areas": ["A"]}, {"cells": ["c1", "c2"]}),
        ({"areas": ["A"]}, {"areas": ["A1"]}),
        ({"windows": [NIGHT]}, {"windows": [{"since": "23:00", "until": "01:00"}]}),
        ({"words": ["gas"]}, {"words": ["GAS leak"]}),
        ({"priorities": [1, 2]}, {"priorities": [1], "sources": ["110"]}),
    ],
)
def test_a_rule_that_another_comes_before_is_found(first: dict[str, Any], second: dict[str, Any]) -> None:
    rules = numbered([RoutingConditions.model_validate(first), RoutingConditions.model_validate(second)])
    [finding] = examine(rules, WORLD)
    assert (finding.rule, finding.why, finding.severity, finding.what) == (
        "r1",
        Why.SHADOWED,
        Severity.WARNING,
        ("r0",),
    )
    assert examine(rules[::-1], WORLD) == []


def test_a_broken_rule_shadows_nothing() -> None:
    gone = one({}, {"lead_department": "gone"})
    found = examine([gone, one({"categories": ["E04"]}).model_copy(update={"code": "s"})], WORLD)
    assert [finding.why for finding in found] == [Why.DEPARTMENT]


places = st.sampled_from(["c1", "c2", "c3"])
known = st.builds(
    Matter,
    category=st.sampled_from([None, *WORLD.categories]),
    domain=st.none(),
    cell=places,
    areas=st.just(frozenset[str]()),
    source=st.sampled_from(["110", "12345", "patrol"]),
    priority=st.integers(1, 4),
    minute=st.integers(0, 7 * 24 * 60 - 1),
    working=st.booleans(),
    text=st.sampled_from(["", "燃气泄漏", "a gas leak", "nothing"]),
).map(lambda m: m._replace(domain=WORLD.categories.get(m.category or ""), areas=WORLD.cells[m.cell]))


@settings(deadline=None)
@given(st.lists(conditions, min_size=2, max_size=5), st.lists(known, min_size=20, max_size=40))
def test_a_rule_that_is_said_to_be_shadowed_decides_nothing(told: list[RoutingConditions], asked: list[Matter]) -> None:
    rules = numbered(told)
    never = {finding.rule for finding in examine(rules, WORLD) if finding.why is Why.SHADOWED}
    book = Rulebook(rules)
    assert not never & {decided.code for m in asked if (decided := book.decide(m).rule) is not None}
