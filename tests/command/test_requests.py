"""Somebody asks, somebody else one step up decides."""

from typing import Any

import httpx

from tests.hands import Hands


async def _handling(hands: Hands) -> dict[str, Any]:
    incident = await hands.dispatched()
    await hands.assignment("patrol1.leader", incident["assignments"][0], "accept")
    found: dict[str, Any] = (await hands.get("patrol1.leader", f"/v1/incidents/{incident['id']}")).json()
    return found


async def _ask(hands: Hands, who: str, incident: dict[str, Any], kind: str, **more: Any) -> httpx.Response:
    return await hands.post(who, f"/v1/incidents/{incident['id']}/requests", {"kind": kind, "reason": "r", **more})


async def _decide(hands: Hands, who: str, request: dict[str, Any], decision: str) -> httpx.Response:
    path = f"/v1/requests/{request['id']}/decision"
    return await hands.post(who, path, {"decision": decision}, request["version"])


async def test_an_approved_extension_moves_the_deadline_by_the_original_limit(hands: Hands) -> None:
    incident = await _handling(hands)
    before = next(c for c in incident["clocks"] if c["kind"] == "handle")
    asked = await _ask(hands, "patrol1.leader", incident, "extension")
    assert asked.status_code == 201
    decided = await _decide(hands, "street1.dispatcher", asked.json(), "approve")
    assert (decided.status_code, decided.json()["state"]) == (200, "approved")
    incident = (await hands.get("patrol1.leader", f"/v1/incidents/{incident['id']}")).json()
    after = next(c for c in incident["clocks"] if c["kind"] == "handle")
    assert (before["amount"], after["amount"]) == (2.0, 4.0)
    assert after["due_at"] > before["due_at"]


async def test_a_second_extension_goes_a_step_higher_and_a_third_is_refused(hands: Hands) -> None:
    incident = await _handling(hands)
    for decider, other in (("street1.dispatcher", None), ("street1.shift_leader", "street1.dispatcher")):
        asked = (await _ask(hands, "patrol1.leader", incident, "extension", hours=1)).json()
        if other:
            assert (await _decide(hands, other, asked, "approve")).status_code == 403
        assert (await _decide(hands, decider, asked, "approve")).status_code == 200
    answer = await _ask(hands, "patrol1.leader", incident, "extension")
    assert (answer.status_code, answer.json()["rule"]) == (409, "fewer_than_2_approved")


async def test_one_request_of_a_kind_is_open_at_a_time(hands: Hands) -> None:
    incident = await _handling(hands)
    assert (await _ask(hands, "patrol1.leader", incident, "extension")).status_code == 201
    assert (await _ask(hands, "patrol1.leader", incident, "extension")).status_code == 409


async def test_only_who_leads_asks_for_a_return_and_an_approved_one_frees_the_crew(hands: Hands) -> None:
    incident = await _handling(hands)
    assert (await _ask(hands, "patrol2.leader", incident, "return")).status_code == 403
    asked = (await _ask(hands, "patrol1.leader", incident, "return")).json()
    decided = await _decide(hands, "street1.dispatcher", asked, "approve")
    assert decided.json()["incident"]["status"] == "registered"
    incident = (await hands.get("street1.dispatcher", f"/v1/incidents/{incident['id']}")).json()
    assert (incident["assignments"][0]["state"], incident["lead"]["patrol"]) == ("withdrawn", None)


async def test_a_suspension_pauses_the_clocks_and_resuming_adds_the_pause(hands: Hands) -> None:
    incident = await _handling(hands)
    needs = {"reason_code": "engineering", "until": "2027-03-01T00:00:00Z"}
    asked = (await _ask(hands, "patrol1.leader", incident, "suspension", **needs)).json()
    await _decide(hands, "street1.dispatcher", asked, "approve")
    incident = (await hands.get("street1.dispatcher", f"/v1/incidents/{incident['id']}")).json()
    assert incident["status"] == "suspended"
    assert {c["state"] for c in incident["clocks"] if c["kind"] in ("handle", "total")} == {"paused"}
    incident = await hands.moved("street1.dispatcher", incident, "resume")
    assert {c["state"] for c in incident["clocks"] if c["kind"] in ("handle", "total")} == {"running"}


async def test_the_asker_never_decides_and_a_void_ends_everything(hands: Hands) -> None:
    incident = await hands.registered()
    asked = (await _ask(hands, "street1.acceptor", incident, "void")).json()
    assert (await _decide(hands, "street1.acceptor", asked, "approve")).status_code == 403
    decided = await _decide(hands, "street1.shift_leader", asked, "approve")
    assert decided.json()["incident"]["status"] == "voided"
    again = await _decide(hands, "street1.shift_leader", decided.json(), "refuse")
    assert again.status_code == 409


async def test_a_closed_incident_is_reopened_as_a_new_round(hands: Hands) -> None:
    incident = await hands.registered()
    incident = await hands.moved("district.leader", incident, "force_close", reason="by mistake")
    asked = await _ask(hands, "inspector1", incident, "reopen", reason_code="inspection")
    decided = await _decide(hands, "street1.shift_leader", asked.json(), "approve")
    assert decided.json()["incident"]["status"] == "registered"
    incident = (await hands.get("inspector1", f"/v1/incidents/{incident['id']}")).json()
    assert (incident["round"], incident["closed_at"]) == (2, None)
    assert {c["round"] for c in incident["clocks"] if c["state"] == "running"} == {2}


async def test_a_request_expires_when_the_incident_ends_without_it(hands: Hands) -> None:
    incident = await _handling(hands)
    asked = (await _ask(hands, "patrol1.leader", incident, "extension")).json()
    incident = (await hands.get("district.leader", f"/v1/incidents/{incident['id']}")).json()
    await hands.moved("district.leader", incident, "force_close", reason="over")
    answer = await _decide(hands, "street1.dispatcher", asked, "approve")
    assert answer.status_code == 412
