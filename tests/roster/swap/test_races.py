"""Two who want the same seat at the same time: one gets it."""

import asyncio
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from app.core.db import Database
from tests.roster import world as small
from tests.roster.people import accepted, appoint, crew_of, enrol, made, move, propose
from tests.roster.world import World, at

PLANNER = "a_dispatcher"


@pytest.fixture
async def busy(api: FastAPI, own_db: Database, own_client: httpx.AsyncClient) -> World:
    """The district in a database of its own, with two more officers."""
    world = await small.make(api, own_client, own_db)
    await appoint(world, "a_new", "patrol_member", "A")
    await enrol(world, "M2", "M", "a_idle")
    await enrol(world, "M3", "M", "a_new")
    return world


async def both(*asked: Any) -> list[int]:
    return sorted([answer.status_code for answer in await asyncio.gather(*asked)])


async def test_an_open_seat_is_accepted_once_and_approved_once(busy: World) -> None:
    shift = await busy.shift(start=2, end=4)
    swap = await propose(busy, "a_member", shift)
    one, other = await both(move(busy, "a_idle", swap, "accept"), move(busy, "a_new", swap, "accept"))
    assert (one, other in (404, 409)) == (200, True), "it is taken, or no longer open"
    assert await both(move(busy, PLANNER, swap, "approve"), move(busy, "district", swap, "approve")) == [200, 409]
    assert len(await crew_of(busy, shift)) == 2


async def test_two_swaps_of_one_seat_end_in_one(busy: World) -> None:
    shift, other = (
        await busy.shift(start=2, end=4),
        await busy.shift(start=2, end=4, crew=[{"officer": "M2", "is_leader": True}]),
    )
    given = await accepted(busy, "a_member", "a_new", shift, to="M3")
    exchanged = await accepted(busy, "a_idle", "a_member", other, to="M1", for_shift_id=shift["id"])
    assert await both(move(busy, PLANNER, given, "approve"), move(busy, PLANNER, exchanged, "approve")) == [200, 409]
    crews = [set(await crew_of(busy, one)) for one in (shift, other)]
    assert crews in ([{"U1", "M3"}, {"M2"}], [{"U1", "M2"}, {"M1"}])


async def test_a_swap_and_a_change_of_the_shift_end_in_one(busy: World) -> None:
    shift = await busy.shift(start=2, end=4)
    swap = await accepted(busy, "a_member", "a_idle", shift, to="M2")
    change = busy.patch(PLANNER, f"/v1/shifts/{shift['id']}", {"ends_at": at(5)}, **{"If-Match": '"1"'})
    assert await both(move(busy, PLANNER, swap, "approve"), change) in ([200, 409], [200, 412])


async def test_leave_and_a_seat_for_the_same_time_are_never_both_unseen(busy: World) -> None:
    body = {"kind": "annual", "starts_at": at(20), "ends_at": at(40)}
    leave = made(await busy.post("a_member", "/v1/leaves", body))
    decide = busy.post(PLANNER, f"/v1/leaves/{leave['id']}/decision", {"decision": "approve"})
    approved, seated = await asyncio.gather(decide, busy.post(PLANNER, "/v1/shifts", small.shift(start=24, end=30)))
    assert approved.status_code == 200
    assert seated.status_code == 409 or approved.json()["unmet_seats"], "refused, or listed as unmet"
