"""A real server: what goes over the wire, and that it stops though somebody listens."""

import signal
import time
from asyncio.subprocess import Process
from collections.abc import AsyncIterator

import httpx
import pytest

from tests.serving import serving
from tests.stream.conftest import PATIENCE_S, Live

pytestmark = pytest.mark.slow


@pytest.fixture
async def server(live: Live, unused_tcp_port: int) -> AsyncIterator[tuple[Process, str]]:
    """A process that serves the district, and its address."""
    async with serving(live.world.database.settings.database_url, unused_tcp_port) as served:
        yield served


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
