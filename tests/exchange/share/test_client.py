"""The client of docs/sharing.md, run against a real server: it asks, is accepted, and sees what happens."""

import asyncio
import os
import re
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

import httpx
import pytest

from app.core.db import Database
from app.identity.access import Doorman
from app.identity.models import RoleGrant
from tests import make
from tests.exchange.share.conftest import GIVER
from tests.hands import Hands
from tests.serving import serving

PAGE = Path(__file__).parents[3] / "docs" / "sharing.md"
LONGEST = 60
ASKER = "street2.dispatcher"
pytestmark = [pytest.mark.slow, pytest.mark.timeout(200)]


def client() -> str:
    """The client that the page shows."""
    [shown] = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    assert len(shown.splitlines()) <= LONGEST
    return str(shown)


async def test_the_client_of_the_page_follows_what_is_shared(
    own_db: Database, tmp_path: Path, unused_tcp_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIANQIN_DATA_DIR", str(tmp_path / "data"))
    async with own_db.write() as session:
        town = await make.town(session)
        place = town.organisations["B"]
        session.add(RoleGrant(account_id=town.accounts[ASKER], role="shift_leader", organisation_id=place))
    door, script = Doorman(own_db.settings, own_db), tmp_path / "follow.py"
    await asyncio.to_thread(script.write_text, client())
    url = own_db.settings.database_url
    async with (
        serving(url, unused_tcp_port) as (_, address),
        httpx.AsyncClient(base_url=address) as answering,
    ):
        hands = Hands(answering, town, door)
        incident = await hands.report()
        more = {"API": address, "TOKEN": door.access_token(town.accounts[ASKER]), "EVERY_S": "0.1", "ROUNDS": "600"}
        command = (sys.executable, str(script), "A", "B", "A1")
        following = await asyncio.create_subprocess_exec(*command, env=os.environ | more, stdout=PIPE)
        assert following.stdout is not None
        try:
            share = (await following.stdout.readline()).decode().split()[1]
            path = f"/v1/shares/{share}/transitions"
            accepted = await hands.post(GIVER, path, {"action": "accept"}, 1)
            assert accepted.status_code == 200, accepted.text
            line = (await following.stdout.readline()).decode().split()
            assert line == [incident["number"], "A1-00", "reported"]
            await hands.moved("street1.acceptor", incident, "accept", category="E0406")
            assert (await following.stdout.readline()).decode().split()[2] == "accepted"
            read = (await hands.get(GIVER, f"/v1/shares/{share}/readings")).json()["items"]
            assert {one["actor"] for one in read} == {ASKER}
        finally:
            following.kill()
            await following.wait()
