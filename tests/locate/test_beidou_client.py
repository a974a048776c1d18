"""The client of the page looks up a code at a real server."""

import re
from pathlib import Path

import httpx
import pytest

from app.core.beidou import decode, encode
from app.core.db import Database
from app.core.geo import LonLat
from app.identity.access import Doorman
from tests import make
from tests.exchange import page
from tests.exchange.conftest import key_of
from tests.hands import Hands
from tests.serving import serving

pytestmark = [pytest.mark.slow, pytest.mark.timeout(200)]


@pytest.fixture
async def hands(own_client: httpx.AsyncClient, own_db: Database) -> Hands:
    """A town whose commits stay."""
    async with own_db.write() as session:
        town = await make.town(session)
    return Hands(own_client, town, Doorman(own_db.settings, own_db))


async def test_the_client_of_the_page_looks_up_a_code(
    hands: Hands, own_db: Database, unused_tcp_port: int, tmp_path: Path
) -> None:
    key = await key_of(hands, "street1.dispatcher", "ground:read")
    code = encode(LonLat(*make.A1))
    async with serving(own_db.settings.database_url, unused_tcp_port) as (_, address):
        printed = await page.run("beidou.md", tmp_path, address, key, f"{code[:4].lower()}-{code[4:]}")
    first, middle, cell, *_ = printed.splitlines()
    assert re.fullmatch(rf"{code} \(unofficial 非官方\): \d\.\d x 7\.7 m", first)
    assert middle == "middle {:.6f} {:.6f}".format(*decode(code).centre)
    assert cell.startswith("cell ")
    assert "none" not in cell
