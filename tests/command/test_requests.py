"""Somebody asks, somebody else one step up decides."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import func, update

from app.agency.models import Centre
from app.core.db import Database
from app.core.ids import uuid7
from app.incident.request.models import Request
from tests.hands import Hands


async def _handling(hands: Hands) -> dict[str, Any]:
    incident = await hands.dispatched()
    await hands.assignment("patrol1.leader", incident["assignments"][0], "accept")
    found: dict[str, Any] = (await hands.get("patrol1.leader", f"/v1/incidents/{incident['id']}")).json()
    return found


async def _ask(hands: Hands, who: str, incident: dict[str, Any], kind: str, **more: Any) -> httpx.Response:
    return await hands.post(who, f"/v1/incidents/{incident['id']}/requests", {"kind": kind, "reason": "r", **more})


async def _decide(
    hands: Hands, who: str, request: dict[str, Any], decision: str, *, misdispatch: bool = False
) -> httpx.Response:
    path, said = f"/v1/requests/{request['id']}/decision", {"misdispatch": True} if misdispatch else {}
    return await hands.post(who, path, {"decision": decision} | said, request["version"])


def _path(incident: dict[str, Any]) -> str:
    return f"/v1/incidents/{incident['id']}"


async def _returned(hands: Hands) -> dict[str, Any]:
    incident = await _handling(hands)
    asked = (await _ask(hands, "patrol1.leader", incident, "return")).json()
    assert (await _decide(hands, "street1.dispatcher", asked, "approve")).status_code == 200
    found: dict[str, Any] = (await hands.get("street1.dispatcher", _path(incident))).json()
    return found


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
        asked = (await _ask(hands, "patrol1.leader", incident, "extension")).json()
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


async def test_hours_that_the_asker_estimates_are_granted_a_step_higher(hands: Hands) -> None:
    incident = await _handling(hands)
    asked = (await _ask(hands, "patrol1.leader", incident, "extension", hours=3)).json()
    assert (await _decide(hands, "street1.dispatcher", asked, "approve")).status_code == 403
    assert (await _decide(hands, "street1.shift_leader", asked, "approve")).status_code == 200
    clocks = {c["kind"]: c for c in (await hands.get("patrol1.leader", _path(incident))).json()["clocks"]}
    assert (clocks["handle"]["amount"], clocks["total"]["amount"]) == (5.0, 1.125)


async def test_who_asks_as_shift_leader_is_answered_by_the_leader(hands: Hands) -> None:
    asked = (await _ask(hands, "street1.shift_leader", await hands.registered(), "void")).json()
    assert (await _decide(hands, "district.shift_leader", asked, "approve")).status_code == 403
    assert (await _decide(hands, "district.leader", asked, "approve")).status_code == 200


async def test_a_refused_return_changes_nothing_and_the_clock_keeps_its_start(hands: Hands) -> None:
    incident = await _handling(hands)
    asked = (await _ask(hands, "patrol1.leader", incident, "return")).json()
    refused = (await _decide(hands, "street1.dispatcher", asked, "refuse")).json()
    assert (refused["state"], refused["incident"]["status"]) == ("refused", "handling")
    after = (await hands.get("patrol1.leader", _path(incident))).json()
    assert (after["clocks"], after["lead"], after["version"]) == (incident["clocks"], incident["lead"], 5)


async def test_nobody_returns_an_incident_while_a_crew_is_on_its_way(hands: Hands) -> None:
    incident = await _handling(hands)
    asked = (await _ask(hands, "patrol1.leader", incident, "return")).json()
    await hands.assignment("patrol1.leader", incident["assignments"][0], "depart")
    decided = await _decide(hands, "street1.dispatcher", asked, "approve")
    assert (decided.status_code, decided.json()["rule"]) == (409, "handlers_revoked")


async def test_a_wrong_dispatch_is_returned_on_the_spot_and_counted(hands: Hands) -> None:
    incident = await _handling(hands)
    asked = (await _ask(hands, "patrol1.leader", incident, "return")).json()
    assert (await _decide(hands, "street1.shift_leader", asked, "approve")).status_code == 403
    decided = await _decide(hands, "street1.shift_leader", asked, "approve", misdispatch=True)
    assert (decided.status_code, decided.json()["is_misdispatch"]) == (200, True)
    found = await hands.get("auditor", "/v1/requests", misdispatch=True)
    assert [(r["id"], r["decided_by"]) for r in found.json()["items"]] == [(asked["id"], "street1.shift_leader")]
    assert (await hands.get("auditor", "/v1/requests", misdispatch=False)).json()["items"] == []


async def test_only_an_approved_return_proves_a_wrong_dispatch(hands: Hands) -> None:
    incident = await _handling(hands)
    for kind, decision in (("return", "refuse"), ("extension", "approve")):
        asked = (await _ask(hands, "patrol1.leader", incident, kind)).json()
        answer = await _decide(hands, "street1.dispatcher", asked, decision, misdispatch=True)
        assert (answer.status_code, answer.json()["rule"]) == (409, "misdispatch_of_a_return")


async def test_a_returned_incident_is_only_sent_out_again_sent_back_or_handed_on(hands: Hands) -> None:
    incident = await _returned(hands)
    assert (incident["status"], incident["is_returned"]) == ("registered", True)
    for who, can in {
        "street1.dispatcher": ["dispatch", "escalate"],
        "street1.acceptor": [],
        "district.leader": [],
        "street1.shift_leader": ["send_back", "escalate"],
    }.items():
        seen = (await hands.get(who, _path(incident))).json()
        assert (who, seen["allowed_actions"], seen["allowed_requests"]) == (who, can, [])
    assert (await hands.move("district.leader", incident, "force_close", reason="x")).status_code == 409
    void = await _ask(hands, "street1.acceptor", incident, "void")
    assert (void.status_code, void.json()["rule"]) == (409, "redispatch_or_send_back")
    [listed] = (await hands.get("street1.dispatcher", "/v1/incidents")).json()["items"]
    assert listed["allowed_actions"] == ["dispatch", "escalate"]


@pytest.mark.parametrize(
    ("who", "action", "needs"),
    [
        ("street1.dispatcher", "dispatch", {"patrols": ["P-002"]}),
        ("street1.shift_leader", "send_back", {"reason": "wrong category"}),
    ],
)
async def test_what_was_returned_goes_its_way_again(hands: Hands, who: str, action: str, needs: dict[str, Any]) -> None:
    incident = await hands.moved(who, await _returned(hands), action, **needs)
    assert incident["is_returned"] is False
    assert "force_close" in (await hands.get("district.leader", _path(incident))).json()["allowed_actions"]


async def test_an_escalated_return_stays_one(hands: Hands) -> None:
    incident = await hands.moved("street1.dispatcher", await _returned(hands), "escalate")
    assert (incident["is_returned"], incident["level"]) == (True, 2)


async def test_a_request_expires_when_the_incident_moves_away_from_it(hands: Hands) -> None:
    incident = await _handling(hands)
    waiting = (await _ask(hands, "patrol1.leader", incident, "extension")).json()
    asked = (await _ask(hands, "patrol1.leader", incident, "return")).json()
    await _decide(hands, "street1.dispatcher", asked, "approve")
    found = (await hands.get("street1.dispatcher", f"{_path(incident)}/requests")).json()["items"]
    assert {r["kind"]: r["state"] for r in found} == {"extension": "expired", "return": "approved"}
    assert (await _decide(hands, "street1.dispatcher", waiting, "approve")).status_code == 412


async def test_a_suspension_whose_end_has_passed_is_not_approved(hands: Hands, db: Database) -> None:
    incident = await _handling(hands)
    needs = {"reason_code": "season", "until": "2027-03-01T00:00:00Z"}
    asked = (await _ask(hands, "patrol1.leader", incident, "suspension", **needs)).json()
    async with db.write() as session:
        await session.execute(update(Request).values(until=func.now() - timedelta(hours=1)))
    answer = await _decide(hands, "street1.dispatcher", asked, "approve")
    assert (answer.status_code, answer.json()["rule"]) == (409, "at_most_one_year")


async def test_the_centre_says_how_much_may_be_asked_for(hands: Hands, db: Database) -> None:
    async with db.write() as session:
        rules = {"requests": {"extensions": 0, "suspensions": 0, "reopen_days": 0}}
        await session.execute(update(Centre).values(settings=rules))
    incident = await _handling(hands)
    until = {"reason_code": "season", "until": "2027-03-01T00:00:00Z"}
    for kind, more, rule in (("extension", {}, "fewer_than_2_approved"), ("suspension", until, "once")):
        answer = await _ask(hands, "patrol1.leader", incident, kind, **more)
        assert (answer.status_code, answer.json()["rule"]) == (409, rule)


async def test_extensions_are_counted_by_round_and_the_old_round_is_kept(hands: Hands) -> None:
    incident = await _handling(hands)
    for decider in ("street1.dispatcher", "street1.shift_leader"):
        await _decide(hands, decider, (await _ask(hands, "patrol1.leader", incident, "extension")).json(), "approve")
    incident = await hands.moved("district.leader", incident | {"version": "*"}, "force_close", reason="r")
    asked = (await _ask(hands, "inspector1", incident, "reopen", reason_code="inspection")).json()
    await _decide(hands, "street1.shift_leader", asked, "approve")
    incident = (await hands.get("street1.dispatcher", _path(incident))).json()
    assert (incident["round"], incident["force_closed"]) == (2, False)
    incident = await hands.moved("street1.dispatcher", incident, "dispatch", patrols=["P-001"])
    live = next(a for a in incident["assignments"] if a["is_active"])
    await hands.assignment("patrol1.leader", live, "accept")
    again = await _ask(hands, "patrol1.leader", incident, "extension")
    assert (again.status_code, again.json()["round"]) == (201, 2)
    clocks = (await hands.get("street1.dispatcher", f"{_path(incident)}/clocks")).json()["items"]
    assert [(c["round"], c["is_current"]) for c in clocks if c["kind"] == "handle"] == [(1, False), (2, True)]


async def test_a_request_sent_again_is_made_once(hands: Hands) -> None:
    incident, key = await _handling(hands), str(uuid7())
    path, body = f"{_path(incident)}/requests", {"kind": "extension", "reason": "r"}
    first, again = [await hands.post("patrol1.leader", path, body, key=key) for _ in range(2)]
    assert (first.status_code, first.content) == (201, again.content)
    assert len((await hands.get("patrol1.leader", path)).json()["items"]) == 1


async def test_requests_of_another_street_are_not_there(hands: Hands) -> None:
    incident = await _handling(hands)
    await _ask(hands, "patrol1.leader", incident, "extension")
    assert (await hands.get("street2.dispatcher", "/v1/requests")).json()["items"] == []
    assert (await hands.get("street2.dispatcher", f"{_path(incident)}/requests")).status_code == 404
    [mine] = (
        await hands.get("street1.dispatcher", "/v1/requests", state="asked", kind="extension", centre="A")
    ).json()["items"]
    assert (mine["asked_by"], mine["allowed_actions"]) == ("patrol1.leader", ["approve", "refuse"])
    [theirs] = (await hands.get("street1.shift_leader", "/v1/requests")).json()["items"]
    assert theirs["allowed_actions"] == []


async def _with_departments(hands: Hands) -> tuple[dict[str, Any], dict[str, Any]]:
    """An incident that urban management leads and the fire brigade assists; the part of the fire brigade."""
    incident = await hands.registered()
    lead, assist = (await hands.blown("street1.dispatcher", incident, "urban_management", "fire_rescue"))["summons"]
    await hands.summoned("urban_management.desk", lead, "acknowledge")
    return await hands.seen("urban_management.desk", incident), assist


async def test_a_department_that_assists_asks_for_an_extension_once_it_took_the_call(hands: Hands) -> None:
    incident, part = await _with_departments(hands)
    assert (await _ask(hands, "fire_rescue.desk", incident, "extension")).status_code == 403
    part = await hands.summoned("fire_rescue.desk", part, "acknowledge")
    assert (await hands.seen("fire_rescue.desk", incident))["allowed_requests"] == ["extension"]
    assert (await hands.seen("fire_rescue.handler", incident))["allowed_requests"] == []
    asked = await _ask(hands, "fire_rescue.desk", incident, "extension")
    assert (asked.status_code, asked.json()["asker_role"]) == (201, "department_desk")
    assert (await _ask(hands, "fire_rescue.desk", incident, "return")).status_code == 403
    assert (await _decide(hands, "street1.dispatcher", asked.json(), "approve")).status_code == 200


async def test_a_department_whose_handler_is_there_does_not_return_it(hands: Hands) -> None:
    incident, _ = await _with_departments(hands)
    desk, handler = "urban_management.desk", "urban_management.handler"
    mine = next(s for s in incident["summons"] if s["role"] == "lead")
    await hands.summoned(handler, mine, "arrive", location=[118.605, 32.005])
    answer = await _ask(hands, desk, incident, "return")
    assert (answer.status_code, answer.json()["rule"]) == (409, "handlers_revoked")


async def test_a_return_releases_every_department_that_was_called(hands: Hands) -> None:
    incident, _ = await _with_departments(hands)
    asked = (await _ask(hands, "urban_management.desk", incident, "return")).json()
    await _decide(hands, "street1.dispatcher", asked, "approve")
    incident = await hands.seen("street1.dispatcher", incident)
    assert ({s["state"] for s in incident["summons"]}, incident["is_returned"]) == ({"released"}, True)
