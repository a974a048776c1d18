"""What the tests of the organisation stand on."""

import httpx
import pytest
from fastapi import FastAPI

from app.core.db import Database
from tests.agency.town import Town


@pytest.fixture
async def town(api: FastAPI, db: Database, client: httpx.AsyncClient) -> Town:
    """Two jurisdictions, built anew for each test."""
    town = Town(db, client, api.state.doorman)
    await town.build()
    return town
