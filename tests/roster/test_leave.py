"""Leave is asked for by an officer, decided by somebody else, and nobody else's business."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from app.roster.leave.workflow import MOVES, ROWS, LeaveAction, Standing, allowed, may
from app.roster.workflow import LeaveState
from tests.roster.world import World, at

STANDINGS = st.builds(Standing, is_planner=st.booleans(), is_officer=st.booleans(), is_asker=st.booleans())


def leave(start: float = 24, end: float = 72, **changes: Any) -> dict[str, Any]:
    return {"kind": "sick", "starts_at": at(start), "ends_at": at(end)} | changes


async def asked(world: World, who: str = "a_member", **changes: Any) -> dict[str, Any]:
    answer = await world.post(who, "/v1/leaves", leave(**changes))
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def decided(world: World, made: dict[str, Any], who: str = "a_dispatcher", **body: Any) -> tuple[int, Any]:
    path = f"/v1/leaves/{made['id']}/decision"
    answer = await world.post(who, path, {"decision": "approve"} | body)
    return answer.status_code, answer.json()


async def seen(world: World, who: str) -> list[Any]:
    found: list[Any] = (await world.get(who, "/v1/leaves")).json()["items"]
    return found


async def test_an_officer_asks_and_who_runs_the_duty_of_the_base_approves(world: World) -> None:
    made = await asked(world)
    assert (made["officer"], made["kind"], made["state"], made["centre"]["code"]) == ("M1", "sick", "asked", "A")
    assert made["allowed_actions"] == ["cancel"]
    status, approved = await decided(world, made)
    assert (status, approved["state"], approved["decided_by"]) == (200, "approved", "a_dispatcher")
    assert (approved["version"], approved["unmet_seats"]) == (2, [])


async def test_nobody_decides_for_themselves_nor_what_they_asked_for(world: World) -> None:
    own = await asked(world, "a_leader")
    for_another = await asked(world, "a_dispatcher", officer="U2")
    assert (await decided(world, own, "a_leader"))[0] == 403
    assert (await decided(world, for_another, "a_dispatcher"))[0] == 403
    assert (await decided(world, for_another, "a_leader"))[0] == 200
    assert (await decided(world, own, "district"))[0] == 200


async def test_who_does_not_plan_for_them_neither_asks_nor_decides(world: World) -> None:
    made = await asked(world)
    assert (await decided(world, made, "a_idle"))[0] == 404
    assert (await decided(world, made, "b_dispatcher"))[0] == 404
    for who, officer in (("b_dispatcher", "M1"), ("a_idle", None), ("a_member", "U2")):
        assert (await world.post(who, "/v1/leaves", leave(officer=officer))).status_code == 422


async def test_a_seat_in_that_time_is_listed_as_unmet_and_stays(world: World) -> None:
    shift = await world.shift(start=30, end=38)
    later = await world.shift(start=80, end=88)
    made = await asked(world)
    assert [seat["shift_id"] for seat in made["unmet_seats"]] == [shift["id"]]
    _, approved = await decided(world, made)
    assert [(s["shift_id"], s["patrol"], s["is_leader"]) for s in approved["unmet_seats"]] == [
        (shift["id"], "PA", False)
    ]
    assert (await world.get("a_dispatcher", f"/v1/shifts/{shift['id']}")).json()["mix"] == later["mix"]


async def test_others_see_only_that_somebody_is_not_available(world: World) -> None:
    await decided(world, await asked(world, note="hospital"))
    await asked(world, start=100, end=110)
    for who in ("a_idle",):
        (one,) = await seen(world, who)
        hidden = {"kind", "note", "state", "asked_by", "decided_by", "unmet_seats"}
        assert (one["availability"], one["officer"], hidden & one.keys()) == ("not_available", "M1", set())
        shown = await world.get(who, f"/v1/leaves/{one['id']}")
        assert shown.json() == one
    assert len(await seen(world, "a_member")) == len(await seen(world, "a_leader")) == 2
    assert await seen(world, "b_dispatcher") == []


async def test_the_note_is_for_the_planners_and_who_wrote_it(world: World) -> None:
    await asked(world, note="hospital")
    await asked(world, "a_dispatcher", officer="M1", start=90, end=99, note="sent home")
    assert [one["note"] for one in await seen(world, "a_dispatcher")] == ["hospital", "sent home"]
    assert [one["note"] for one in await seen(world, "a_member")] == ["hospital", None]


async def test_no_fact_says_why_somebody_is_away(world: World) -> None:
    made = await asked(world, note="hospital")
    await decided(world, made, note="get well")
    async with world.database.read() as session:
        rows = await session.execute(text("SELECT topic, scope, payload::text FROM outbox WHERE topic LIKE 'leave.%'"))
        facts = list(rows)
    assert [(topic, list(scope)) for topic, scope, _ in facts] == [
        ("leave.asked", [world.accounts["a_member"]]),
        ("leave.approved", [world.places["A"], world.accounts["a_member"]]),
    ]
    assert not any(word in payload for *_, payload in facts for word in ("sick", "hospital", "get well"))


async def test_two_approved_leaves_do_not_overlap(world: World) -> None:
    first, second = await asked(world), await asked(world, start=48, end=96)
    await decided(world, first)
    status, answer = await decided(world, second)
    assert (status, answer["detail"]) == (409, "The officer has approved leave at this time already.")


async def test_what_is_settled_is_not_decided_again(world: World) -> None:
    refused, called_off = await asked(world), await asked(world)
    assert (await decided(world, refused, decision="refuse"))[1]["state"] == "refused"
    path = f"/v1/leaves/{called_off['id']}/cancel"
    assert (await world.post("a_member", path)).json()["state"] == "cancelled"
    for made in (refused, called_off):
        status, answer = await decided(world, made)
        assert (status, answer["type"], answer["allowed"]) == (409, "/problems/leave-settled", [])


async def test_an_approved_leave_is_called_off_and_then_free_again(world: World) -> None:
    made = await asked(world)
    await decided(world, made)
    stale = await world.post("a_member", f"/v1/leaves/{made['id']}/cancel", **{"If-Match": '"1"'})
    gone = await world.post("a_member", f"/v1/leaves/{made['id']}/cancel", **{"If-Match": '"2"'})
    assert (stale.status_code, gone.status_code, gone.json()["state"]) == (412, 200, "cancelled")
    assert (await decided(world, await asked(world)))[0] == 200


@pytest.mark.parametrize(
    "changes",
    [
        {"ends_at": at(1)},
        {"ends_at": at(24 * 400)},
        {"starts_at": at(-9), "ends_at": at(-1)},
        {"kind": "flu"},
        {"note": "a\u0000b"},
        {"starts_at": "2026-12-01"},
        {"ends_at": "9999-12-31T23:59:59-14:00"},
        {"diagnosis": "x"},
    ],
)
async def test_a_leave_that_cannot_be_is_refused(world: World, changes: dict[str, Any]) -> None:
    assert (await world.post("a_member", "/v1/leaves", leave() | changes)).status_code == 422


async def test_leaves_are_found_by_officer_state_and_time_page_by_page(world: World) -> None:
    first, second = await asked(world), await asked(world, "a_dispatcher", officer="U2", start=200, end=300)
    page = (await world.get("a_dispatcher", "/v1/leaves", limit=1)).json()
    rest = (await world.get("a_dispatcher", "/v1/leaves", limit=1, cursor=page["next"])).json()
    assert [page["items"][0]["id"], rest["items"][0]["id"]] == [first["id"], second["id"]]
    for wanted in ({"officer": "U2"}, {"since": at(100)}, {"state": "asked", "since": at(100), "centre": "A"}):
        items = (await world.get("a_dispatcher", "/v1/leaves", **wanted)).json()["items"]
        assert [one["id"] for one in items] == [second["id"]]


@given(st.sampled_from(LeaveState), STANDINGS, st.booleans())
def test_nobody_is_offered_a_move_that_the_table_does_not_have(
    state: LeaveState,
    standing: Standing,
    is_over: bool,  # noqa: FBT001  # given by hypothesis
) -> None:
    can = allowed(state, standing, is_over=is_over)
    assert all(state in MOVES[action].source and may(MOVES[action], standing) and not is_over for action in can)
    assert [move.action for move in ROWS] == list(LeaveAction)
    if standing.is_officer or standing.is_asker:
        assert not {LeaveAction.APPROVE, LeaveAction.REFUSE} & set(can)
