"""督办: pressed from the same level or above, only upwards, answered by who is pressed, lifted by who presses."""

from typing import Any

import httpx
import pytest

from app.command.supervision.service import end
from app.core.db import Database
from tests.hands import Hands


async def press(hands: Hands, who: str, incident: dict[str, Any], **more: Any) -> httpx.Response:
    """Try to open an order."""
    return await hands.post(who, f"/v1/incidents/{incident['id']}/supervision-orders", {"reason": "r"} | more)


async def pressed(hands: Hands, who: str, incident: dict[str, Any], **more: Any) -> dict[str, Any]:
    """An order that must be opened."""
    answer = await press(hands, who, incident, **more)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def move(hands: Hands, who: str, order: dict[str, Any], action: str, **needs: Any) -> httpx.Response:
    """Try an action on an order at the version that is known."""
    path = f"/v1/supervision-orders/{order['id']}/transitions"
    return await hands.post(who, path, {"action": action} | needs, order["version"])


async def test_the_district_presses_the_street_and_the_streets_desk_answers(hands: Hands) -> None:
    incident = await hands.registered()
    order = await pressed(hands, "district.leader", incident, grade="yellow")
    assert (order["target"]["code"], order["centre"], order["grade"], order["by"], order["state"]) == (
        "A", "D", "yellow", "centre", "open",
    )  # fmt: skip
    assert (await move(hands, "district.dispatcher", order, "answer", answer="x")).status_code == 403
    answered = await move(hands, "street1.dispatcher", order, "answer", answer="在路上")
    assert (answered.status_code, answered.json()["state"], answered.json()["answer"]) == (200, "answered", "在路上")
    lifted = await move(hands, "district.shift_leader", answered.json(), "lift", reason="done")
    assert (lifted.json()["state"], lifted.json()["allowed_actions"]) == ("lifted", [])


async def test_nobody_presses_upwards_or_lifts_a_superiors_order(hands: Hands) -> None:
    incident = await hands.report(category_code="E0501")
    assert incident["level"] == 2
    assert (await press(hands, "street1.dispatcher", incident)).status_code == 403
    down = await hands.moved("district.dispatcher", incident, "assign_down")
    order = await pressed(hands, "district.dispatcher", down)
    assert order["allowed_actions"] == ["raise", "lift"]
    assert (await move(hands, "street1.shift_leader", order, "lift", reason="r")).status_code == 403
    seen = (await hands.get("street1.shift_leader", f"/v1/supervision-orders/{order['id']}")).json()
    assert seen["allowed_actions"] == ["answer"]


async def test_a_grade_only_rises(hands: Hands) -> None:
    incident = await hands.registered()
    order = await pressed(hands, "street1.shift_leader", incident, grade="yellow")
    same = await move(hands, "street1.shift_leader", order, "raise", reason="r", grade="normal")
    assert (same.status_code, same.json()["type"]) == (409, "/problems/only-upwards")
    red = (await move(hands, "district.leader", order, "raise", reason="r")).json()
    assert (red["grade"], red["centre"], red["version"]) == ("red", "D", 2)
    answered = (await move(hands, "street1.acceptor", red, "answer", answer="a")).json()
    assert answered["state"] == "answered"
    again = await press(hands, "street1.shift_leader", incident, grade="yellow")
    assert (again.status_code, again.json()["grade"]) == (409, "red")


async def test_one_order_presses_one_target_of_an_incident(hands: Hands) -> None:
    incident = await hands.registered()
    await pressed(hands, "district.leader", incident)
    again = await press(hands, "street1.shift_leader", incident)
    assert (again.status_code, again.json()["type"]) == (409, "/problems/conflict")
    nobody = await press(hands, "district.leader", incident, target="fire_rescue")
    assert (nobody.status_code, nobody.json()["unknown"]) == (422, ["fire_rescue"])


async def test_a_department_on_the_incident_is_pressed_and_its_desk_answers(hands: Hands) -> None:
    incident = await hands.registered()
    await hands.blown("street1.dispatcher", incident, "fire_rescue")
    order = await pressed(hands, "street1.dispatcher", incident, target="fire_rescue")
    assert (order["centre"], order["target"]["name"]) == ("A", "fire_rescue")
    assert (await move(hands, "street1.acceptor", order, "answer", answer="a")).status_code == 403
    answered = await move(hands, "fire_rescue.desk", order, "answer", answer="a")
    assert answered.json()["state"] == "answered"


async def test_what_a_move_needs_is_named(hands: Hands) -> None:
    order = await pressed(hands, "district.leader", await hands.registered())
    for who, action, need in (
        ("street1.acceptor", "answer", "answer"), ("district.leader", "lift", "reason"),
        ("district.leader", "raise", "reason"),
    ):  # fmt: skip
        refused = await move(hands, who, order, action)
        assert (refused.status_code, refused.json()["missing"]) == (422, [need])


async def test_a_desk_finds_what_presses_it_and_nobody_elses(hands: Hands) -> None:
    incident = await hands.registered()
    order = await pressed(hands, "district.leader", incident)
    found = await hands.get("street1.acceptor", "/v1/supervision-orders", mine=True, open=True, target="A")
    assert [item["id"] for item in found.json()["items"]] == [order["id"]]
    for who in ("street2.dispatcher", "fire_rescue.desk"):
        assert (await hands.get(who, "/v1/supervision-orders")).json()["items"] == []
        assert (await hands.get(who, f"/v1/supervision-orders/{order['id']}")).status_code == 404
        assert (await move(hands, who, order, "lift", reason="r")).status_code == 404


@pytest.mark.parametrize("name", ["open", "mine", "overdue"])
async def test_a_list_and_its_opposite_are_the_whole(hands: Hands, name: str) -> None:
    await pressed(hands, "district.leader", await hands.registered())
    found = [
        (await hands.get("district.leader", "/v1/supervision-orders", **{name: one})).json()["items"]
        for one in (True, False)
    ]
    assert len(found[0]) + len(found[1]) == 1


async def test_an_order_sent_twice_is_one(hands: Hands) -> None:
    incident = await hands.registered()
    path, body = f"/v1/incidents/{incident['id']}/supervision-orders", {"reason": "r"}
    answers = [await hands.post("district.leader", path, body, key="once") for _ in range(2)]
    assert [a.status_code for a in answers] == [201, 201]
    assert answers[0].content == answers[1].content


async def test_nobody_is_pressed_about_an_incident_that_has_ended(hands: Hands, db: Database) -> None:
    incident = await hands.registered()
    order = await pressed(hands, "district.leader", incident)
    await hands.moved("district.leader", incident, "force_close", reason="r")
    async with db.write() as session:
        assert await end(session, incident["id"], "incident.force_close") == 1
        assert await end(session, incident["id"], "incident.force_close") == 0
    shown = (await hands.get("district.leader", f"/v1/supervision-orders/{order['id']}")).json()
    assert (shown["state"], shown["history"][-1]["role"]) == ("lifted", "system")
    assert (await press(hands, "district.leader", incident)).status_code == 409
