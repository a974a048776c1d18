"""A client that others wrote reads a real server in both formats; floods and retries meet a real database."""

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest
from georeport import GeoReport
from sqlalchemy import func, select

from app.core.db import Database
from app.exchange.open311.models import ServiceRequest
from app.identity.access import Doorman
from app.incident.models import Incident
from tests import make
from tests.exchange import page
from tests.exchange.conftest import key_of, offer
from tests.exchange.open311.citizen import Citizen
from tests.hands import Hands
from tests.serving import serving

pytestmark = [pytest.mark.slow, pytest.mark.timeout(200)]


@pytest.fixture
async def app(own_client: httpx.AsyncClient, own_db: Database) -> Citizen:
    """A channel of a town whose commits stay."""
    async with own_db.write() as session:
        town = await make.town(session)
    await offer(own_db, town)
    hands = Hands(own_client, town, Doorman(own_db.settings, own_db))
    return Citizen(own_client, await key_of(hands))


async def test_the_client_finds_services_and_follows_a_request(
    app: Citizen, own_db: Database, unused_tcp_port: int, tmp_path: Path
) -> None:
    async with serving(own_db.settings.database_url, unused_tcp_port) as (_, address):
        async with httpx.AsyncClient(base_url=address) as client:
            number = await Citizen(client, app.key).report()
        for form in ("json", "xml"):
            await asyncio.to_thread(_follow, GeoReport(f"{address}/open311/v2", "D", output_format=form), number)
        printed = await page.run("open311.md", tmp_path, address, app.key or "", "0.2")
    assert printed.splitlines()[0] == "E0406 E0406"
    assert printed.splitlines()[-1] == "open None"


def _follow(client: GeoReport, number: str) -> None:
    services: list[dict[str, Any]] = client.get_service_list()
    assert [one["service_code"] for one in services] == ["E0110", "E0406", "E0497"]
    definition: Any = client.get_service_definition("E0110")
    assert definition["service_code"] == "E0110"
    requests: Any = client.get_service_requests(service_code="E0406", status="open")
    listed = requests if isinstance(requests, list) else [requests]
    assert [one["service_request_id"] for one in listed] == [number]
    assert client.get_service_request(number)["status"] == "open"


async def test_fifty_copies_at_once_are_one_report(app: Citizen, own_db: Database) -> None:
    copies = await asyncio.gather(*(_retried(app, description="一次") for _ in range(50)))
    assert len({copy.content for copy in copies}) == 1
    async with own_db.read() as session:
        assert await session.scalar(select(func.count()).select_from(Incident)) == 1
        assert await session.scalar(select(func.count()).select_from(ServiceRequest)) == 1


async def _retried(app: Citizen, **said: Any) -> httpx.Response:
    """Send until it is taken, as apps do."""
    for patience in range(100):
        answer = await app.post(**said)
        if answer.status_code != 503:
            break
        await asyncio.sleep(0.01 * patience)
    assert answer.status_code == 201, answer.text
    return answer


async def test_a_flood_waits_at_the_gate_and_officers_do_not(app: Citizen, own_db: Database) -> None:
    flood = [asyncio.create_task(app.post(description=str(n))) for n in range(120)]
    await asyncio.sleep(0)
    async with own_db.write_lane() as lane:
        assert await lane.fetchrow("SELECT 1") is not None
    answers = {(await one).status_code for one in flood}
    assert answers <= {201, 503}
