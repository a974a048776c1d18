"""Seats are taken once, and no roster is published with a seat that somebody is leaving."""

import asyncio

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from app.core.db import Database
from tests.roster import world as small
from tests.roster.plan import DISPATCHER, ROSTERS, crew, drafted, seated, shifts, templated
from tests.roster.world import World


@pytest.fixture
async def world(api: FastAPI, own_db: Database, own_client: httpx.AsyncClient) -> World:
    """The district in a database where connections race."""
    return await small.make(api, own_client, own_db)


async def test_of_two_who_sign_up_to_the_last_seat_one_gets_it(world: World) -> None:
    async with world.database.write() as session:
        give = "UPDATE officer SET account_id = :id WHERE number = 'U2'"
        await session.execute(text(give), {"id": world.accounts["a_idle"]})
    await templated(world, allows_sign_up=True, crews=[crew(mix={"U": 1})])
    (shift,) = await shifts(world, await drafted(world))
    path = f"/v1/shifts/{shift['id']}/sign-up"
    answers = await asyncio.gather(*(world.post(name, path) for name in ("a_leader", "a_idle")))
    assert sorted(answer.status_code for answer in answers) == [200, 404]


async def test_a_roster_is_published_or_a_seat_left_but_not_both(world: World) -> None:
    await templated(world)
    roster = await drafted(world)
    (shift,) = await shifts(world, roster)
    await seated(world, shift)
    leave = world.client.delete(f"/v1/shifts/{shift['id']}/seats/M1", headers=world.who(DISPATCHER))
    answers = await asyncio.gather(world.post(DISPATCHER, f"{ROSTERS}/{roster['id']}/publish"), leave)
    assert [answer.status_code for answer in answers] in ([200, 422], [409, 200])
