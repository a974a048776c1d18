"""What is one's own is in one's list; and no answer names an incident that is out of sight."""

from typing import Any

from sqlalchemy import text

from app.core.db import Database
from tests import make
from tests.hands import Hands

STREET, DISTRICT, CREW = "street1.dispatcher", "district.dispatcher", "patrol1.leader"


async def listed(hands: Hands, who: str) -> list[str]:
    return [item["number"] for item in (await hands.get(who, "/v1/incidents")).json()["items"]]


async def elsewhere(hands: Hands) -> dict[str, Any]:
    """An incident of street B that the district commands, and that street A's patrol is sent to."""
    incident = await hands.report("patrol3.leader", at=make.B1)
    incident = await hands.moved("street2.acceptor", incident, "accept", category="E0110")
    register = {"standard": "E0110-1", "filing_condition_met": True}
    incident = await hands.moved("district.shift_leader", incident, "register", **register)
    incident = await hands.moved("district.shift_leader", incident, "take_over", reason="beyond the street")
    return await hands.moved(DISTRICT, incident, "dispatch", patrols=["P-001"])


async def test_what_one_reported_on_the_ground_of_others_stands_in_ones_list(hands: Hands) -> None:
    incident = await hands.report(CREW, at=make.B1)
    assert await listed(hands, CREW) == [incident["number"]]
    assert await listed(hands, "patrol2.leader") == []
    assert (await hands.get(CREW, "/v1/incidents", number=incident["number"])).json()["items"][0]["id"] == incident[
        "id"
    ]


async def test_a_crew_sees_what_it_is_sent_to_and_what_it_is_to_look_at(hands: Hands, db: Database) -> None:
    sent, looked_at = await elsewhere(hands), await hands.report("patrol3.leader", at=make.B1)
    async with db.write() as session:
        held = text("UPDATE incident SET task_patrol_id = :patrol WHERE id = :id")
        await session.execute(held, {"patrol": hands.town.patrols["P-001"], "id": looked_at["id"]})
    assert set(await listed(hands, CREW)) == {sent["number"], looked_at["number"]}
    assert (await hands.get(CREW, f"/v1/incidents/{looked_at['id']}")).status_code == 200
    assert await listed(hands, "patrol2.leader") == []


async def test_a_busy_patrol_does_not_tell_its_street_what_it_is_busy_with(hands: Hands) -> None:
    incident = await elsewhere(hands)
    shown = {who: (await hands.get(who, "/v1/patrols/P-001")).json() for who in (STREET, CREW, DISTRICT)}
    assert {who: one["availability"] for who, one in shown.items()} == dict.fromkeys(shown, "busy")
    assert {who: one["active"]["incident"] for who, one in shown.items()} == {
        STREET: None, CREW: incident["number"], DISTRICT: incident["number"],
    }  # fmt: skip
    path = f"/v1/shifts/{hands.town.shifts['P-001']}/sign-off"
    refused = [(await hands.post(who, path, None, "*")).json()["incidents"] for who in (STREET, CREW)]
    assert refused == [[], [incident["number"]]]


async def test_a_handover_does_not_tell_the_street_what_was_handed_over(hands: Hands) -> None:
    incident = await elsewhere(hands)
    path = f"/v1/shifts/{hands.town.shifts['P-001']}/handover"
    made = (await hands.post(STREET, path, None, "*")).json()["items"]
    assert [(item["kind"], item["incident"]) for item in made] == [("assignment", None)]
    outgoing = {who: (await hands.get(who, path)).json()["outgoing"][0]["items"] for who in (STREET, DISTRICT)}
    assert {who: items[0]["incident"] for who, items in outgoing.items()} == {
        STREET: None,
        DISTRICT: incident["number"],
    }


async def test_patrols_are_recommended_to_those_who_see_them(hands: Hands) -> None:
    incident = await hands.report(category_code="E0501")
    await hands.blown(DISTRICT, incident, "fire_rescue", kind="emergency")
    found = {}
    for who in (DISTRICT, STREET, "fire_rescue.desk"):
        answer = await hands.get(who, f"/v1/incidents/{incident['id']}/recommendations")
        found[who] = {item["patrol"] for item in (*answer.json()["items"], *answer.json()["rejected"])}
    assert found == {DISTRICT: {"P-001", "P-002", "P-101"}, STREET: {"P-001", "P-002"}, "fire_rescue.desk": set()}


async def test_a_master_out_of_sight_is_not_named(hands: Hands, db: Database) -> None:
    duplicate, master = await hands.report(), await hands.report("patrol3.leader", at=make.B1)
    async with db.write() as session:
        pair = {"id": duplicate["id"], "master": master["id"], "number": master["number"]}
        await session.execute(text("UPDATE incident SET master_id = :master WHERE id = :id"), pair)
        details = "details = jsonb_build_object('master', CAST(:number AS text))"
        said = text(f"UPDATE incident_move SET {details} WHERE incident_id = :id")  # noqa: S608  # nothing is given
        await session.execute(said, pair)
    path = f"/v1/incidents/{duplicate['id']}"
    told = {who: (await hands.get(who, path)).json()["master"] for who in (STREET, DISTRICT)}
    assert told == {STREET: None, DISTRICT: master["number"]}
    moves = {who: (await hands.get(who, f"{path}/timeline")).json()["items"][0] for who in (STREET, DISTRICT)}
    assert {who: one["details"] for who, one in moves.items()} == {STREET: {}, DISTRICT: {"master": master["number"]}}


async def test_somebody_of_another_jurisdiction_cannot_be_named_to_check(hands: Hands, db: Database) -> None:
    async with db.write() as session:
        await make.town(session, "x")
    incident = await hands.moved("street1.acceptor", await hands.report(), "accept", category="E0406")
    asked = [
        await hands.move("street1.acceptor", incident, "request_verification", assignee=name)
        for name in ("xgrid1.worker", "nobody.x", "grid1.worker")
    ]
    told = [answer.json().get("detail", "").replace("xgrid1.worker", "nobody.x") for answer in asked[:2]]
    assert (told[0], [answer.status_code for answer in asked[:2]]) == (told[1], [422, 422])
