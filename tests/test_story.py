"""One incident's life, read from top to bottom."""

from typing import Any

from sqlalchemy import select

from app.core.outbox import Event
from tests import make
from tests.hands import Hands
from tests.incident.pictures import picture


async def _picture(hands: Hands, who: str, incident: dict[str, Any], kind: str) -> str:
    headers, (lon, lat) = hands.headers(who), make.A1
    fields = {"kind": kind, "lon": str(lon), "lat": str(lat)}
    path = f"/v1/incidents/{incident['id']}/evidence"
    answer = await hands.client.post(path, headers=headers, data=fields, files={"file": ("p.jpg", picture())})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def test_a_stall_on_the_road_is_reported_handled_checked_and_closed(hands: Hands) -> None:
    incident = await hands.report("patrol1.member", category_code="E0406")
    assert incident["status"] == "reported"
    assert incident["cell"]["code"] == "A1-00"
    assert incident["commanding_centre"]["code"] == "A"
    incident = await hands.moved("street1.acceptor", incident, "accept")
    incident = await hands.moved(
        "street1.shift_leader", incident, "register", standard="E0406-1", filing_condition_met=True
    )
    incident = await hands.moved("street1.dispatcher", incident, "dispatch", patrols=["P-001"])
    [assignment] = incident["assignments"]
    for action in ("accept", "depart", "arrive"):
        answer = await hands.assignment("patrol1.leader", assignment, action)
        assert answer.status_code == 200, answer.text
        assignment = answer.json()
    incident = (await hands.get("patrol1.leader", f"/v1/incidents/{incident['id']}")).json()
    assert incident["status"] == "handling"
    assert "finish" in incident["allowed_actions"]
    await _picture(hands, "patrol1.leader", incident, "after")
    incident = await hands.moved("patrol1.leader", incident, "finish", measures=["persuasion"])
    assert {c["kind"]: c["state"] for c in incident["clocks"]}["handle"] == "met"
    incident = await hands.moved("street1.acceptor", incident, "send_check")
    seen = await _picture(hands, "inspector1", incident, "check")
    assert (await hands.move("patrol1.leader", incident, "pass_check", evidence=[seen])).status_code == 403
    incident = await hands.moved("inspector1", incident, "pass_check", evidence=[seen])
    incident = await hands.moved("street1.shift_leader", incident, "close", closing_condition_met=True)
    assert (incident["status"], incident["allowed_actions"]) == ("closed", [])
    async with hands.door.database.read() as session:
        topics = (await session.scalars(select(Event.topic).order_by(Event.id))).all()
    moves = ("report", "accept", "register", "dispatch", "start", "finish", "send_check", "pass_check", "close")
    assert [t for t in topics if t.removeprefix("incident.") in moves] == [f"incident.{move}" for move in moves]


async def test_a_failed_check_brings_it_back_to_the_crew_with_a_new_clock(hands: Hands) -> None:
    incident = await hands.dispatched()
    await hands.assignment("patrol1.leader", incident["assignments"][0], "accept")
    incident = (await hands.get("patrol1.leader", f"/v1/incidents/{incident['id']}")).json()
    await _picture(hands, "patrol1.leader", incident, "after")
    incident = await hands.moved("patrol1.leader", incident, "finish", measures=["persuasion"])
    incident = await hands.moved("street1.acceptor", incident, "send_check")
    seen = await _picture(hands, "inspector1", incident, "check")
    incident = await hands.moved("inspector1", incident, "fail_check", reason="still there", evidence=[seen])
    assert (incident["status"], incident["rework_count"]) == ("handling", 1)
    assert {c["kind"]: c["state"] for c in incident["clocks"]}["handle"] == "running"
    clocks = (await hands.get("street1.acceptor", f"/v1/incidents/{incident['id']}/clocks")).json()["items"]
    assert sorted(c["state"] for c in clocks if c["kind"] == "handle") == ["met", "running"]
