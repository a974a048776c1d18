"""两级指挥: incidents move between the street and the district, and both keep seeing them."""

from tests.hands import Hands


async def test_escalating_takes_handling_back_to_registered_and_leaves_the_crew(hands: Hands) -> None:
    incident = await hands.dispatched()
    incident = await hands.moved("street1.dispatcher", incident, "escalate", reason="too big")
    assert (incident["status"], incident["level"], incident["commanding_centre"]["code"]) == ("registered", 2, "D")
    assert incident["assignments"][0]["state"] == "offered"
    assert {c["kind"]: c["level"] for c in incident["clocks"] if c["state"] == "running"}["dispatch"] == 2
    assert (await hands.get("street1.dispatcher", f"/v1/incidents/{incident['id']}")).status_code == 200


async def test_the_district_assigns_down_to_the_street_it_came_from(hands: Hands) -> None:
    incident = await hands.report(category_code="E0501")
    refused = await hands.move("street1.dispatcher", incident, "assign_down")
    assert refused.status_code == 403
    incident = await hands.moved("district.dispatcher", incident, "assign_down")
    assert (incident["level"], incident["commanding_centre"]["code"], incident["status"]) == (1, "A", "reported")


async def test_the_district_may_assign_to_another_street_which_then_sees_it(hands: Hands) -> None:
    incident = await hands.report(category_code="E0501")
    incident = await hands.moved("district.dispatcher", incident, "assign_down", centre="B")
    assert (incident["commanding_centre"]["code"], incident["home_centre"]["code"]) == ("B", "B")
    assert (await hands.get("street2.acceptor", f"/v1/incidents/{incident['id']}")).status_code == 200
    assert (await hands.get("street1.acceptor", f"/v1/incidents/{incident['id']}")).status_code == 404


async def test_the_district_takes_over_without_being_asked(hands: Hands) -> None:
    incident = await hands.report()
    assert (await hands.move("street1.shift_leader", incident, "take_over")).status_code == 403
    incident = await hands.moved("district.shift_leader", incident, "take_over")
    assert incident["level"] == 2
    assert (await hands.move("district.shift_leader", incident, "take_over")).status_code == 409


async def test_a_category_of_the_district_is_handed_up_when_it_is_accepted(hands: Hands) -> None:
    incident = await hands.report()
    incident = await hands.moved("street1.acceptor", incident, "accept", category="E0501")
    assert (incident["status"], incident["level"], incident["version"]) == ("accepted", 2, 3)
    timeline = (await hands.get("street1.acceptor", f"/v1/incidents/{incident['id']}/timeline")).json()["items"]
    assert [(m["action"], m["role"]) for m in timeline][-1] == ("escalate", "system")


async def test_a_centre_that_is_neither_parent_nor_child_cannot_be_moved_to(hands: Hands) -> None:
    incident = await hands.report()
    answer = await hands.move("street1.dispatcher", incident, "escalate", centre="B")
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/conflict")


async def test_what_the_district_gave_down_is_not_handed_up_again_by_the_same_rule(hands: Hands) -> None:
    incident = await hands.report(category_code="E0501")
    incident = await hands.moved("district.dispatcher", incident, "assign_down")
    incident = await hands.moved("street1.acceptor", incident, "accept")
    assert (incident["status"], incident["level"]) == ("accepted", 1)
