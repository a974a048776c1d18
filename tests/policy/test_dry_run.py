"""What a set would have changed is told from past incidents that the caller sees; nothing is written."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from app.core.db import Database
from app.core.once import StoredAnswer
from app.core.outbox import Event
from app.incident.models import Incident, IncidentMove
from app.policy.dry_run.workflow import Past, Tally, effect
from app.policy.models import RoutingAlarm, RoutingSet
from app.policy.rule.workflow import RoutingRule
from app.policy.rulebook.workflow import Choice, Matter, Rulebook, SetInForce, choose
from tests import make
from tests.hands import Hands
from tests.policy.rules import ADMIN, drafted, published, rule

LEADER = "district.leader"
SINCE = {"from": "2020-01-01T00:00:00Z", "until": "2090-01-01T00:00:00Z"}


async def tried(hands: Hands, made: dict[str, Any], who: str = LEADER, **more: Any) -> dict[str, Any]:
    answer = await hands.post(who, f"/v1/routing-sets/{made['id']}/dry-run", SINCE | more)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


@pytest.fixture
async def past(hands: Hands) -> None:
    """Six incidents: four in street A, of which two are of the hotline, two in street B."""
    for category in ("E0406", "E0110"):
        await hands.report(category_code=category)
        await hands.report("channel", source="12345", category_code=category)
        await hands.report("patrol3.leader", make.B1, category_code=category)


async def test_it_tells_what_would_change_from_what_to_what(hands: Hands, past: None) -> None:
    await published(hands, rule("stalls", {"categories": ["E0406"]}, lead_department="urban_management"))
    draft = await drafted(
        hands,
        rule("hotline", {"sources": ["12345"]}, verify_first=True),
        rule("stalls", {"categories": ["E0406"]}, lead_department="urban_management"),
        rule("gas", {"categories": ["E0501"]}, level="parent"),
    )
    told = await tried(hands, draft)
    assert (told["incidents"], told["changed"], told["unmatched"], told["truncated"]) == (6, 2, 2, False)
    assert told["rules"] == [
        {"rule": "hotline", "matched": 2, "changed": 2},
        {"rule": "stalls", "matched": 2, "changed": 0},
        {"rule": "gas", "matched": 0, "changed": 0},
    ]
    assert (told["never_matched"], told["effects"]) == (["gas"], {"lead_department": 1, "verify_first": 2})
    moves = {(move["now"]["rule"], move["then"]["rule"]): move["incidents"] for move in told["moves"]}
    assert moves == {("stalls", "hotline"): 1, (None, "hotline"): 1}
    assert {e["category"] for e in told["examples"]} == {"E0406", "E0110"}


async def test_a_streets_draft_is_tried_before_the_districts_rules_and_on_its_own_incidents(
    hands: Hands, past: None
) -> None:
    await published(hands, rule("all", lead_department="urban_management"))
    told = await tried(hands, await drafted(hands, rule("bins", {"categories": ["E0110"]}), centre="A"))
    assert (told["incidents"], told["changed"], told["rules"][0]["matched"]) == (4, 2, 2)
    assert [(m["now"]["centre"], m["then"]["centre"]) for m in told["moves"]] == [("D", "A")]


async def test_only_incidents_that_the_caller_sees_are_counted(hands: Hands, past: None) -> None:
    draft = await drafted(hands, rule("all", priority=1))
    assert (await tried(hands, draft))["incidents"] == 6
    assert (await tried(hands, draft, "street1.dispatcher"))["incidents"] == 4
    assert (await hands.post(ADMIN, f"/v1/routing-sets/{draft['id']}/dry-run", SINCE)).status_code == 403
    assert (await tried(hands, draft, "urban_management.desk"))["incidents"] == 0


async def test_it_looks_at_the_latest_up_to_its_limit(hands: Hands, past: None) -> None:
    told = await tried(hands, await drafted(hands, rule("all", priority=1)), limit=5)
    assert (told["incidents"], told["changed"], told["truncated"]) == (5, 5, True)
    assert (await tried(hands, await drafted(hands, rule("all")), limit=6))["truncated"] is False
    assert (await tried(hands, await drafted(hands, rule("all")), until="2020-01-02T00:00:00Z"))["incidents"] == 0


async def test_it_tells_for_how_many_the_rules_name_who_led_in_the_end(hands: Hands) -> None:
    incident = await hands.registered()
    await hands.moved("street1.dispatcher", incident, "dispatch", lead_department="fire_rescue")
    await hands.report(category_code="E0406")
    await published(hands, rule("all", lead_department="urban_management"))
    told = await tried(hands, await drafted(hands, rule("all", lead_department="fire_rescue")))
    assert told["leads"] == {"led": 1, "as_now": 0, "as_then": 1}
    assert told["examples"][0]["led_by"] in ("fire_rescue", None)


async def test_a_priority_that_a_rule_had_set_is_tried_as_it_was_reported(hands: Hands) -> None:
    await published(hands, rule("low", {"priorities": [4]}, priority=1))
    await hands.report(priority=4)
    assert (await tried(hands, await drafted(hands, rule("low", {"priorities": [4]}))))["rules"][0]["matched"] == 1


async def test_a_broken_rule_of_the_draft_is_passed_over_as_it_would_be(hands: Hands, past: None) -> None:
    draft = await drafted(hands, rule("gone", lead_department="nobody"), rule("rest", priority=1))
    told = await tried(hands, draft)
    assert (told["skipped"], [r["matched"] for r in told["rules"]]) == (6, [0, 6])


async def test_nothing_is_written(hands: Hands, past: None, db: Database) -> None:
    draft = await drafted(hands, rule("all", priority=1))
    tables = (Incident, IncidentMove, Event, RoutingSet, RoutingAlarm, StoredAnswer)

    async def state() -> list[Any]:
        async with db.read() as session:
            return [(await session.execute(select(table.__table__))).all() for table in tables]

    before = await state()
    await tried(hands, draft)
    assert await state() == before


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"from": "2026-01-02T00:00:00Z", "until": "2026-01-01T00:00:00Z"},
        {"from": "2026-01-01T00:00:00"},
        SINCE | {"limit": 0},
        SINCE | {"limit": 50_001},
        SINCE | {"where": "1=1"},
    ],
)
async def test_a_period_that_makes_no_sense_is_refused(hands: Hands, asked: Any) -> None:
    draft = await drafted(hands, rule("all"))
    assert (await hands.post(LEADER, f"/v1/routing-sets/{draft['id']}/dry-run", asked)).status_code == 422


def told_of(*codes: str) -> SetInForce:
    rules = [RoutingRule.model_validate(rule(c, {"sources": [c]}, lead_department=f"d{c}")) for c in codes]
    return SetInForce(Rulebook(rules), frozenset(), "D", len(codes))


@settings(deadline=None)
@given(st.lists(st.sampled_from(["a", "b", "c", "d"]), max_size=30), st.integers(1, 40))
def test_counts_agree_with_each_other(sources: list[str], most: int) -> None:
    now, then = [told_of("a", "b")], [told_of("b", "c", "d")]
    tally = Tally("D", 3, ["b", "c", "d"], most)
    for source in sources:
        matter = Matter(None, None, "c", frozenset(), source, 3, 0, True, "")
        tally.add(Past(source, datetime.now(UTC) - timedelta(1), None, None), choose(now, matter), choose(then, matter))
    seen = sources[:most]
    assert (tally.incidents, tally.truncated) == (len(seen), len(sources) > most)
    assert tally.changed == sum(source != "b" for source in seen) == sum(tally.moves.values())
    assert tally.matched.total() + tally.unmatched == tally.incidents


def test_no_rule_at_all_has_no_effect() -> None:
    assert effect(Choice(None, None, None, ())).model_dump(exclude_defaults=True) == {}
