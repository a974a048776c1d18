"""Routing rules meet incidents: when one is reported, accepted, amended; what they say is kept and carried out."""

from typing import Any

from app.core.db import Database
from app.policy.alarm import service as alarms
from tests import make
from tests.command.test_statements import asked as asked  # noqa: PLC0414  # a fixture
from tests.hands import Hands, report_body
from tests.policy.rules import ADMIN, published, rule

GAS: dict[str, Any] = {"words": ["燃气", "gas"]}


async def timeline(hands: Hands, incident: dict[str, Any]) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (
        await hands.get("district.dispatcher", f"/v1/incidents/{incident['id']}/timeline")
    ).json()["items"]
    return items


async def test_without_rules_nothing_is_said(hands: Hands) -> None:
    incident = await hands.report(category_code="E0406")
    assert (incident["routing"], (await timeline(hands, incident))[0]["details"]) == (None, {})


async def test_a_dispatcher_sees_whom_a_rule_proposes_and_the_history_which_rule(hands: Hands) -> None:
    then = {"lead_department": "fire_rescue", "assist_departments": ["urban_management"], "whistle": "emergency"}
    await published(hands, rule("gas", GAS, **then))
    incident = await hands.report(description="闻到燃气味")
    ruled = incident["routing"]
    assert (ruled["rule"], ruled["edition"], ruled["centre"]) == ("gas", 1, "D")
    assert (ruled["lead_department"], ruled["assists"], ruled["whistle"]) == (
        "fire_rescue",
        ["urban_management"],
        "emergency",
    )
    assert (incident["lead"]["department"], incident["level"], incident["status"]) == (None, 1, "reported")
    [moved] = await timeline(hands, incident)
    assert moved["details"] == {"rule": "gas", "edition": 1, "rules_of": "D"}
    shown = (await hands.get("street1.dispatcher", f"/v1/incidents/{incident['id']}")).json()
    assert shown["routing"] == ruled


async def test_the_first_rule_in_order_decides_and_the_streets_come_before_the_districts(hands: Hands) -> None:
    await published(hands, rule("first", {"sources": ["12345"]}), rule("second"))
    await published(hands, rule("own", {"areas": ["A"], "categories": ["E0110"]}), centre="A")
    cases: dict[str, dict[str, Any]] = {
        "own": {"category_code": "E0110", "source": "12345"},
        "first": {"source": "12345"},
        "second": {},
    }
    for code, facts in cases.items():
        assert (await hands.report(**facts))["routing"]["rule"] == code
    assert (await hands.report("patrol3.leader", make.B1, category_code="E0110"))["routing"]["rule"] == "second"


async def test_a_rule_hands_an_incident_to_the_district_at_once_by_the_ordinary_move(hands: Hands) -> None:
    await published(hands, rule("gas", GAS, level="parent"))
    incident = await hands.report(description="gas!")
    assert (incident["level"], incident["commanding_centre"]["code"], incident["version"]) == (2, "D", 2)
    moves = await timeline(hands, incident)
    assert [(m["action"], m["role"], m["from_centre"]) for m in moves][1] == ("escalate", "system", "A")
    assert moves[1]["details"] == {"by": "rule", "rule": "gas", "edition": 1, "rules_of": "D"}
    down = await hands.moved("district.dispatcher", incident, "assign_down")
    accepted = await hands.moved("street1.acceptor", down, "accept", category="E0406")
    assert (accepted["level"], accepted["routing"]["rule"]) == (1, "gas"), "whom the district has sent it to keeps it"


async def test_what_the_category_sends_up_goes_up_once(hands: Hands) -> None:
    await published(hands, rule("all", level="parent"))
    incident = await hands.report(category_code="E0501")
    assert (incident["level"], incident["version"]) == (2, 1)


async def test_accepting_with_a_category_asks_again_and_may_hand_up(hands: Hands) -> None:
    await published(hands, rule("bins", {"categories": ["E0110"]}, level="parent", lead_department="urban_management"))
    incident = await hands.report()
    assert incident["routing"] is None
    accepted = await hands.moved("street1.acceptor", incident, "accept", category="E0110")
    assert (accepted["routing"]["rule"], accepted["level"], accepted["status"]) == ("bins", 2, "accepted")
    moves = await timeline(hands, accepted)
    assert [m["action"] for m in moves] == ["report", "accept", "escalate"]
    assert moves[1]["details"] == {"category": "E0110", "rule": "bins", "edition": 1, "rules_of": "D"}


async def test_what_the_system_dispatches_by_itself_follows_the_rules_lead(hands: Hands) -> None:
    await published(hands, rule("stalls", {"categories": ["E04"]}, lead_department="urban_management"))
    incident = await hands.report(category_code="E0406", auto=True)
    assert (incident["status"], incident["lead"]["department"]) == ("dispatched", "urban_management")
    assert [a["patrol"] for a in incident["assignments"]] == ["P-001"]
    assert (await timeline(hands, incident))[3]["details"]["lead_department"] == "urban_management"
    desk = await hands.get("urban_management.desk", f"/v1/incidents/{incident['id']}")
    assert desk.status_code == 200


async def test_without_a_free_patrol_the_rules_lead_is_sent_alone(hands: Hands) -> None:
    for _ in range(2):
        await hands.report(category_code="E0401")
    await published(hands, rule("all", lead_department="fire_rescue"))
    incident = await hands.report(category_code="E0401")
    assert (incident["status"], incident["assignments"], incident["lead"]["department"]) == (
        "dispatched",
        [],
        "fire_rescue",
    )


async def test_a_rule_may_have_it_verified_before_anything_else(hands: Hands) -> None:
    await published(hands, rule("hotline", {"sources": ["12345"]}, verify_first=True))
    incident = await hands.report("channel", source="12345", category_code="E0401", auto=True)
    assert (incident["status"], incident["task"]["kind"], incident["assignments"]) == ("verifying", "verify", [])
    shown = (await hands.get("patrol1.leader", "/v1/incidents", status="verifying")).json()["items"]
    assert "report_verification" in shown[0]["allowed_actions"], "the nearest patrol looks"


async def test_a_rule_sets_priority_and_limits_and_the_same_facts_say_the_same_again(hands: Hands) -> None:
    limits = {"accept": {"amount": 5, "unit": "minute"}, "handle": {"amount": 1, "unit": "urgent_hour"}}
    await published(hands, rule("urgent", {"priorities": [3]}, priority=1, limits=limits))
    incident = await hands.report(priority=3)
    assert (incident["priority"], incident["routing"]["priority_before"]) == (1, 3)
    assert incident["clocks"][0]["amount"] == 5
    incident = await hands.moved("street1.acceptor", incident, "accept", category="E0406")
    assert (incident["priority"], incident["routing"]["rule"]) == (1, "urgent")
    standard = {"standard": "E0406-1", "filing_condition_met": True}
    incident = await hands.moved("street1.shift_leader", incident, "register", **standard)
    assert {c["kind"]: c["amount"] for c in incident["clocks"]}["handle"] == 1


async def test_a_clock_says_which_rule_its_limit_is_from(hands: Hands) -> None:
    await published(hands, rule("urgent", limits={"accept": {"amount": 5, "unit": "minute"}}))
    incident = await hands.report()
    path = f"/v1/incidents/{incident['id']}/clocks"
    [clock] = (await hands.get("street1.dispatcher", path)).json()["items"]
    assert (clock["limit"]["source"], clock["limit"]["code"], clock["limit"]["amount"]) == ("rule", "urgent", 5)


async def test_amending_asks_again_and_a_priority_given_by_hand_is_kept(hands: Hands) -> None:
    await published(hands, rule("gas", GAS, priority=1), rule("rest", {"priorities": [4]}))
    incident = await hands.report(description="smell", priority=3)
    path = f"/v1/incidents/{incident['id']}"
    headers = hands.headers("street1.acceptor", incident["version"])
    amended = (await hands.client.patch(path, headers=headers, json={"description": "gas"})).json()
    assert (amended["routing"]["rule"], amended["priority"]) == ("gas", 1)
    headers = hands.headers("street1.acceptor", amended["version"])
    by_hand = (await hands.client.patch(path, headers=headers, json={"priority": 4})).json()
    assert (by_hand["priority"], by_hand["routing"]["rule"], by_hand["routing"]["priority"]) == (4, "gas", None)
    accepted = await hands.moved("street1.acceptor", by_hand, "accept", category="E0406")
    assert (accepted["priority"], accepted["routing"]["priority_by_hand"]) == (4, True)


async def test_a_rule_that_is_no_longer_for_it_takes_its_words_back(hands: Hands) -> None:
    await published(hands, rule("gas", GAS, priority=1))
    incident = await hands.report(description="gas", priority=3)
    path, headers = f"/v1/incidents/{incident['id']}", hands.headers("street1.acceptor", incident["version"])
    amended = (await hands.client.patch(path, headers=headers, json={"description": "paint"})).json()
    assert (amended["routing"], amended["priority"]) == (None, 3)
    assert (await timeline(hands, amended))[-1]["details"]["rule"] is None


async def test_a_place_moved_to_another_street_is_asked_about_there(hands: Hands) -> None:
    await published(hands, rule("own", level="parent"), centre="B")
    incident = await hands.report()
    path, headers = f"/v1/incidents/{incident['id']}", hands.headers("district.dispatcher", "*")
    up = await hands.moved("street1.dispatcher", incident, "escalate")
    point = {"type": "Point", "coordinates": list(make.B1)}
    moved = (await hands.client.patch(path, headers=headers, json={"location": point})).json()
    assert (moved["routing"]["centre"], moved["home_centre"]["code"], moved["version"]) == ("B", "B", up["version"] + 1)


async def test_an_incident_that_meets_a_broken_rule_falls_to_the_next_and_its_history_says_so(
    hands: Hands, db: Database
) -> None:
    await published(hands, rule("gas", lead_department="fire_rescue"), rule("rest"), centre="A")
    away = await hands.client.patch("/v1/departments/fire_rescue", headers=hands.headers(ADMIN, 1), json={"area": "B"})
    assert away.status_code == 200
    async with db.write() as session:
        await alarms.look_again(session)
        assert await alarms.watch(session) == 1
    incident = await hands.report(description="gas")
    passed = {"rule": "gas", "centre": "A", "edition": 1}
    assert (incident["routing"]["rule"], incident["routing"]["skipped"]) == ("rest", [passed])
    assert (await timeline(hands, incident))[0]["details"]["skipped_rules"] == [passed]


async def test_rules_cost_no_further_statement(hands: Hands, asked: list[str]) -> None:
    await published(hands, *(rule(f"r{n}", {"categories": ["E0497"]}) for n in range(50)), rule("rest", priority=2))
    await hands.report()
    counts = {}
    for name, work in (
        ("report", hands.post("patrol1.leader", "/v1/incidents", report_body())),
        ("auto", hands.post("patrol1.leader", "/v1/incidents", report_body(category_code="E0401"))),
    ):
        asked.clear()
        assert (await work).status_code == 201
        counts[name] = len(asked)
    incident = await hands.report()
    await hands.get("street1.acceptor", f"/v1/incidents/{incident['id']}")
    asked.clear()
    await hands.moved("street1.acceptor", incident, "accept", category="E0406")
    assert counts | {"accept": len(asked)} == {"report": 2, "auto": 2, "accept": 2}
