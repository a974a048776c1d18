"""A real server: what goes over the wire, and that it stops though somebody listens."""

import asyncio
import os
import signal
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator

import httpx
import pytest

from tests.conftest import SECRET
from tests.stream.conftest import PATIENCE_S, Live

pytestmark = pytest.mark.slow
START_S = 60


@pytest.fixture
async def server(live: Live, unused_tcp_port: int) -> AsyncIterator[tuple[Process, str]]:
    """A process that serves the district, and its address."""
    given = {
        "DATABASE_URL": live.world.database.settings.database_url,
        "LIANQIN_SECRET": SECRET,
        "LIANQIN_UNSAFE_DATABASE": "true",
        "PORT": str(unused_tcp_port),
    }
    command = (sys.executable, "-m", "app.cli", "serve")
    process = await asyncio.create_subprocess_exec(*command, env=os.environ | given, stderr=PIPE)
    address = f"http://127.0.0.1:{unused_tcp_port}"
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


async def test_events_reach_a_client_and_the_server_stops_within_two_seconds(
    live: Live, server: tuple[Process, str]
) -> None:
    process, address = server
    lines: list[str] = []
    async with (
        httpx.AsyncClient(timeout=PATIENCE_S) as client,
        client.stream("GET", f"{address}/v1/stream", headers=live.world.who("a_dispatcher")) as answer,
    ):
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert (answer.headers["x-accel-buffering"], answer.headers["cache-control"]) == ("no", "no-store")
        await live.say(1)
        async for line in answer.aiter_lines():
            lines.append(line)
            if line.startswith("data:"):
                asked = time.monotonic()
                process.send_signal(signal.SIGTERM)
    await process.wait()
    assert time.monotonic() - asked < 2
    assert lines[0] == "retry: 3000"
    assert "event: incident.reported" in lines
    assert lines[-3:] == [": the service is stopping", "retry: 3000", ""]
    assert b"Traceback" not in (await process.communicate())[1]


async def test_without_a_token_there_is_no_stream(live: Live, server: tuple[Process, str]) -> None:
    async with httpx.AsyncClient() as client:
        answer = await client.get(f"{server[1]}/v1/stream")
    assert (answer.status_code, answer.headers["content-type"]) == (401, "application/problem+json")
