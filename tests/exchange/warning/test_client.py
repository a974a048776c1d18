"""The client of the page brings a message to a real server and reads what a centre warns of."""

from pathlib import Path

import httpx
import pytest

from app.core.db import Database
from app.identity.access import Doorman
from tests import make
from tests.exchange import page
from tests.exchange.conftest import key_of
from tests.exchange.warning.test_own import STORM, issued
from tests.exchange.warning.test_received import cap
from tests.hands import Hands
from tests.serving import serving

pytestmark = [pytest.mark.slow, pytest.mark.timeout(200)]


async def test_the_client_of_the_page_brings_and_reads(
    own_client: httpx.AsyncClient, own_db: Database, unused_tcp_port: int, tmp_path: Path
) -> None:
    async with own_db.write() as session:
        town = await make.town(session)
    hands = Hands(own_client, town, Doorman(own_db.settings, own_db))
    await issued(hands)
    key = await key_of(hands, "channel", "warnings:bring")
    (tmp_path / "message.xml").write_text(cap())
    async with serving(own_db.settings.database_url, unused_tcp_port) as (_, address):
        printed = await page.run("warnings.md", tmp_path, address, key, str(tmp_path / "message.xml"))
    assert printed.splitlines() == [
        "w1 issued A",
        f"zh-CN 暴雨 Severe {STORM['headline']}",
        "en Rainstorm Severe Heavy rain tonight",
    ]
