"""A called department that does not come in time is missed, and pressed; it may still arrive."""

from typing import Any

from tests import make
from tests.command.timer.passing import Time
from tests.hands import Hands

DESK, HANDLER, DISPATCHER = "fire_rescue.desk", "fire_rescue.handler", "street1.dispatcher"
ORDERS = (
    "SELECT o.code, s.grade, s.state, c.code FROM supervision_order s JOIN organisation o ON o.id = target_id "
    "JOIN organisation c ON c.id = s.centre_id WHERE o.code = 'fire_rescue' ORDER BY s.id"
)


async def emergency(hands: Hands) -> dict[str, Any]:
    """The fire brigade, called to be there within half an hour."""
    incident = await hands.report()
    [summons] = (await hands.blown(DISPATCHER, incident, "fire_rescue", kind="emergency"))["summons"]
    return dict(summons) | {"incident": incident}


async def state(hands: Hands, summons: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = (await hands.get(DISPATCHER, f"/v1/summons/{summons['id']}")).json()
    return found


async def test_who_does_not_acknowledge_in_time_is_missed_and_pressed(hands: Hands, time: Time) -> None:
    summons = await emergency(hands)
    await time.passes(minutes=10.1)
    found = await state(hands, summons)
    assert (found["state"], found["history"][-1]["action"], found["history"][-1]["role"]) == (
        "missed",
        "miss",
        "system",
    )
    assert await time.rows(ORDERS) == [("fire_rescue", "normal", "open", "A")]
    mine = (await hands.get(DESK, "/v1/supervision-orders", mine=True, open=True)).json()["items"]
    assert [(o["target"]["code"], o["by"], o["allowed_actions"]) for o in mine] == [
        ("fire_rescue", "clock", ["answer"])
    ]


async def test_who_acknowledges_but_is_not_there_in_time_is_missed_and_may_still_arrive(
    hands: Hands, time: Time
) -> None:
    summons = await emergency(hands)
    summons = await hands.summoned(DESK, summons, "acknowledge")
    await time.passes(minutes=30.1)
    found = await state(hands, summons)
    assert (found["state"], await time.rows(ORDERS)) == ("missed", [("fire_rescue", "yellow", "open", "A")])
    arrived = await hands.summoned(HANDLER, found, "arrive", location=list(make.A1))
    assert (arrived["state"], arrived["is_late"]) == ("arrived", True)


async def test_who_is_missed_twice_is_pressed_by_one_order_that_rises(hands: Hands, time: Time) -> None:
    summons = await emergency(hands)
    await time.passes(minutes=10.1)
    await time.passes(minutes=20.1)
    assert (await state(hands, summons))["state"] == "missed"
    assert await time.rows(ORDERS) == [("fire_rescue", "yellow", "open", "A")]
    history = await time.rows(
        "SELECT action, e.grade FROM supervision_entry e JOIN supervision_order o ON o.id = order_id "
        "JOIN department d ON d.id = target_id ORDER BY seq"
    )
    assert history == [("open", "normal"), ("raise", "yellow")]
    skipped: Any = [row[4] for row in await time.steps() if row[0] == "arrive" and row[1] == 2]
    assert skipped == [{"time_out": "the summons is missed"}]


async def test_a_departments_clock_moves_neither_the_incident_nor_its_patrols(hands: Hands, time: Time) -> None:
    summons = await emergency(hands)
    await time.passes(minutes=41)
    shown = await time.shown(summons["incident"])
    assert (shown["level"], shown["assignments"]) == (1, [])
    skipped: Any = [row[4] for row in await time.steps() if row[4]]
    assert {"up": "one department's clock moves no incident"} in skipped
