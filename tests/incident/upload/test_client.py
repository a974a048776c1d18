"""The client of docs/evidence.md, run against a real server over a network that is cut again and again."""

import asyncio
import os
import random
import re
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import httpx
import pytest
from PIL import Image

from app.core.db import Database
from app.identity.access import Doorman
from tests import make
from tests.hands import Hands
from tests.serving import serving

ROOT = Path(__file__).parents[3]
LONGEST = 60
pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def client_of(page: str) -> str:
    """The client that a page of the documents shows."""
    [shown] = re.findall(r"^```python\n(.*?)^```$", (ROOT / "docs" / page).read_text(), re.MULTILINE | re.DOTALL)
    return str(shown)


class BadNetwork:
    """Carries bytes to a server and cuts each connection after some; later ones carry more, so that there is an end."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.cuts = 0
        self.chance = random.Random(20261128)

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry one connection."""
        with suppress(OSError):
            there, back = await asyncio.open_connection("127.0.0.1", self.port)
            left = self.chance.randint(2_000, 60_000) * (1 + self.cuts // 3)
            ways = [self._carry(reader, back, left), self._carry(there, writer, 1 << 40)]
            tasks = [asyncio.create_task(way) for way in ways]
            _, going = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in going:
                task.cancel()
            back.close()
        writer.close()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, left: int) -> None:
        with suppress(OSError):
            while piece := await reader.read(min(left, 4096)):
                writer.write(piece)
                await writer.drain()
                left -= len(piece)
                if left <= 0:
                    self.cuts += 1
                    return


@asynccontextmanager
async def cut_off(port: int, behind: int) -> AsyncIterator[BadNetwork]:
    """A bad network on a port, in front of a server on another."""
    network = BadNetwork(behind)
    server = await asyncio.start_server(network, "127.0.0.1", port)
    async with server:
        yield network


def noise(path: Path) -> bytes:
    """A picture that cannot be made smaller."""
    chance = random.Random(7)
    Image.frombytes("RGB", (400, 300), chance.randbytes(400 * 300 * 3)).save(path, "PNG")
    return path.read_bytes()


async def test_the_client_of_the_page_sends_a_picture_over_a_network_that_is_cut_and_a_server_that_dies(
    own_db: Database, tmp_path: Path, unused_tcp_port_factory: "object", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIANQIN_DATA_DIR", str(tmp_path / "data"))
    ports = [unused_tcp_port_factory() for _ in range(2)]  # type: ignore[operator]
    async with own_db.write() as session:
        town = await make.town(session)
    door = Doorman(own_db.settings, own_db)
    content = noise(tmp_path / "one.png")
    script = tmp_path / "send.py"
    script.write_text(client_of("evidence.md"))
    assert len(script.read_text().splitlines()) <= LONGEST

    url = own_db.settings.database_url
    async with cut_off(ports[0], ports[1]) as network:
        async with serving(url, ports[1]) as (_, address), httpx.AsyncClient(base_url=address) as client:
            incident = await Hands(client, town, door).report()
            given = os.environ | {
                "API": f"http://127.0.0.1:{ports[0]}",
                "TOKEN": door.access_token(town.accounts["patrol1.member"]),
            }
            command = (sys.executable, str(script), incident["id"], "after", str(tmp_path / "one.png"))
            sending = await asyncio.create_subprocess_exec(*command, env=given, stdout=PIPE, stderr=PIPE)
            while network.cuts < 3:  # noqa: ASYNC110  # it has no event of its own
                await asyncio.sleep(0.02)
        # the server was killed in the middle; another one takes over
        async with serving(url, ports[1]) as (_, address), httpx.AsyncClient(base_url=address) as client:
            printed, complaint = await sending.communicate()
            assert (sending.returncode, complaint.decode()) == (0, "")
            hands = Hands(client, town, door)
            listed = (await hands.get("street1.acceptor", f"/v1/incidents/{incident['id']}/evidence")).json()["items"]
            assert [f"/v1/evidence/{one['id']}" for one in listed] == printed.decode().split()
            path = f"/v1/evidence/{listed[0]['id']}/original"
            original = await hands.get("street1.shift_leader", path, purpose="is it whole")
            assert original.content == content
    assert network.cuts >= 3
