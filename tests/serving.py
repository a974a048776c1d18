"""A real server for tests: a process of its own that answers on a port of its own."""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from tests.conftest import SECRET

START_S = 100


@asynccontextmanager
async def serving(database_url: str, port: int) -> AsyncIterator[tuple[Process, str]]:
    """A process that serves a database, and its address; killed at the end, if it still runs."""
    given = {
        "DATABASE_URL": database_url,
        "LIANQIN_SECRET": SECRET,
        "LIANQIN_UNSAFE_DATABASE": "true",
        "PORT": str(port),
    }
    command = (sys.executable, "-m", "app.cli", "serve")
    process = await asyncio.create_subprocess_exec(*command, env=os.environ | given, stderr=PIPE)
    address = f"http://127.0.0.1:{port}"
    try:
        await _answers(address)
        yield process, address
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def _answers(address: str) -> None:
    async with asyncio.timeout(START_S), httpx.AsyncClient() as client:
        while True:
            try:
                await client.get(f"{address}/livez")
            except httpx.TransportError:
                await asyncio.sleep(0.1)
            else:
                return
