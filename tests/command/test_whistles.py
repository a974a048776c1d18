"""吹哨报到: departments are called, prove that they came, and leave when they are released."""

from typing import Any

from sqlalchemy import text

from app.core.db import Database
from tests import make
from tests.hands import Hands

NEAR, FAR = list(make.A1), [118.62, 32.005]
DESK, HANDLER = "fire_rescue.desk", "fire_rescue.handler"
DISPATCHER, ABOVE = "street1.dispatcher", "district.dispatcher"


async def called(hands: Hands, **more: Any) -> dict[str, Any]:
    """A registered incident with the fire brigade called to it."""
    [summons] = (await hands.blown(DISPATCHER, await hands.registered(), "fire_rescue", **more))["summons"]
    return dict(summons)


async def there(hands: Hands, **more: Any) -> dict[str, Any]:
    """The same, with the fire brigade at the place."""
    summons = await hands.summoned(DESK, await called(hands, **more), "acknowledge")
    return await hands.summoned(HANDLER, summons, "arrive", location=NEAR)


async def incident_of(hands: Hands, summons: dict[str, Any]) -> dict[str, Any]:
    found = (await hands.get(DISPATCHER, f"/v1/summons/{summons['id']}")).json()
    return await hands.seen(DISPATCHER, found["incident"])


async def test_a_whistle_dispatches_a_registered_incident_and_calls_the_departments(hands: Hands) -> None:
    whistle = await hands.blown(
        DISPATCHER, await hands.registered(), "fire_rescue", "urban_management", note="together"
    )
    assert (whistle["kind"], whistle["state"], whistle["centre"], whistle["incident"]["status"]) == (
        "daily", "blown", "A", "dispatched",
    )  # fmt: skip
    shown = [(s["department"]["code"], s["role"], s["is_required"], s["state"]) for s in whistle["summons"]]
    assert shown == [("fire_rescue", "assist", True, "called"), ("urban_management", "assist", True, "called")]
    assert [c["kind"] for s in whistle["summons"] for c in s["clocks"]] == ["acknowledge", "acknowledge"]
    assert whistle["place"]["coordinates"] == NEAR


async def test_the_first_to_acknowledge_leads_and_starts_the_handling(hands: Hands) -> None:
    whistle = await hands.blown(DISPATCHER, await hands.registered(), "fire_rescue", "urban_management")
    first, second = whistle["summons"]
    second = await hands.summoned("urban_management.desk", second, "acknowledge")
    assert (second["role"], second["incident"]["status"]) == ("lead", "handling")
    first = await hands.summoned(DESK, first, "acknowledge")
    assert first["role"] == "assist"
    assert (await incident_of(hands, first))["lead"] == {"patrol": None, "department": "urban_management"}


async def test_an_emergency_gives_thirty_minutes_to_be_there_before_it_is_even_accepted(hands: Hands) -> None:
    incident = await hands.report()
    whistle = await hands.blown(DISPATCHER, incident, "fire_rescue", kind="emergency")
    clocks = {clock["kind"]: clock for clock in whistle["summons"][0]["clocks"]}
    assert set(clocks) == {"acknowledge", "arrive"}
    assert clocks["arrive"]["due_at"] == whistle["arrive_by"]
    assert whistle["incident"]["status"] == "reported"
    assert (await hands.blow(DISPATCHER, incident, "fire_rescue")).json()["allowed"] == []


async def test_without_a_name_those_who_are_competent_are_called(hands: Hands, db: Database) -> None:
    incident = await hands.registered()
    async with db.write() as session:
        for part, code in (("lead", "urban_management"), ("assist", "fire_rescue")):
            values = {"area": hands.town.areas["D"], "department": hands.town.organisations[code], "part": part}
            await session.execute(
                text(
                    "INSERT INTO competence (category_prefix, area_id, department_id, part, id)"
                    " VALUES ('E04', :area, :department, :part, gen_random_uuid())"
                ),
                values,
            )
    path = f"/v1/incidents/{incident['id']}/whistles/proposal"
    proposed = (await hands.get(DISPATCHER, path)).json()["items"]
    assert [(p["department"]["code"], p["role"], p["line"]) for p in proposed] == [
        ("urban_management", "lead", "functional"), ("fire_rescue", "assist", "functional"),
    ]  # fmt: skip
    whistle = await hands.blown(DISPATCHER, incident, kind="key_task")
    assert [(s["department"]["code"], s["role"]) for s in whistle["summons"]] == [
        ("urban_management", "lead"), ("fire_rescue", "assist"),
    ]  # fmt: skip


async def test_where_nobody_is_competent_somebody_must_be_named(hands: Hands) -> None:
    answer = await hands.blow(DISPATCHER, await hands.registered())
    assert (answer.status_code, answer.json()["missing"]) == (422, ["departments"])


async def test_only_the_dispatcher_of_the_commanding_centre_blows(hands: Hands) -> None:
    incident = await hands.registered()
    for who in ("street1.acceptor", "patrol1.leader", "urban_management.desk"):
        assert (await hands.blow(who, incident, "fire_rescue")).status_code in (403, 404)
    assert (await hands.blow("street2.dispatcher", incident, "fire_rescue")).status_code == 404


async def test_a_department_is_called_once_and_a_kind_blown_once(hands: Hands) -> None:
    incident = await hands.registered()
    await hands.blown(DISPATCHER, incident, "fire_rescue")
    assert (await hands.blow(DISPATCHER, incident, "urban_management")).status_code == 409
    again = await hands.blow(DISPATCHER, incident, "fire_rescue", kind="key_task")
    assert (again.status_code, "already" in again.json()["detail"]) == (409, True)
    unknown = await hands.blow(DISPATCHER, incident, "army", kind="key_task")
    assert (unknown.status_code, unknown.json()["unknown"]) == (422, ["army"])


async def test_arrival_is_proved_by_a_position_inside_the_scene_radius_or_waived(hands: Hands) -> None:
    summons = await hands.summoned(DESK, await called(hands), "acknowledge")
    far = await hands.summon(HANDLER, summons, "arrive", location=FAR)
    assert (far.status_code, far.json()["missing"]) == (422, ["location|waiver"])
    assert "1414 m" in far.json()["detail"]
    nothing = await hands.summon(HANDLER, summons, "arrive")
    assert nothing.status_code == 422
    waived = await hands.summoned(HANDLER, summons, "arrive", location=FAR, waiver="the road is flooded")
    assert (waived["state"], waived["arrival_waiver"], round(waived["arrived_m"])) == (
        "arrived", "the road is flooded", 1414,
    )  # fmt: skip


async def test_a_doubtful_position_counts_as_far_as_its_doubt_allows(hands: Hands) -> None:
    summons = await hands.summoned(DESK, await called(hands), "acknowledge")
    beside = [make.A1[0] + 0.003, make.A1[1]]  # 283 m away; 200 m count as there
    assert (await hands.summon(HANDLER, summons, "arrive", location=beside, accuracy_m=50)).status_code == 422
    summons = await hands.summoned(HANDLER, summons, "arrive", location=beside, accuracy_m=5000)
    assert round(summons["arrived_m"]) == 283


async def test_who_comes_late_is_on_record_as_late(hands: Hands, db: Database) -> None:
    summons = await hands.summoned(DESK, await called(hands, kind="emergency"), "acknowledge")
    async with db.write() as session:
        await session.execute(
            text("UPDATE clock SET due_at = now() - interval '1 second' WHERE summons_id = :id"), {"id": summons["id"]}
        )
    summons = await hands.summoned(HANDLER, summons, "arrive", location=NEAR)
    assert (summons["state"], summons["is_late"]) == ("arrived", True)
    history = (await hands.get(DESK, f"/v1/summons/{summons['id']}")).json()["history"]
    assert [(line["action"], line["overdue"]) for line in history][-1] == ("arrive", True)


async def test_nobody_leaves_before_they_are_released(hands: Hands) -> None:
    summons = await hands.summoned(HANDLER, await there(hands), "work")
    summons = await hands.summoned(DESK, summons, "done", measures=["extinguished"], note="fire out")
    assert (await hands.summon(DESK, summons, "release")).status_code == 403
    summons = await hands.summoned(DISPATCHER, summons, "release")
    assert (summons["state"], summons["ended_by"], summons["allowed_actions"]) == ("released", "release", [])
    assert (await hands.summon(DISPATCHER, summons, "release")).status_code == 409


async def test_an_incident_is_not_finished_while_a_required_assist_is_open(hands: Hands) -> None:
    incident = await hands.dispatched()
    answer = await hands.assignment("patrol1.leader", incident["assignments"][0], "accept")
    [summons] = (await hands.blown(DISPATCHER, incident, "fire_rescue"))["summons"]
    incident = await hands.seen("patrol1.leader", incident)
    refused = await hands.move("patrol1.leader", incident, "finish", measures=["talk"])
    assert (answer.status_code, refused.status_code, "assists" in refused.json()["missing"]) == (200, 422, True)
    assert "fire_rescue" in refused.json()["detail"]
    waived = await hands.summoned(DISPATCHER, summons, "waive", reason="no fire after all")
    assert (waived["state"], waived["waived_reason"]) == ("called", "no fire after all")
    refused = await hands.move(
        "patrol1.leader", await hands.seen("patrol1.leader", incident), "finish", measures=["talk"]
    )
    assert refused.json()["missing"] == ["evidence_after"]


async def test_what_is_declined_goes_to_the_district_which_calls_again_or_agrees(hands: Hands) -> None:
    summons = await hands.summoned(DESK, await called(hands), "decline", reason="not a fire")
    assert (await hands.summon(DISPATCHER, summons, "recall", reason="it burns")).status_code == 403
    summons = await hands.summoned(ABOVE, summons, "recall", reason="it burns")
    assert (summons["state"], [c["state"] for c in summons["clocks"]]) == ("called", ["running"])
    summons = await hands.summoned(DESK, summons, "decline", reason="still not a fire")
    summons = await hands.summoned(ABOVE, summons, "uphold", reason="agreed")
    assert (summons["state"], summons["ended_by"], summons["incident"]["status"]) == (
        "released",
        "uphold",
        "registered",
    )


async def test_when_a_leading_department_is_let_go_the_next_that_acknowledged_leads(hands: Hands) -> None:
    lead = {"department": "fire_rescue", "role": "lead"}
    whistle = await hands.blown(DISPATCHER, await hands.registered(), lead, "urban_management")
    first, second = whistle["summons"]
    await hands.summoned("urban_management.desk", second, "acknowledge")
    first = await hands.summoned(DESK, first, "decline", reason="not a fire")
    await hands.summoned(ABOVE, first, "uphold", reason="agreed")
    incident = await incident_of(hands, second)
    assert (incident["lead"]["department"], incident["status"]) == ("urban_management", "dispatched")


async def test_the_lead_moves_and_no_task_is_lost(hands: Hands) -> None:
    lead = {"department": "fire_rescue", "role": "lead"}
    whistle = await hands.blown(DISPATCHER, await hands.registered(), lead, "urban_management")
    for who, summons in zip((DESK, "urban_management.desk"), whistle["summons"], strict=True):
        await hands.summoned(who, summons, "acknowledge")
    incident = await incident_of(hands, whistle["summons"][0])
    assert (
        await hands.move("street1.acceptor", incident, "move_lead", lead_department="urban_management")
    ).status_code == 403
    incident = await hands.moved(DISPATCHER, incident, "move_lead", lead_department="urban_management")
    assert (incident["status"], incident["lead"]["department"]) == ("handling", "urban_management")
    parts = {s["department"]["code"]: (s["role"], s["state"]) for s in incident["summons"]}
    assert parts == {"fire_rescue": ("assist", "acknowledged"), "urban_management": ("lead", "acknowledged")}


async def test_a_lead_department_that_is_dispatched_has_a_summons_and_starts_the_handling(hands: Hands) -> None:
    incident = await hands.moved(DISPATCHER, await hands.registered(), "dispatch", lead_department="fire_rescue")
    [summons] = incident["summons"]
    assert (summons["role"], summons["state"], incident["status"]) == ("lead", "called", "dispatched")
    summons = await hands.summoned(DESK, summons, "acknowledge")
    assert summons["incident"]["status"] == "handling"


async def test_a_whistle_is_closed_when_everybody_is_done_and_not_before(hands: Hands) -> None:
    whistle = await hands.blown(DISPATCHER, await hands.registered(), "fire_rescue")
    path = f"/v1/whistles/{whistle['id']}/transitions"
    early = await hands.post(DISPATCHER, path, {"action": "close"}, whistle["version"])
    assert (early.status_code, early.json()["departments"]) == (409, ["fire_rescue"])
    summons = await hands.summoned(DESK, whistle["summons"][0], "acknowledge")
    summons = await hands.summoned(HANDLER, summons, "arrive", location=NEAR)
    summons = await hands.summoned(HANDLER, summons, "work")
    await hands.summoned(HANDLER, summons, "done", measures=["hosed"], note="wet")
    closed = await hands.post(DISPATCHER, path, {"action": "close"}, whistle["version"])
    assert (closed.status_code, closed.json()["state"]) == (200, "closed")
    assert closed.json()["summons"][0]["state"] == "released"


async def test_further_departments_are_called_by_the_same_whistle(hands: Hands) -> None:
    whistle = await hands.blown(DISPATCHER, await hands.registered(), "fire_rescue")
    path = f"/v1/whistles/{whistle['id']}/transitions"
    body = {"action": "call", "departments": ["urban_management"]}
    more = await hands.post(DISPATCHER, path, body, whistle["version"])
    assert [s["department"]["code"] for s in more.json()["summons"]] == ["fire_rescue", "urban_management"]
    assert (await hands.post(DISPATCHER, path, body, whistle["version"])).status_code == 412


async def test_summons_outlive_a_level_move_until_the_new_commander_acts(hands: Hands) -> None:
    summons = await there(hands)
    incident = await hands.moved(DISPATCHER, await incident_of(hands, summons), "escalate", reason="too big")
    assert (incident["level"], incident["status"], incident["summons"][0]["state"]) == (2, "registered", "arrived")
    summons = await hands.summoned(ABOVE, summons, "release")
    assert summons["state"] == "released"


async def test_when_an_incident_ends_its_whistle_closes_and_everybody_goes(hands: Hands) -> None:
    incident = await incident_of(hands, await there(hands))
    incident = await hands.moved("district.leader", incident, "force_close", reason="storm over")
    assert [(s["state"], s["ended_by"]) for s in incident["summons"]] == [("released", "release")]
    assert [w["state"] for w in incident["whistles"]] == ["closed"]
    assert all(c["state"] != "running" for s in incident["summons"] for c in s["clocks"])


async def test_the_same_whistle_sent_twice_is_blown_once(hands: Hands) -> None:
    incident = await hands.registered()
    path, body = f"/v1/incidents/{incident['id']}/whistles", {"kind": "daily", "departments": ["fire_rescue"]}
    first = await hands.post(DISPATCHER, path, body, key="whistle-1")
    again = await hands.post(DISPATCHER, path, body, key="whistle-1")
    assert (first.status_code, first.content) == (again.status_code, again.content)
    assert len((await hands.get(DISPATCHER, path)).json()["items"]) == 1


async def test_a_desk_lists_what_it_has_to_do(hands: Hands) -> None:
    summons = await called(hands)
    mine = (await hands.get(DESK, "/v1/summons", mine="true", open="true")).json()["items"]
    assert [(s["id"], s["allowed_actions"]) for s in mine] == [(summons["id"], ["acknowledge", "decline"])]
    others = (await hands.get("urban_management.desk", "/v1/summons")).json()["items"]
    by_state = (await hands.get(DISPATCHER, "/v1/summons", state="working")).json()["items"]
    assert (others, by_state) == ([], [])


async def test_a_patrol_that_declines_takes_nothing_from_the_departments_that_are_called(hands: Hands) -> None:
    incident = await hands.dispatched()
    await hands.blown(DISPATCHER, incident, "fire_rescue")
    await hands.assignment("patrol1.leader", incident["assignments"][0], "decline", reason="flat tyre")
    incident = await hands.seen(DISPATCHER, incident)
    assert (incident["status"], incident["summons"][0]["state"]) == ("dispatched", "called")


async def test_whom_a_routing_rule_names_is_called_first(hands: Hands, db: Database) -> None:
    incident = await hands.registered()
    routing = '{"rule": "R-1", "lead_department": "fire_rescue", "assists": ["urban_management"]}'
    async with db.write() as session:
        values = {"id": incident["id"], "routing": routing}
        await session.execute(text("UPDATE incident SET routing = CAST(:routing AS jsonb) WHERE id = :id"), values)
    path = f"/v1/incidents/{incident['id']}/whistles/proposal"
    proposed = (await hands.get(DISPATCHER, path)).json()["items"]
    assert [(p["department"]["code"], p["role"], p["rule"]) for p in proposed] == [
        ("fire_rescue", "lead", "R-1"), ("urban_management", "assist", "R-1"),
    ]  # fmt: skip
