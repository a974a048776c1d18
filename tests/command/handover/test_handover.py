"""Work that was not begun goes to the crew that follows, and nothing is lost when none does."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from app.core.db import Database
from tests.hands import Hands

SOON = text("UPDATE shift SET starts_at = now() - interval '1 min' WHERE id = :id")
Made = dict[str, Any]


def at(hours: float) -> str:
    """An instant so many hours from now."""
    return (datetime.now(UTC) + timedelta(hours=hours)).isoformat()


async def next_shift(hands: Hands, patrol: str = "P-001", beat: str = "P-001") -> Made:
    """A shift that follows P-001's, led by somebody who is not on duty yet."""
    officer = {"number": "N1", "display_name": "n", "department": "urban_management", "account": "grid1.worker"}
    await hands.post("admin", "/v1/officers", officer | {"centre": "A"})
    body = {"patrol": patrol, "beat": beat, "starts_at": at(0.5), "ends_at": at(8)}
    crew = [{"officer": "N1", "is_leader": True}]
    answer = await hands.post("street1.dispatcher", "/v1/shifts", body | {"crew": crew})
    assert answer.status_code == 201, answer.text
    made: Made = answer.json()
    return made


async def two_open(hands: Hands) -> list[Made]:
    """An incident offered to P-001, and one stacked behind it."""
    first, second = await hands.dispatched("P-001"), await hands.registered()
    second = await hands.moved("street1.dispatcher", second, "dispatch", patrols=["P-001"], stack=True)
    return [first, second]


async def hand_over(hands: Hands, who: str = "patrol1.leader", note: str | None = "钥匙在值班室") -> httpx.Response:
    """Hand P-001's open work over."""
    path = f"/v1/shifts/{hands.town.shifts['P-001']}/handover"
    return await hands.post(who, path, {"note": note} if note else None, "*")


async def sign_off(hands: Hands) -> int:
    """P-001's crew goes home."""
    path = f"/v1/shifts/{hands.town.shifts['P-001']}/sign-off"
    return (await hands.post("patrol1.leader", path, {"handover_note": "n"}, "*")).status_code


async def incident(hands: Hands, made: Made) -> Made:
    """The incident as it is now."""
    found: Made = (await hands.get("street1.dispatcher", f"/v1/incidents/{made['id']}")).json()
    return found


async def live(hands: Hands, made: Made) -> list[tuple[str, bool]]:
    """Who is assigned to the incident now, and whether it is what they do now."""
    listed = (await incident(hands, made))["assignments"]
    return [(a["patrol"], a["is_active"]) for a in listed if a["is_active"] or a["is_stacked"]]


async def come(hands: Hands, shift: Made) -> None:
    """The next crew signs on."""
    answer = await hands.post("grid1.worker", f"/v1/shifts/{shift['id']}/sign-on", None, "*")
    assert answer.status_code == 200, answer.text


async def take_up(hands: Hands, shift: Made, who: str = "grid1.worker") -> httpx.Response:
    """The next crew acknowledges."""
    return await hands.post(who, f"/v1/shifts/{shift['id']}/handover/acknowledge", None)


async def test_open_work_goes_to_the_next_shift_of_the_patrol_in_its_order(hands: Hands) -> None:
    coming, (first, second) = await next_shift(hands), await two_open(hands)
    assert await sign_off(hands) == 409
    handover = (await hand_over(hands)).json()
    assert (handover["to_shift_id"], handover["to_patrol"], handover["by"]) == (coming["id"], "P-001", "patrol1.leader")
    assert {(i["incident"], i["state"]) for i in handover["items"]} == {
        (first["number"], "returned"),
        (second["number"], "returned"),
    }
    assert await sign_off(hands) == 200
    await come(hands, coming)
    items = (await take_up(hands, coming)).json()["items"]
    assert {item["state"] for item in items} == {"offered"}
    assert [await live(hands, one) for one in (first, second)] == [[("P-001", True)], [("P-001", False)]]


async def test_until_it_is_taken_up_it_is_the_dispatchers(hands: Hands) -> None:
    await next_shift(hands)
    made = await two_open(hands)
    await hand_over(hands)
    for one in made:
        assert ((await incident(hands, one))["status"], await live(hands, one)) == ("registered", [])
    listed = (await hands.get("street1.dispatcher", "/v1/incidents", unassigned="true")).json()["items"]
    assert {one["id"] for one in made} <= {one["id"] for one in listed}


async def test_the_moves_are_ordinary_ones_on_record(hands: Hands) -> None:
    made = await hands.dispatched("P-001")
    await hand_over(hands)
    timeline = (await hands.get("street1.dispatcher", f"/v1/incidents/{made['id']}/timeline")).json()["items"]
    assert (timeline[-1]["action"], timeline[-1]["role"], timeline[-1]["note"]) == (
        "recall",
        "system",
        "handed over 交接班",
    )
    path = f"/v1/incidents/{made['id']}/assignments"
    (assignment,) = (await hands.get("street1.dispatcher", path)).json()["items"]
    assert (assignment["state"], assignment["reason"]) == ("withdrawn", "handed over 交接班")


async def test_when_nobody_follows_it_stays_with_the_dispatcher(hands: Hands) -> None:
    made = await hands.dispatched("P-001")
    handover = (await hand_over(hands)).json()
    assert (handover["to_shift_id"], handover["to_patrol"]) == (None, None)
    assert (await incident(hands, made))["status"] == "registered"


async def test_a_crew_on_the_same_beat_follows_too(hands: Hands) -> None:
    coming = await next_shift(hands, patrol="P-002", beat="P-001")
    await hands.dispatched("P-001")
    assert (await hand_over(hands)).json()["to_shift_id"] == coming["id"]


async def test_what_was_begun_is_not_handed_over(hands: Hands) -> None:
    first, second = await two_open(hands)
    await hands.assignment("patrol1.leader", first["assignments"][0], "accept")
    handover = (await hand_over(hands)).json()
    assert [item["incident"] for item in handover["items"]] == [second["number"]]
    assert (await incident(hands, first))["assignments"][0]["state"] == "accepted"
    assert await sign_off(hands) == 409
    again = await hand_over(hands)
    assert (again.status_code, again.json()["type"]) == (409, "/problems/nothing-open")


async def test_what_somebody_else_took_meanwhile_is_left_to_them(hands: Hands) -> None:
    coming, made = await next_shift(hands), await hands.dispatched("P-001")
    await hand_over(hands)
    now = await incident(hands, made)
    await hands.moved("street1.dispatcher", now, "dispatch", patrols=["P-002"])
    await sign_off(hands)
    await come(hands, coming)
    assert [item["state"] for item in (await take_up(hands, coming)).json()["items"]] == ["taken"]
    assert await live(hands, made) == [("P-002", True)]


async def test_a_task_of_the_patrol_opens_anew_for_everybody_who_may_do_it(hands: Hands) -> None:
    reported = await hands.report(who="patrol2.leader", at=(118.606, 32.006))
    await hands.moved("street1.acceptor", reported, "request_verification")
    assert [item["kind"] for item in (await hand_over(hands)).json()["items"]] == ["verify"]
    tasks = (await hands.get("street1.dispatcher", f"/v1/incidents/{reported['id']}/checks")).json()["items"]
    assert [(t["state"], t["result"], t["patrol_id"] is None) for t in tasks] == [
        ("reported", "unable", False),
        ("offered", None, True),
    ]


async def test_the_next_crew_sees_what_it_takes_over_and_what_was_said(hands: Hands) -> None:
    coming, made = await next_shift(hands), await hands.dispatched("P-001")
    await hand_over(hands)
    await sign_off(hands)
    await come(hands, coming)
    await take_up(hands, coming)
    shown = (await hands.get("grid1.worker", f"/v1/shifts/{coming['id']}/handover")).json()
    assert (shown["before"]["patrol"], shown["before"]["handover_note"]) == ("P-001", "n")
    (taken,) = shown["incoming"]
    assert (taken["note"], taken["acknowledged_by"], taken["items"][0]["incident"]) == (
        "钥匙在值班室",
        "grid1.worker",
        made["number"],
    )
    left = (await hands.get("patrol1.leader", f"/v1/shifts/{hands.town.shifts['P-001']}/handover")).json()
    assert (left["outgoing"], left["before"]) == ([taken], None)


async def test_a_handover_is_acknowledged_once_by_a_crew_on_duty(hands: Hands) -> None:
    coming = await next_shift(hands)
    await hands.dispatched("P-001")
    await hand_over(hands)
    assert (await take_up(hands, coming)).json()["type"] == "/problems/not-on-duty"
    await sign_off(hands)
    await come(hands, coming)
    assert (await take_up(hands, coming, "patrol2.leader")).status_code == 200
    assert (await take_up(hands, coming)).json()["type"] == "/problems/nothing-waits"


async def test_only_the_crew_or_who_runs_the_duty_hands_over(hands: Hands) -> None:
    await hands.dispatched("P-001")
    answers = [(await hand_over(hands, who)).status_code for who in ("grid1.worker", "street2.dispatcher")]
    assert answers == [403, 404]


async def test_a_key_sent_twice_hands_over_once(hands: Hands, db: Database) -> None:
    await hands.dispatched("P-001")
    path = f"/v1/shifts/{hands.town.shifts['P-001']}/handover"
    answers = [await hands.post("patrol1.leader", path, None, "*", "once") for _ in range(2)]
    assert (answers[0].status_code, answers[0].content) == (201, answers[1].content)
    async with db.read() as session:
        assert await session.scalar(text("SELECT count(*) FROM handover")) == 1


@pytest.mark.parametrize("version", [None, 9])
async def test_a_handover_says_what_it_is_based_on(hands: Hands, version: int | None) -> None:
    path = f"/v1/shifts/{hands.town.shifts['P-001']}/handover"
    answer = await hands.post("patrol1.leader", path, None, version)
    assert answer.status_code == (428 if version is None else 412)
