"""The town's people with phones in their hands."""

import httpx
import pytest
from fastapi import FastAPI

from app.core.db import Database
from tests import make
from tests.hands import Hands
from tests.notice.conftest import Post
from tests.sync.phone import Phone


@pytest.fixture
def phone(hands: Hands) -> Phone:
    """The phone of the leader of patrol P-001."""
    return Phone(hands, "patrol1.leader")


@pytest.fixture
def post(db: Database, hands: Hands) -> Post:
    """The worker's part in telling people, at hand."""
    return Post(db, hands)


@pytest.fixture
async def own_hands(own_client: httpx.AsyncClient, own_db: Database, api: FastAPI) -> Hands:
    """The people of a town of its own, where what is done races and stays."""
    async with own_db.write() as session:
        town = await make.town(session)
    return Hands(own_client, town, api.state.doorman)
