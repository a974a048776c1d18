"""The client of the page brings tickets to a real server; the same ticket many times at once is one incident."""

import asyncio
import json
from pathlib import Path

import httpx
import pytest
from sqlalchemy import func, select

from app.core.db import Database
from app.identity.access import Doorman
from app.incident.models import Incident
from tests import make
from tests.exchange import page
from tests.exchange.conftest import key_of
from tests.exchange.feed.test_tickets import MAPPING, send, ticket
from tests.hands import Hands
from tests.serving import serving

pytestmark = [pytest.mark.slow, pytest.mark.timeout(200)]
FEED = {"code": "hotline", "name": "12345", "centre": "D", "account": "channel", "mapping": MAPPING}


@pytest.fixture
async def hotline(own_client: httpx.AsyncClient, own_db: Database) -> Hands:
    """A town with a feed, whose commits stay."""
    async with own_db.write() as session:
        town = await make.town(session)
    hands = Hands(own_client, town, Doorman(own_db.settings, own_db))
    assert (await hands.post("admin", "/v1/feeds", FEED)).status_code == 201
    return hands


async def test_the_client_of_the_page_brings_tickets(
    hotline: Hands, own_db: Database, unused_tcp_port: int, tmp_path: Path
) -> None:
    (tmp_path / "tickets.json").write_text(json.dumps([ticket(), ticket("T-2", at=None), ticket()]))
    key = await key_of(hotline)
    async with serving(own_db.settings.database_url, unused_tcp_port) as (_, address):
        printed = await page.run("feeds.md", tmp_path, address, key, "hotline", str(tmp_path / "tickets.json"))
    assert [line.strip() for line in printed.splitlines()] == [
        "T-1 filed",
        "T-2 quarantined at.0: is not a coordinate in degrees.",
        "T-1 known",
        "T-1 open",
        "T-1 open",
    ]


async def test_the_same_ticket_many_times_at_once_is_one_incident(hotline: Hands, own_db: Database) -> None:
    batches = [send(hotline, "/v1/feeds/hotline", *(ticket(f"T-{n}") for n in range(4))) for _ in range(10)]
    taken = [one for batch in await asyncio.gather(*batches) for one in batch]
    assert sorted({one["result"] for one in taken}) == ["filed", "known"]
    assert sum(one["result"] == "filed" for one in taken) == 4
    async with own_db.read() as session:
        assert await session.scalar(select(func.count()).select_from(Incident)) == 4
