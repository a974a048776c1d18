"""An incident's assignments over HTTP."""

from tests.hands import Hands


async def test_the_assignments_of_an_incident_are_listed_with_their_instants(hands: Hands) -> None:
    incident = await hands.dispatched("P-001", "P-002")
    await hands.assignment("patrol1.leader", incident["assignments"][0], "accept")
    answer = await hands.get("street1.dispatcher", f"/v1/incidents/{incident['id']}/assignments")
    first, second = answer.json()["items"]
    assert (first["patrol"], first["state"], second["patrol"], second["state"]) == (
        "P-001",
        "accepted",
        "P-002",
        "offered",
    )
    assert first["accepted_at"] is not None
    assert second["accepted_at"] is None
    assert (first["allowed_actions"], second["allowed_actions"]) == (["withdraw"], ["withdraw"])


async def test_a_crew_is_told_what_it_may_do_with_its_own(hands: Hands) -> None:
    incident = await hands.dispatched("P-001", "P-002")
    path = f"/v1/incidents/{incident['id']}/assignments"
    own, other = (await hands.get("patrol1.member", path)).json()["items"]
    assert (own["allowed_actions"], other["allowed_actions"]) == (["accept", "decline"], [])


async def test_one_that_ended_stays_listed_and_pages_join_up(hands: Hands) -> None:
    incident = await hands.dispatched("P-001", "P-002")
    await hands.assignment("patrol1.leader", incident["assignments"][0], "decline", reason="flat tyre")
    path = f"/v1/incidents/{incident['id']}/assignments"
    first = (await hands.get("street1.dispatcher", path, limit=1)).json()
    rest = (await hands.get("street1.dispatcher", path, limit=1, cursor=first["next"])).json()
    assert [item["state"] for item in (*first["items"], *rest["items"])] == ["declined", "offered"]
    assert first["items"][0]["reason"] == "flat tyre"


async def test_the_assignments_of_another_streets_incident_are_not_there(hands: Hands) -> None:
    incident = await hands.dispatched()
    answer = await hands.get("street2.dispatcher", f"/v1/incidents/{incident['id']}/assignments")
    assert answer.status_code == 404
