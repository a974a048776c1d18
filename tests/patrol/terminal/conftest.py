"""The district on a database of its own, and the open port for terminals."""

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI

from app.core.db import Database
from app.patrol.terminal.server import Listener
from tests.patrol.terminal.car import Yard
from tests.roster import world as small


@pytest.fixture
async def yard(api: FastAPI, own_db: Database, own_client: httpx.AsyncClient) -> AsyncIterator[Yard]:
    """PA is on duty, and its vehicle's terminal 13800000001 is registered."""
    world = await small.make(api, own_client, own_db)
    await world.on_duty()
    listener = Listener(own_db)
    yard = Yard(world, listener, await listener.open("127.0.0.1", 0))
    await yard.register_device()
    yield yard
    await yard.leave()
    await listener.close()
