"""Sets of routing rules: drafted, checked against the world, published in the place of the one before."""

import asyncio
from collections import Counter
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from app.core.db import Database
from tests import make
from tests.hands import Hands
from tests.policy.rules import ADMIN, body, drafted, published, rule

PATH = "/v1/routing-sets"


async def test_a_draft_may_name_what_does_not_exist_and_a_check_says_so(hands: Hands) -> None:
    draft = await drafted(
        hands, rule("gone", lead_department="nobody"), rule("all"), rule("late", {"sources": ["110"]})
    )
    report = (await hands.post("auditor", f"{PATH}/{draft['id']}/check", {})).json()
    assert (report["errors"], report["warnings"]) == (1, 1)
    assert [(f["rule"], f["why"], f["what"]) for f in report["findings"]] == [
        ("gone", "department", ["nobody"]),
        ("late", "shadowed", ["all"]),
    ]


async def test_a_set_with_an_error_is_not_published(hands: Hands) -> None:
    draft = await drafted(hands, rule("gone", {"categories": ["X9"]}, priority=1))
    answer = await hands.post(ADMIN, f"{PATH}/{draft['id']}/publish", {}, draft["version"])
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/rules-broken")
    assert answer.json()["report"]["findings"][0]["what"] == ["X9"]
    assert (await hands.get(ADMIN, f"{PATH}/{draft['id']}")).json()["state"] == "draft"


async def test_warnings_are_accepted_by_publishing_and_stay_visible(hands: Hands) -> None:
    made = await published(hands, rule("all"), rule("late", {"sources": ["110"]}))
    assert [f["why"] for f in made["report"]] == ["shadowed"]
    [alarm] = (await hands.get("auditor", "/v1/routing-alarms")).json()["items"]
    assert (alarm["rule"], alarm["breaks"], alarm["acknowledged_by"]) == ("late", False, "admin")


async def test_publishing_replaces_the_set_in_force_and_ends_its_alarms(hands: Hands) -> None:
    await published(hands, rule("all"), rule("late", {"sources": ["110"]}))
    second = await published(hands, rule("all"))
    items = (await hands.get(ADMIN, PATH, centre="D")).json()["items"]
    assert [(s["edition"], s["state"], s["rule_count"]) for s in items] == [(1, "replaced", 2), (2, "published", 1)]
    assert (await hands.get(ADMIN, "/v1/routing-alarms")).json()["items"] == []
    assert len((await hands.get(ADMIN, "/v1/routing-alarms", ended="true")).json()["items"]) == 1
    retired = await hands.post(ADMIN, f"{PATH}/{second['id']}/retire", {}, second["version"])
    assert (retired.json()["state"], retired.json()["rules"]) == ("retired", second["rules"])


async def test_a_draft_keeps_its_rules_unless_others_are_given(hands: Hands) -> None:
    draft = await drafted(hands, rule("one", lead_department="fire_rescue"), rule("two"))
    path = f"{PATH}/{draft['id']}"
    named = await hands.client.patch(path, headers=hands.headers(ADMIN, 1), json={"name_en": "New"})
    assert (named.json()["rules"], named.json()["version"]) == (draft["rules"], 2)
    changed = await hands.client.patch(path, headers=hands.headers(ADMIN, 2), json={"rules": [rule("three")]})
    assert [r["code"] for r in changed.json()["rules"]] == ["three"]


async def test_sets_are_seen_at_the_centre_below_and_above_and_nowhere_else(hands: Hands, db: Database) -> None:
    async with db.write() as session:
        other = await make.town(session, "x-")
    hands.town.accounts["stranger"] = other.accounts["district.leader"]
    mine, below = await published(hands, rule("all")), await published(hands, rule("all"), centre="A")
    seen = {
        who: {s["centre"] for s in (await hands.get(who, PATH)).json()["items"]}
        for who in ("street1.dispatcher", "street2.dispatcher", "auditor", "stranger")
    }
    assert seen == {
        "street1.dispatcher": {"A", "D"},
        "street2.dispatcher": {"D"},
        "auditor": {"A", "D"},
        "stranger": set(),
    }
    for made in (mine, below):
        for path in ("check", "dry-run", "publish", "retire"):
            answer = await hands.post("stranger", f"{PATH}/{made['id']}/{path}", {"from": "2026-01-01T00:00:00Z"}, "*")
            assert answer.status_code == 404


async def test_a_street_does_not_write_the_districts_rules(hands: Hands) -> None:
    assert (await hands.post("street1.shift_leader", PATH, body(rule("all")))).status_code == 403
    made = await drafted(hands, rule("all"))
    assert (await hands.post("street1.shift_leader", f"{PATH}/{made['id']}/publish", {}, "*")).status_code == 403
    assert made["allowed_actions"] == ["change", "publish", "drop"]
    assert (await hands.get("auditor", f"{PATH}/{made['id']}")).json()["allowed_actions"] == []


@pytest.mark.parametrize(
    "told",
    [
        [],
        [rule("same"), rule("same")],
        [rule("x", {"nothing": ["E"]})],
        [rule("x", {"categories": ["%"]})],
        [rule("x", {"windows": [{"weekdays": [8]}]})],
        [rule("x", {"windows": [{"since": "24:00"}]})],
        [rule("x", {"words": [""]})],
        [rule("x", {"words": ["\x00"]})],
        [rule("x", {"priorities": [0]})],
        [rule("x", level="moon")],
        [rule("x", lead_department="fire_rescue", assist_departments=["fire_rescue"])],
        [rule("x", limits={"handle": {"amount": -1, "unit": "minute"}})],
        [rule("x", limits={"handle": {"amount": "NaN", "unit": "minute"}})],
        [rule(f"r{n}") for n in range(1001)],
        "all",
        [[[[]]]],
    ],
)
async def test_rules_that_say_nothing_sensible_are_refused(hands: Hands, told: Any) -> None:
    answer = await hands.post(ADMIN, PATH, body() | {"rules": told})
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/invalid-request")


async def test_of_many_who_publish_at_once_one_set_is_in_force(
    own_client: httpx.AsyncClient, own_db: Database, api: FastAPI
) -> None:
    async with own_db.write() as session:
        hands = Hands(own_client, await make.town(session), api.state.doorman)
    drafts = [await drafted(hands, rule("all"), rule("late")) for _ in range(4)]
    sent = [hands.post(ADMIN, f"{PATH}/{d['id']}/publish", {}, d["version"]) for d in drafts for _ in range(2)]
    reports = [hands.post("patrol1.leader", "/v1/incidents", _report()) for _ in range(8)]
    answers = await asyncio.gather(*sent, *reports)
    assert Counter(answer.status_code for answer in answers) == {200: 4, 412: 4, 201: 8}
    items = (await hands.get(ADMIN, PATH)).json()["items"]
    assert Counter(s["state"] for s in items) == {"published": 1, "replaced": 3}
    [alarm] = (await hands.get(ADMIN, "/v1/routing-alarms")).json()["items"]
    assert alarm["set_id"] == next(s["id"] for s in items if s["state"] == "published")


def _report() -> dict[str, Any]:
    return {"description": "x", "location": {"type": "Point", "coordinates": list(make.A1)}, "source": "patrol"}
