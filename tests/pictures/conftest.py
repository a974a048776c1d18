"""The demo district with things happening in it, on a real server, for whatever draws maps."""

import asyncio
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import NamedTuple

import httpx
import pytest

from app.core.db import Database
from app.identity.access import Doorman
from seed import sow_into
from tests import databases, make
from tests.conftest import settings_of
from tests.hands import Hands
from tests.pictures import scene
from tests.serving import serving


class Demo(NamedTuple):
    """A server, what must be seen there, and hands to do something more."""

    address: str
    scene: scene.Scene
    hands: Hands


@asynccontextmanager
async def listening(server: Process) -> AsyncIterator[None]:
    """Hears what a server says, a line a tile: it would stop when nobody did."""
    assert server.stderr is not None
    hearing = asyncio.create_task(server.stderr.read())
    try:
        yield
    finally:
        hearing.cancel()


@pytest.fixture(scope="module")
async def demo(
    template: str, tmp_path_factory: pytest.TempPathFactory, unused_tcp_port_factory: Callable[[], int]
) -> AsyncIterator[Demo]:
    """The district, made for all pictures of a page; gone with them, so that nothing else shares a server with it."""
    async with databases.copied(template, "pictured") as url:
        settings = settings_of(url, tmp_path_factory.mktemp("pictured"))
        database = Database(settings)
        assert await sow_into(database, "a password for pictures")
        await database.open()
        try:
            await scene.walked(database)
            async with (
                serving(url, unused_tcp_port_factory()) as (server, address),
                httpx.AsyncClient(base_url=address, timeout=30) as client,
                listening(server),
            ):
                hands = Hands(client, make.Town(), Doorman(settings, database))
                yield Demo(address, await scene.happened(database, hands), hands)
        finally:
            await database.close()
