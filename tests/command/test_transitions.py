"""The gate says no in the right way, and yes once."""

from typing import Any

from tests import make
from tests.hands import Hands, report_body


async def test_a_wrong_role_is_refused_with_what_it_may_do(hands: Hands) -> None:
    incident = await hands.report(category_code="E0406")
    answer = await hands.move("street1.dispatcher", incident, "accept")
    assert answer.status_code == 403
    assert answer.json()["type"] == "/problems/not-your-move"
    assert answer.json()["roles"] == ["acceptor"]


async def test_a_wrong_order_is_a_conflict_that_lists_what_is_allowed(hands: Hands) -> None:
    incident = await hands.report(category_code="E0406")
    answer = await hands.move("street1.acceptor", incident, "bounce", reason="no")
    assert answer.status_code == 409
    assert answer.json()["allowed"] == ["request_verification", "reject", "merge", "accept"]


async def test_a_missing_need_is_named(hands: Hands) -> None:
    incident = await hands.report()
    answer = await hands.move("street1.acceptor", incident, "accept")
    assert (answer.status_code, answer.json()["missing"]) == (422, ["category"])
    answer = await hands.move("street1.acceptor", incident, "reject", note="not ours")
    assert (answer.status_code, answer.json()["missing"]) == (422, ["reason_code"])


async def test_another_streets_incident_does_not_exist(hands: Hands) -> None:
    incident = await hands.report()
    assert (await hands.move("street2.acceptor", incident, "accept", category="E0406")).status_code == 404
    assert (await hands.get("street2.acceptor", f"/v1/incidents/{incident['id']}")).status_code == 404
    assert (await hands.get("street2.acceptor", "/v1/incidents")).json()["items"] == []


async def test_a_stale_version_is_refused_and_a_missing_one_asked_for(hands: Hands) -> None:
    incident = await hands.report(category_code="E0406")
    await hands.moved("street1.acceptor", incident, "accept")
    answer = await hands.move("street1.acceptor", incident, "accept")
    assert (answer.status_code, answer.json()["status"], answer.json()["version"]) == (412, 412, 2)
    assert answer.json()["status_now"] == "accepted"
    path = f"/v1/incidents/{incident['id']}/transitions"
    assert (await hands.post("street1.acceptor", path, {"action": "accept"})).status_code == 428


async def test_a_repeated_key_is_answered_byte_for_byte_the_same(hands: Hands) -> None:
    first = await hands.post("patrol1.leader", "/v1/incidents", report_body(), key="k1")
    again = await hands.post("patrol1.leader", "/v1/incidents", report_body(), key="k1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert (first.content, first.headers["etag"]) == (again.content, again.headers["etag"])
    other = await hands.post("patrol1.leader", "/v1/incidents", report_body(title="x"), key="k1")
    assert (other.status_code, other.json()["type"]) == (422, "/problems/key-reused")


async def test_a_write_without_a_key_is_refused(hands: Hands) -> None:
    headers = hands.headers("patrol1.leader")
    del headers["Idempotency-Key"]
    answer = await hands.client.post("/v1/incidents", headers=headers, json=report_body())
    assert (answer.status_code, answer.json()["type"]) == (400, "/problems/key-missing")


async def test_send_back_and_accept_again_keep_the_clocks_start(hands: Hands) -> None:
    incident = await hands.registered()
    before = {c["kind"]: c for c in incident["clocks"]}
    incident = await hands.moved("street1.shift_leader", incident, "send_back", reason="wrong category")
    assert (incident["status"], {c["state"] for c in incident["clocks"] if c["kind"] == "handle"}) == (
        "reported",
        {"cancelled"},
    )
    incident = await hands.moved("street1.acceptor", incident, "accept", category="E0406")
    needs = {"standard": "E0406-1", "filing_condition_met": True}
    incident = await hands.moved("street1.shift_leader", incident, "register", **needs)
    after = {c["kind"]: c for c in incident["clocks"]}
    assert (after["handle"]["state"], after["handle"]["started_at"]) == ("running", before["handle"]["started_at"])


async def test_an_unknown_patrol_category_or_standard_is_named(hands: Hands) -> None:
    incident = await hands.report()
    answer = await hands.move("street1.acceptor", incident, "accept", category="nope")
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/unknown-name")
    incident = await hands.registered()
    answer = await hands.move("street1.dispatcher", incident, "dispatch", patrols=["P-999"])
    assert (answer.status_code, answer.json()["unknown"]) == (422, ["P-999"])


async def test_merging_points_to_the_master_and_can_be_undone(hands: Hands) -> None:
    master, twin = await hands.report(), await hands.report()
    assert [d["id"] for d in twin["duplicates"]] in ([master["id"]], [])
    twin = await hands.moved("street1.acceptor", twin, "merge", master_id=master["id"])
    assert (twin["status"], twin["master"]) == ("merged", master["number"])
    twin = await hands.moved("street1.acceptor", twin, "unmerge", reason="two stalls")
    assert (twin["status"], twin["master"]) == ("reported", None)


async def test_a_hostile_body_is_a_clear_problem(hands: Hands) -> None:
    incident = await hands.report()
    path = f"/v1/incidents/{incident['id']}/transitions"
    bodies: tuple[Any, ...] = (
        {"action": "start"},
        {"action": "accept", "x": 1},
        {"action": "accept", "note": "\x00"},
        [],
        "x",
        None,
    )
    for body in bodies:
        answer = await hands.post("street1.acceptor", path, body, incident["version"])
        assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")


async def test_force_close_is_counted_apart(hands: Hands) -> None:
    incident = await hands.dispatched()
    assert (await hands.move("street1.shift_leader", incident, "force_close", reason="x")).status_code == 403
    incident = await hands.moved("district.leader", incident, "force_close", reason="storm")
    assert (incident["status"], incident["force_closed"]) == ("closed", True)
    assert incident["assignments"][0]["state"] == "withdrawn"
    assert {c["state"] for c in incident["clocks"]} <= {"met", "cancelled"}
    assert make.A1
