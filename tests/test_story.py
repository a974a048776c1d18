"""One incident's life, read from top to bottom."""

from tests.hands import Hands


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
