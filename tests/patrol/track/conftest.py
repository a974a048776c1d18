"""The district that tests about tracks stand on."""

import httpx
import pytest
from fastapi import FastAPI

from app.core.db import Database
from tests.patrol.fixes import fix, send
from tests.roster import world as small
from tests.roster.world import World


@pytest.fixture
async def world(api: FastAPI, db: Database, client: httpx.AsyncClient) -> World:
    """The district, taken back after the test; PA is on duty and has sent four fixes, of which one is far off."""
    made = await small.make(api, client, db)
    await made.on_duty()
    await send(made, fix(40, 118.6), fix(30, 118.601, accuracy_m=5), fix(20, 119.6), fix(10, 118.603))
    return made
