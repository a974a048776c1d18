"""An officer gives a seat to a colleague or exchanges it; who runs the duty has the last word."""

from typing import Any

import pytest
from sqlalchemy import text

from app.roster.swap.service import expire
from tests.roster import plan
from tests.roster.people import accepted, appoint, crew_of, enrol, found_team, made, move, on_leave, propose
from tests.roster.world import World

PLANNER = "a_dispatcher"


@pytest.fixture(autouse=True)
async def colleague(world: World) -> None:
    """M2 of the same department as M1, and somebody of another one to come, both with a phone."""
    await enrol(world, "M2", "M", "a_idle")
    await appoint(world, "a_new", "patrol_member", "A")


async def roster_of(world: World, days: int = 1) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    roster = await plan.published(world, (1, days))
    return roster, await plan.shifts(world, roster)


async def amendments(world: World, roster: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = made(await world.get(PLANNER, f"/v1/rosters/{roster['id']}/amendments"))["items"]
    return found


async def test_a_seat_goes_to_a_colleague_in_a_recorded_change(world: World) -> None:
    roster, (shift,) = await roster_of(world)
    swap = await accepted(world, "a_member", "a_idle", shift, to="M2", note="家中有事")
    assert (swap["state"], swap["allowed_actions"], await crew_of(world, shift)) == (
        "accepted",
        [],
        {"U1": True, "M1": False},
    )
    done = made(await move(world, PLANNER, swap, "approve"))
    assert (done["state"], done["decided_by"], await crew_of(world, shift)) == (
        "approved",
        PLANNER,
        {"U1": True, "M2": False},
    )
    (record,) = await amendments(world, roster)
    assert (record["kind"], record["by"], "家中有事" in record["reason"]) == ("swapped", PLANNER, True)


async def test_two_seats_are_exchanged_at_once_and_the_lead_goes_with_the_seat(world: World) -> None:
    await enrol(world, "U3", "U")
    roster, (first, second) = await roster_of(world, 2)
    for old, new, leads in (("M1", "M2", False), ("U1", "U3", True)):
        path = f"/v1/shifts/{second['id']}/seats"
        made(
            await world.post(
                "a_shift_leader", path, {"officer": new, "is_leader": leads, "reason": "r", "override": "o"}
            )
        )
        await world.client.delete(f"{path}/{old}?reason=r&override=o", headers=world.who("a_shift_leader"))
    swap = await accepted(world, "a_member", "a_idle", first, to="M2", for_shift_id=second["id"])
    made(await move(world, PLANNER, swap, "approve"))
    assert await crew_of(world, first) == {"U1": True, "M2": False}
    assert await crew_of(world, second) == {"U3": True, "M1": False}
    assert [one["kind"] for one in await amendments(world, roster)][-2:] == ["swapped", "swapped"]


async def test_an_open_seat_is_taken_by_who_may_fill_it(world: World) -> None:
    _, (shift,) = await roster_of(world)
    swap = await propose(world, "a_member", shift)
    seen = (await world.get("a_idle", "/v1/swaps")).json()["items"]
    assert [(one["id"], one["is_open"], one["allowed_actions"]) for one in seen] == [(swap["id"], True, ["accept"])]
    assert (await move(world, "a_leader", swap, "accept")).status_code == 403, "another department's seat"
    taken = made(await move(world, "a_idle", swap, "accept"))
    assert (taken["to"]["number"], taken["state"]) == ("M2", "accepted")
    assert (await move(world, "a_idle", swap, "decline")).status_code == 409


async def test_a_colleague_declines_and_a_proposer_withdraws(world: World) -> None:
    _, (shift,) = await roster_of(world)
    first = await propose(world, "a_member", shift, to="M2")
    assert made(await move(world, "a_idle", first, "decline"))["state"] == "declined"
    second = await accepted(world, "a_member", "a_idle", shift, to="M2")
    assert made(await move(world, "a_member", second, "withdraw"))["state"] == "withdrawn"
    answer = await move(world, PLANNER, second, "approve")
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/swap-settled")
    assert (
        made(await move(world, PLANNER, await accepted(world, "a_member", "a_idle", shift, to="M2"), "refuse"))["state"]
        == "refused"
    )


async def test_nobody_approves_a_swap_of_their_own(world: World) -> None:
    await enrol(world, "U4", "U", "a_new")
    _, (shift,) = await roster_of(world)
    swap = await propose(world, "a_leader", shift)
    async with world.database.write() as session:
        await session.execute(
            text("UPDATE swap SET state = 'accepted', to_officer_id = (SELECT id FROM officer WHERE number = 'U4')")
        )
    assert (await move(world, "a_leader", swap, "approve")).status_code == 403
    assert made(await move(world, PLANNER, swap, "approve"))["state"] == "approved"
    assert await crew_of(world, shift) == {"U4": True, "M1": False}


async def test_others_do_not_see_a_swap_and_do_not_decide_it(world: World) -> None:
    _, (shift,) = await roster_of(world)
    swap = await accepted(world, "a_member", "a_idle", shift, to="M2")
    for who, status in (("a_idle", 403), ("a_member", 403), ("b_dispatcher", 404), ("u_desk", 404)):
        assert (await move(world, who, swap, "approve")).status_code == status, who
    assert (await world.get("u_desk", "/v1/swaps")).json()["items"] == []


async def test_a_swap_that_breaks_a_rule_is_not_approved_and_changes_nothing(world: World) -> None:
    roster, (shift,) = await roster_of(world)
    await enrol(world, "U5", "U", "a_new")
    swap = await accepted(world, "a_member", "a_new", shift, to="U5")
    answer = await move(world, PLANNER, swap, "approve")
    assert (answer.status_code, [one["rule"] for one in answer.json()["unmet"]]) == (409, ["mix_unmet"])
    assert (await crew_of(world, shift), await amendments(world, roster)) == ({"U1": True, "M1": False}, [])


async def test_who_is_on_leave_or_sits_elsewhere_takes_no_seat(world: World) -> None:
    _, (shift,) = await roster_of(world)
    swap = await accepted(world, "a_member", "a_idle", shift, to="M2")
    await on_leave(world, "a_idle", shift["starts_at"], shift["ends_at"])
    answer = await move(world, PLANNER, swap, "approve")
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/not-available")
    assert await crew_of(world, shift) == {"U1": True, "M1": False}


async def test_a_seat_is_offered_once_at_a_time(world: World) -> None:
    _, (shift,) = await roster_of(world)
    await propose(world, "a_member", shift, to="M2")
    again = await world.post("a_member", "/v1/swaps", {"shift_id": shift["id"]})
    assert (again.status_code, again.json()["detail"]) == (409, "This seat is offered already.")


async def test_what_changed_meanwhile_is_not_what_was_agreed(world: World) -> None:
    _, (shift,) = await roster_of(world)
    swap = await accepted(world, "a_member", "a_idle", shift, to="M2")
    change = {"beat": None, "reason": "road works", "override": "o"}
    made(await world.patch("a_shift_leader", f"/v1/shifts/{shift['id']}", change))
    answer = await move(world, PLANNER, swap, "approve")
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/seats-changed")


@pytest.mark.parametrize(
    "changes",
    [{"to": "M1"}, {"to": "X9"}, {"to": "U1"}, {"for_shift_id": "same", "to": "M2"}, {"for_shift_id": "other"}],
)
async def test_a_swap_that_cannot_be_is_refused(world: World, changes: dict[str, Any]) -> None:
    _, (shift,) = await roster_of(world)
    ids = {"same": shift["id"], "other": "01a2080d-0000-7000-8000-000000000001"}
    body = {name: ids.get(value, value) for name, value in changes.items()}
    answer = await world.post("a_member", "/v1/swaps", {"shift_id": shift["id"]} | body)
    assert answer.status_code == 422, answer.text


async def test_only_who_sits_there_offers_a_seat(world: World) -> None:
    _, (shift,) = await roster_of(world)
    assert (await world.post("a_idle", "/v1/swaps", {"shift_id": shift["id"]})).status_code == 422
    assert (await world.post("u_desk", "/v1/swaps", {"shift_id": shift["id"]})).status_code == 403
    draft = (await plan.shifts(world, await draft_of(world)))[0]
    assert (await world.post("a_leader", "/v1/swaps", {"shift_id": draft["id"]})).status_code == 422


async def draft_of(world: World) -> dict[str, Any]:
    await plan.templated(world, "night", starts="20:00")
    roster = await plan.drafted(world, (3, 3), templates=["night"])
    await plan.seated(world, (await plan.shifts(world, roster))[0])
    return roster


async def test_a_swap_is_over_when_its_shift_begins(world: World) -> None:
    shift = await world.shift(start=2, end=4)
    swap = await accepted(world, "a_member", "a_idle", shift, to="M2")
    async with world.database.write() as session:
        await session.execute(text("UPDATE shift SET starts_at = now() - interval '1 min'"))
    shown = made(await world.get("a_member", f"/v1/swaps/{swap['id']}"))
    assert (shown["allowed_actions"], (await move(world, PLANNER, swap, "approve")).status_code) == ([], 409)
    async with world.database.write() as session:
        assert (await expire(session, 10), await expire(session, 10)) == (1, 0)
    assert made(await world.get("a_member", f"/v1/swaps/{swap['id']}"))["state"] == "expired"


async def test_seats_of_a_shift_without_a_roster_are_swapped_too(world: World) -> None:
    shift = await world.shift(start=2, end=4)
    swap = await accepted(world, "a_member", "a_idle", shift, to="M2")
    stale = await move(world, PLANNER, swap, "approve", **{"If-Match": '"1"'})
    done = await move(world, PLANNER, swap, "approve", **{"If-Match": f'"{swap["version"]}"'})
    assert (stale.status_code, done.status_code, await crew_of(world, shift)) == (412, 200, {"U1": True, "M2": False})


async def test_a_volunteer_does_not_take_the_lead_by_a_swap(world: World) -> None:
    await found_team(world)
    await enrol(world, "W1", "W", "a_new")
    shift = await world.shift(start=2, end=4)
    swap = await accepted(world, "a_leader", "a_new", shift, to="W1")
    answer = await move(world, "district", swap, "approve")
    assert (answer.status_code, "may not lead" in answer.json()["detail"]) == (422, True)


async def test_pages_of_swaps_follow_each_other(world: World) -> None:
    shift, other = await world.shift(start=2, end=4), await world.shift(start=6, end=8)
    first, second = await propose(world, "a_member", shift), await propose(world, "a_member", other)
    page = (await world.get(PLANNER, "/v1/swaps", limit=1)).json()
    rest = (await world.get(PLANNER, "/v1/swaps", limit=1, cursor=page["next"])).json()
    assert [page["items"][0]["id"], rest["items"][0]["id"]] == [first["id"], second["id"]]
    for wanted in (
        {"shift": other["id"]},
        {"officer": "M1", "shift": other["id"]},
        {"state": "proposed", "shift": other["id"]},
    ):
        found = (await world.get(PLANNER, "/v1/swaps", **wanted)).json()["items"]
        assert [one["id"] for one in found] == [second["id"]]
