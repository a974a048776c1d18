"""What else an instant comes for: tasks, requests, orders without an answer."""

from typing import Any

from app.supervision.workflow import DUES, Due
from tests.command.timer.passing import Time
from tests.hands import Hands


async def handling(hands: Hands, time: Time) -> dict[str, Any]:
    """An incident that P-001 handles."""
    incident = await hands.dispatched()
    await hands.assignment("patrol1.leader", incident["assignments"][0], "accept")
    return await time.shown(incident)


def test_every_kind_of_instant_has_a_row() -> None:
    assert [row.due for row in DUES] == list(Due)


async def test_a_task_that_is_late_is_carded_and_offered_to_everybody_who_may_do_it(hands: Hands, time: Time) -> None:
    incident = await hands.report()
    incident = await hands.moved("street1.acceptor", incident, "request_verification")
    assert await time.passes(minutes=29) == 0
    assert await time.passes(minutes=2) == 1
    tasks = (await hands.get("street1.acceptor", f"/v1/incidents/{incident['id']}/checks")).json()["items"]
    assert [(t["state"], t["card"], t["patrol_id"] is None) for t in tasks] == [
        ("withdrawn", "red", False),
        ("offered", None, True),
    ]
    body = {"action": "accept"}
    taken = await hands.post("grid1.worker", f"/v1/checks/{tasks[1]['id']}/transitions", body, tasks[1]["version"])
    assert taken.status_code == 200


async def test_a_task_that_everybody_may_do_stays_theirs_and_is_carded_once(hands: Hands, time: Time) -> None:
    incident = await hands.report()
    await hands.moved("street1.acceptor", incident, "request_verification")
    await time.passes(minutes=31)
    assert (await time.passes(minutes=31), await time.passes(minutes=31)) == (1, 0)
    task = (await time.shown(incident, "street1.acceptor"))["task"]
    assert (task["state"], task["card"], task["version"]) == ("offered", "red", 2)
    assert await time.rows("SELECT count(*) FROM outbox WHERE topic = 'task.overdue'") == [(2,)]


async def test_a_request_that_nobody_decides_expires(hands: Hands, time: Time) -> None:
    incident = await handling(hands, time)
    body = {"kind": "void", "reason": "r"}
    asked = (await hands.post("street1.acceptor", f"/v1/incidents/{incident['id']}/requests", body)).json()
    assert asked["expires_at"] is not None
    await time.passes(days=20)
    decision = {"decision": "approve"}
    late = await hands.post("street1.shift_leader", f"/v1/requests/{asked['id']}/decision", decision, "*")
    assert (late.status_code, late.json()["type"]) == (409, "/problems/illegal-move")
    found = await time.rows("SELECT state, decision_note FROM request")
    assert found == [("expired", "nobody has decided in time")]


async def test_an_order_without_an_answer_rises_by_clock_until_it_is_red(hands: Hands, time: Time) -> None:
    incident = await hands.registered()
    body = {"grade": "normal", "reason": "r"}
    made = await hands.post("district.leader", f"/v1/incidents/{incident['id']}/supervision-orders", body)
    assert made.status_code == 201, made.text
    await time.does("UPDATE clock SET acts_at = NULL")
    for _ in range(4):
        await time.passes(days=5)
    shown = (await hands.get("district.leader", f"/v1/supervision-orders/{made.json()['id']}")).json()
    assert [(e["action"], e["grade"], e["role"]) for e in shown["history"]] == [
        ("open", "normal", "leader"),
        ("raise", "yellow", "system"),
        ("raise", "red", "system"),
    ]
    assert (shown["grade"], shown["overdue"], shown["by"]) == ("red", True, "centre")
