"""The time of the small town."""

import httpx
import pytest
from fastapi import FastAPI

from app.core.db import Database
from tests import make
from tests.command.timer.passing import Time
from tests.hands import Hands


@pytest.fixture
def time(hands: Hands, db: Database) -> Time:
    """It passes when told to."""
    return Time(hands, db)


@pytest.fixture
async def crowd(own_client: httpx.AsyncClient, own_db: Database, api: FastAPI) -> Hands:
    """The town's people on a database where transactions race."""
    async with own_db.write() as session:
        town = await make.town(session)
    return Hands(own_client, town, api.state.doorman)


@pytest.fixture
def own_time(crowd: Hands, own_db: Database) -> Time:
    """The crowd's time."""
    return Time(crowd, own_db)
