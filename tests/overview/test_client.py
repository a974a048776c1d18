"""The client on the page about the stream is short, and keeps its board though servers come and go."""

import asyncio
import re
import threading
from contextlib import suppress
from pathlib import Path
from types import ModuleType

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from app.core.db import Database
from app.identity import service
from tests import make
from tests.hands import Hands
from tests.serving import serving

PAGE = (Path(__file__).parents[2] / "docs" / "stream.md").read_text()
[CODE] = re.findall(r"<!-- client -->\n```python\n(.*?)```", PAGE, re.DOTALL)
WHO, PASSWORD, PATIENCE_S = "street1.dispatcher", "a password for consoles", 30


def test_it_is_short() -> None:
    assert len(CODE.splitlines()) <= 60


@pytest.fixture
async def hands(own_db: Database, own_client: httpx.AsyncClient, api: FastAPI) -> Hands:
    """The town, with a password for one."""
    async with own_db.write() as session:
        town = await make.town(session)
        hashed = {"hash": await service._hash(PASSWORD), "id": town.accounts[WHO]}
        await session.execute(text("UPDATE account SET password_hash = :hash WHERE id = :id"), hashed)
    return Hands(own_client, town, api.state.doorman)


async def _same(hands: Hands, console: ModuleType) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while True:
            items = (await hands.get(WHO, "/v1/board", limit=1000)).json()["items"]
            if console.board == {(one["kind"], one["id"]): one["item"] for one in items}:
                return
            await asyncio.sleep(0.2)


@pytest.mark.slow
async def test_it_keeps_its_board_though_the_server_is_another(
    own_db: Database, hands: Hands, unused_tcp_port: int
) -> None:
    console = ModuleType("console")
    exec(compile(CODE.replace('wait_s = "", 3.0', 'wait_s = "", 0.2'), "docs/stream.md", "exec"), console.__dict__)  # noqa: S102  # what the page shows
    client = httpx.Client(base_url=f"http://127.0.0.1:{unused_tcp_port}")

    def keep() -> None:
        with suppress(RuntimeError):  # its client is closed at the end of the test
            console.keep(client, WHO, PASSWORD)

    thread = threading.Thread(target=keep, daemon=True)
    url = own_db.settings.database_url
    async with serving(url, unused_tcp_port):
        thread.start()
        incident = await hands.dispatched()
        await _same(hands, console)
        assert ("incident", incident["id"]) in console.board
    await hands.moved(WHO, incident, "recall", reason="other plans")
    async with serving(url, unused_tcp_port):
        await hands.report()
        await _same(hands, console)
    client.close()  # noqa: ASYNC212  # another thread's
    await asyncio.to_thread(thread.join, PATIENCE_S)
