"""An officer serves with a host for a while: sent, relieved by the next turn, called back early."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from app.core.ids import uuid7
from tests.agency.town import Caller, Town

TODAY = datetime.now(UTC).date()


def day(ahead: int) -> str:
    return (TODAY + timedelta(days=ahead)).isoformat()


def wish(starts: int = 0, ends: int = 30, **changes: Any) -> dict[str, Any]:
    return {"officer": "W1", "host": "A2", "starts_on": day(starts), "ends_on": day(ends)} | changes


@pytest.fixture
async def admin(town: Town) -> Caller:
    caller = await town.caller("administrator", "A")
    for number in ("W1", "W2"):
        body = {"number": number, "display_name": number, "department": "water", "centre": "A1"}
        assert (await caller.post("/v1/officers", body)).status_code == 201
    return caller


async def sent(admin: Caller, *when: int, **changes: Any) -> dict[str, Any]:
    answer = await admin.post("/v1/secondments", wish(*when, **changes))
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def test_an_officer_is_sent_to_a_host_and_keeps_the_home_department(admin: Caller) -> None:
    made = await sent(admin)
    assert (made["officer"], made["department"], made["host"], made["state"]) == ("W1", "water", "A2", "current")
    assert (await admin.get(f"/v1/secondments/{made['id']}")) == made


async def test_an_officer_is_seconded_once_at_a_time(admin: Caller) -> None:
    await sent(admin, 0, 30)
    again = await admin.post("/v1/secondments", wish(30, 40, host="police"))
    after = await admin.post("/v1/secondments", wish(31, 40, host="police"))
    assert (again.status_code, again.json()["detail"]) == (
        409,
        "The officer is seconded on some of these days already.",
    )
    assert (after.status_code, after.json()["state"]) == (201, "planned")


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"officer": "X9"}, 422),
        ({"host": "nowhere"}, 422),
        ({"host": "B"}, 422),
        ({"host": "A1"}, 422),
        ({"host": "water"}, 422),
        ({"ends_on": day(-1), "starts_on": day(-9)}, 422),
        ({"ends_on": day(-1)}, 422),
        ({"ends_on": "9999-12-31"}, 422),
        ({"ends_on": "2099-12-31"}, 422),
        ({"follows": str(uuid7())}, 422),
        ({"officer": "W\u0000"}, 422),
    ],
)
async def test_a_secondment_that_cannot_be_is_refused(admin: Caller, changes: dict[str, Any], status: int) -> None:
    answer = await admin.post("/v1/secondments", wish() | changes)
    assert answer.status_code == status, answer.text


async def test_only_who_administers_the_home_department_sends(admin: Caller, town: Town) -> None:
    street, member = await town.caller("administrator", "A1"), await town.caller("patrol_member", "A")
    assert (await street.post("/v1/secondments", wish())).status_code == 422
    assert (await member.post("/v1/secondments", wish())).status_code == 403


async def test_ended_early_it_is_free_from_that_day_on(admin: Caller) -> None:
    made = await sent(admin)
    body = {"ended_on": day(0), "reason": "needed at home"}
    ended = await admin.post(f"/v1/secondments/{made['id']}/end", body, **{"If-Match": '"1"'})
    assert (ended.status_code, ended.json()["state"], ended.json()["version"]) == (200, "ended_early", 2)
    assert (await sent(admin, 0, 5))["state"] == "current"


async def test_it_ends_on_a_day_of_its_own_and_not_in_the_past(admin: Caller) -> None:
    made = await sent(admin, -5, 5)
    path = f"/v1/secondments/{made['id']}/end"
    answers = [
        (await admin.post(path, {"ended_on": day(on), "reason": "r"}, **{"If-Match": "*"})).status_code
        for on in (-1, 6, 5, 5)
    ]
    assert answers == [422, 422, 200, 422]
    assert (await admin.post(path, {"ended_on": day(5), "reason": "r"}, **{"If-Match": '"1"'})).status_code == 412


async def test_the_host_may_end_it_and_a_stranger_does_not_see_it(admin: Caller, town: Town) -> None:
    made = await sent(admin)
    host, other = await town.caller("administrator", "A2"), await town.caller("administrator", "B")
    end = {"ended_on": day(1), "reason": "no longer needed"}
    path = f"/v1/secondments/{made['id']}"
    assert (await other.look(path)).status_code == 404
    assert (await other.get("/v1/secondments"))["items"] == []
    assert (await other.post(f"{path}/end", end, **{"If-Match": "*"})).status_code == 404
    assert (await host.post(f"{path}/end", end, **{"If-Match": "*"})).json()["state"] == "current"


async def test_what_ends_soon_without_a_next_turn_is_found(admin: Caller) -> None:
    first = await sent(admin, 0, 5)
    await sent(admin, 0, 60, officer="W2")
    wanted = "/v1/secondments?ends_within_days=14&has_follow_up=false"
    assert [one["id"] for one in (await admin.get(wanted))["items"]] == [first["id"]]
    turn = await sent(admin, 61, 90, officer="W2", follows=first["id"])
    assert (turn["follows_id"], (await admin.get(wanted))["items"]) == (first["id"], [])
    assert (await admin.get(f"/v1/secondments/{first['id']}"))["follow_up_id"] == turn["id"]


async def test_one_turn_follows_another_at_the_same_host(admin: Caller) -> None:
    first = await sent(admin, 0, 5)
    elsewhere = await admin.post("/v1/secondments", wish(6, 9, host="police", follows=first["id"]))
    await sent(admin, 6, 9, follows=first["id"])
    twice = await admin.post("/v1/secondments", wish(10, 12, follows=first["id"]))
    assert (elsewhere.status_code, twice.status_code) == (422, 409)


async def test_pages_follow_each_other_by_the_last_day(admin: Caller) -> None:
    late, early = await sent(admin, 0, 60), await sent(admin, 0, 5, officer="W2")
    page = await admin.get("/v1/secondments?limit=1")
    rest = await admin.get(f"/v1/secondments?limit=1&cursor={page['next']}")
    assert [page["items"][0]["id"], rest["items"][0]["id"], rest["next"]] == [early["id"], late["id"], None]
    assert (await admin.look("/v1/secondments?cursor=abc")).status_code == 422


async def test_a_day_far_away_is_a_question_like_any_other(admin: Caller) -> None:
    assert (await admin.get(f"/v1/secondments?on={date.max}"))["items"] == []


async def test_who_serves_with_a_host_today_is_listed_there(admin: Caller, town: Town) -> None:
    host = await town.caller("dispatcher", "A2")
    assert await numbers(host, "host=A2") == await numbers(host, "centre=A1") == []
    await sent(admin, 0, 30)
    await sent(admin, 5, 30, officer="W2")
    assert await numbers(host, "host=A2") == await numbers(host, "centre=A1") == ["W1"]
    assert await numbers(admin, "host=A1") == []
    outsider = await town.caller("dispatcher", "B")
    assert await numbers(outsider, "host=A2") == []


async def numbers(caller: Caller, asked: str) -> list[str]:
    return [one["number"] for one in (await caller.get(f"/v1/officers?{asked}"))["items"]]
