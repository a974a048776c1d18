"""The district with devices in it."""

import httpx
import pytest
from fastapi import FastAPI

from app.core.db import Database
from app.patrol.ingest.access import Terms
from tests.patrol.ingest.devices import Devices
from tests.roster import world as small


@pytest.fixture
async def devices(api: FastAPI, db: Database, client: httpx.AsyncClient) -> Devices:
    """PA is on duty; a phone of its leader is registered, and nobody has sent anything."""
    api.state.terms = Terms(db.settings.track_keep_days)
    return await Devices.of(await small.make(api, client, db))
