"""The receiver of docs/webhooks.md is run as it stands there: it takes what is genuine, once, and nothing else."""

import asyncio
import os
import re
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

import httpx
import pytest

from tests.exchange.webhook.conftest import Site

PAGE = (Path(__file__).parents[3] / "docs" / "webhooks.md").read_text()
LINES = 60


def receiver() -> str:
    [code] = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    return str(code)


async def listens(port: int) -> None:
    async with asyncio.timeout(30):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.1)
            else:
                writer.close()
                return


@pytest.mark.slow
async def test_the_receiver_of_the_page_takes_each_genuine_message_once(site: Site, unused_tcp_port: int) -> None:
    assert len(receiver().splitlines()) <= LINES
    url = f"http://127.0.0.1:{unused_tcp_port}/lianqin"
    made = await site.hook(url)
    given = os.environ | {"WEBHOOK_SECRET": made["secret"], "WEBHOOK_PORT": str(unused_tcp_port)}
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", receiver(), env=given, stdout=PIPE)
    try:
        await listens(unused_tcp_port)
        incident = await site.hands.report()
        await site.send()
        await site.hands.post("admin", f"/v1/webhooks/{made['id']}/replay", {"after": "0-0"})
        await site.say(1)
        await site.send()
        assert set(await site.states()) == {"delivered"}
        async with httpx.AsyncClient() as stranger:
            headers = {"webhook-id": "1-1", "webhook-timestamp": "1", "webhook-signature": "v1,AAAA"}
            assert (await stranger.post(url, headers=headers, content=b"{}")).status_code == 401
    finally:
        process.kill()
        said, _ = await process.communicate()
    lines = said.decode().splitlines()
    assert lines[0] == f"incident.report {incident['id']}"
    assert [line.split()[0] for line in lines] == ["incident.report", "grid.said"]
