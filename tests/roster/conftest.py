"""The district that tests about duty stand on."""

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
