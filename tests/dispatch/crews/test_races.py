"""Signing off while an assignment is being given."""

import asyncio

import httpx
from fastapi import FastAPI

from app.core.db import Database
from tests.dispatch.crews.test_patrols_on_duty import assign
from tests.roster import world as small


async def test_an_assignment_being_given_now_keeps_the_patrol_on_duty(
    api: FastAPI, own_db: Database, own_client: httpx.AsyncClient
) -> None:
    world = await small.make(api, own_client, own_db)
    made = await world.on_duty()
    async with own_db.write() as session:
        await assign(world, session, is_active=True)
        off = asyncio.create_task(world.post("a_leader", f"/v1/shifts/{made['id']}/sign-off"))
        await asyncio.sleep(0.3)
        assert not off.done()
    assert (await off).json()["type"] == "/problems/still-assigned"
