"""The district that tests about safety stand on."""

import httpx
import pytest
from fastapi import FastAPI

from app.core.db import Database
from tests.roster import world as small
from tests.roster.world import World


@pytest.fixture
async def world(api: FastAPI, db: Database, client: httpx.AsyncClient) -> World:
    """The district, taken back after the test."""
    return await small.make(api, client, db)


@pytest.fixture
async def racing(api: FastAPI, own_db: Database, own_client: httpx.AsyncClient) -> World:
    """The district on a database where transactions race."""
    return await small.make(api, own_client, own_db)
