"""Where tests get databases from: one throw-away server a worker, one migrated template, copies of it."""

import asyncio
import json
import os
import re
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Self

import asyncpg
from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app import migrating
from app.cluster import Cluster, obtain
from app.core.db import BulkLane, CursorLane, Database
from app.core.settings import Settings

ROOT = Path(__file__).parents[1]
FOLDER = "lianqin-test-"


class Server:
    """A server for one worker of a run; never the demo's data. Leftovers of runs that were killed go first."""

    def __init__(self) -> None:
        for left in Path(tempfile.gettempdir()).glob(f"{FOLDER}*"):
            owner = re.match(rf"{FOLDER}(\d+)-", left.name)
            if owner and not _runs(int(owner[1])):
                _throw_away(left)
        self.folder = Path(tempfile.mkdtemp(prefix=f"{FOLDER}{os.getpid()}-"))
        self.folder.chmod(0o755)  # root's server runs as another user
        self.server = obtain(self.folder, ROOT, unsafe=True)

    def template(self) -> str:
        """The address of a migrated database that nobody is connected to."""
        name = f"test_{os.getpid()}"
        url = self.server.up()
        asyncio.run(_execute(url, f"CREATE DATABASE {name}"))
        template = _named(url, name)
        migrating.migrate(template)
        return template

    def stop(self) -> None:
        """Throw it away; of a server that is not ours alone, only the template."""
        if not isinstance(self.server, Cluster) and (url := self.server.url()):
            asyncio.run(_execute(url, f"DROP DATABASE IF EXISTS test_{os.getpid()} WITH (FORCE)"))
        _throw_away(self.folder)


class JsonReader:
    """How a connection hands JSON over: parsed to sessions, as text to lanes, which in production have no codec."""

    as_text = False

    def __call__(self, text: str) -> object:
        """One value."""
        return text if self.as_text else json.loads(text)


JSON = JsonReader()


class Undone(Database):
    """A database whose every way in leads to one connection, inside a transaction that its owner takes back."""

    connection: AsyncConnection
    lane: asyncpg.Connection

    @classmethod
    async def on(cls, connection: AsyncConnection, settings: Settings) -> Self:
        """Lead sessions and lanes to this connection."""
        made = cls(settings)
        made.engine, made.connection = connection.engine, connection
        await connection.execute(text("SELECT 1"))  # the driver's transaction begins with the first statement
        made.lane = (await connection.get_raw_connection()).driver_connection
        return made

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncSession]:
        """As for real; the commit ends a savepoint."""
        async with AsyncSession(
            self.connection, expire_on_commit=False, join_transaction_mode="create_savepoint"
        ) as session:
            yield session
            await session.commit()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """As for real: the database refuses writes until the savepoint ends."""
        async with AsyncSession(self.connection, join_transaction_mode="create_savepoint") as session:
            await session.execute(text("SET LOCAL transaction_read_only = on"))
            yield session

    @asynccontextmanager
    async def position_lane(self) -> AsyncIterator[BulkLane]:
        """As for real, in a savepoint."""
        async with self.lane.transaction():
            before, JSON.as_text = JSON.as_text, True
            try:
                yield self.lane
            finally:
                JSON.as_text = before

    write_lane = read_lane = search_lane = position_lane

    @asynccontextmanager
    async def export_lane(self) -> AsyncIterator[CursorLane]:
        """As for real, in a savepoint."""
        async with self.position_lane():
            yield self.lane


@asynccontextmanager
async def copied(template: str, name: str) -> AsyncIterator[str]:
    """The address of a copy of the template, dropped at the end."""
    copy = f"{make_url(template).database}_{name}"
    server = _named(template, "postgres")
    await _execute(server, f"CREATE DATABASE {copy} TEMPLATE {make_url(template).database} STRATEGY file_copy")
    try:
        yield _named(template, copy)
    finally:
        await _execute(server, f"DROP DATABASE {copy} WITH (FORCE)")


async def _execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url.replace("+asyncpg", "", 1))
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def _named(url: str, database: str) -> str:
    return make_url(url).set(database=database).render_as_string(hide_password=False)


def _throw_away(folder: Path) -> None:
    Cluster(folder).reset()
    shutil.rmtree(folder, ignore_errors=True)


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
