"""The client of docs/sync.md against a real server whose connections are cut: nothing is lost or done twice."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update

from app.core.db import Database
from app.core.ids import uuid7
from app.identity.models import Account
from app.identity.service import HASHER
from app.incident.history.models import IncidentNote
from app.incident.models import Incident
from tests import databases, make
from tests.conftest import settings_of
from tests.hands import report_body
from tests.serving import serving

PAPER = Path(__file__).parents[2] / "docs" / "sync.md"
PASSWORD = "a password for a phone"
WHO, LINES = "patrol1.leader", 60
SLICE = 900
"""Bytes that pass at a time."""


def client() -> str:
    """The client on the page."""
    [block] = re.findall(r"^```python\n(.*?)^```$", PAPER.read_text(), re.MULTILINE | re.DOTALL)
    assert len(block.splitlines()) <= LINES
    return str(block)


class Wire:
    """A bad link to an address: after so many bytes, in either direction, a connection is gone."""

    def __init__(self, port: int) -> None:
        self.port, self.cuts, self._lasts = port, 0, 0

    def _next_life(self) -> int:
        """How long the next connection lasts: short ones first, then longer ones, so that all gets through one day."""
        self._lasts += 1
        return 700 * self._lasts

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        there, back = await asyncio.open_connection("127.0.0.1", self.port)
        left = [self._next_life()]
        ways = (self._one_way(reader, back, left), self._one_way(there, writer, left))
        with suppress(ConnectionError):
            await asyncio.gather(*ways)
        for end in (writer, back):
            end.transport.abort()

    async def _one_way(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, left: list[int]) -> None:
        while part := await source.read(min(SLICE, max(left[0], 1))):
            left[0] -= len(part)
            sink.write(part)
            await sink.drain()
            if left[0] <= 0:
                self.cuts += 1
                raise ConnectionResetError


@asynccontextmanager
async def bad_link(address: str, port: int) -> AsyncIterator[Wire]:
    """A port that leads to the address by a bad link."""
    wire = Wire(int(address.rpartition(":")[2]))
    server = await asyncio.start_server(wire.carry, "127.0.0.1", port)
    try:
        yield wire
    finally:
        server.close()


def use(phone: Any, filed: list[str]) -> dict[str, int]:
    """A shift with a phone: everything is noted first and sent later, twice over."""
    phone.catch_up()
    for id in filed:
        phone.do("incident.report", id, **report_body())
        phone.do("incident.note", id, note=f"note of {id}")
    assert list(phone.send()) == []
    phone.catch_up()
    rows = phone.sql("SELECT kind, count(*) FROM document GROUP BY kind").fetchall()
    return dict(rows)


@pytest.mark.slow
@pytest.mark.timeout(200)
async def test_the_client_of_the_page_loses_nothing_on_a_bad_link(
    template: str, tmp_path: Path, unused_tcp_port_factory: Any
) -> None:
    scope: dict[str, Any] = {}
    exec(compile(client(), str(PAPER), "exec"), scope)  # noqa: S102  # that is what is tested
    async with databases.copied(template, "phone") as url:
        database = Database(settings_of(url, tmp_path))
        async with database.write() as session:
            town = await make.town(session)
            hashed = update(Account).where(Account.id == town.accounts[WHO])
            await session.execute(hashed.values(password_hash=HASHER.hash(PASSWORD)))
        filed, port = [str(uuid7()) for _ in range(12)], unused_tcp_port_factory()
        async with serving(url, unused_tcp_port_factory()) as (_, address), bad_link(address, port) as wire:

            def shift() -> dict[str, int]:
                phone = scope["Phone"](tmp_path / "phone.db", f"http://127.0.0.1:{port}", WHO, PASSWORD)
                with phone.http:
                    return use(phone, filed)

            held = await asyncio.to_thread(shift)
        async with database.read() as session:
            incidents = set(map(str, await session.scalars(select(Incident.id))))
            notes = await session.scalar(select(func.count()).select_from(IncidentNote))
        await database.engine.dispose()
    assert wire.cuts > 5
    assert (incidents, notes) == (set(filed), len(filed))
    assert held == dict.fromkeys(("me", "settings", "workflow", "catalogue", "shift", "ground"), 1) | {"incident": 12}
