"""The ground every test stands on: a migrated PostGIS database, taken back after each test or made for one alone."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import get_args

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from app.core.db import Database
from app.core.settings import Adapter, Settings
from app.identity.access import Doorman
from app.main import create_app
from app.patrol.gathering import Gatherer
from tests import databases, make
from tests.hands import Hands

SECRET = "for tests only, long enough to sign"


@pytest.fixture(scope="session")
def template() -> Iterator[str]:
    """The address of this worker's template, on a server of its own.

    Of its own, because a log is settled only when no older transaction runs in the whole server.
    """
    server = databases.Server()
    try:
        yield server.template()
    finally:
        server.stop()


@pytest.fixture(scope="session")
async def database(template: str) -> AsyncIterator[str]:
    """The address of a migrated database for every test that takes back what it did."""
    async with databases.copied(template, "shared") as url:
        yield url


@pytest.fixture(scope="session")
def settings(database: str, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The settings of a process on this worker's database."""
    return settings_of(database, tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="session")
async def engine(settings: Settings) -> AsyncIterator[AsyncEngine]:
    """This worker's connections."""
    engine = create_async_engine(settings.database_url, json_deserializer=databases.JSON)
    yield engine
    await engine.dispose()


@pytest.fixture
async def db(settings: Settings, engine: AsyncEngine) -> AsyncIterator[Database]:
    """A database on which everything happens in one transaction that is taken back after the test.

    One connection: no races here, `now()` stands still, and the log has no settled rows. For those, take `own_db`.
    """
    async with engine.connect() as connection, connection.begin() as outer:
        yield await databases.Undone.on(connection, settings)
        await outer.rollback()


@pytest.fixture(scope="session")
def api(settings: Settings) -> FastAPI:
    """The application, made once: what it remembers of a database is replaced for each test."""
    return create_app(settings)


@pytest.fixture
async def client(api: FastAPI, db: Database) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the application on `db`."""
    async with _client(api, db) as client:
        yield client


@pytest.fixture
async def own_db(template: str, tmp_path: Path) -> AsyncIterator[Database]:
    """A real database for this test alone: commits stay, connections race, the clock runs."""
    async with databases.copied(template, "own") as url:
        database = Database(settings_of(url, tmp_path))
        await database.open()
        yield database
        await database.close()


@pytest.fixture
async def own_client(api: FastAPI, own_db: Database) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the application on `own_db`."""
    async with _client(api, own_db) as client:
        yield client


@asynccontextmanager
async def _client(api: FastAPI, database: Database) -> AsyncIterator[httpx.AsyncClient]:
    api.state.database = database
    api.state.doorman = Doorman(database.settings, database)
    api.state.gatherer = Gatherer(database)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(api), base_url="http://test") as client:
        yield client


def settings_of(url: str, data_dir: Path) -> Settings:
    """The settings of a process on this database."""
    return Settings.model_validate(
        {
            "database_url": url,
            "secret": SECRET,
            "data_dir": data_dir,
            "unsafe_database": True,
            "ingest": get_args(Adapter),
        }
    )


@pytest.fixture
async def town(db: Database) -> make.Town:
    """The small town of `make`."""
    async with db.write() as session:
        return await make.town(session)


@pytest.fixture
def hands(client: httpx.AsyncClient, town: make.Town, api: FastAPI) -> Hands:
    """The town's people at their screens and phones."""
    return Hands(client, town, api.state.doorman)
