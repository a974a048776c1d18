"""Made-up worlds in one committed database, and everybody in them.

`LEAK_WORLDS` says how many worlds (3 in CI), `LEAK_SEED` where they begin; what fails names the seed of its world.
"""

import logging
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
import structlog
from fastapi import FastAPI

from app.core.db import Database
from app.identity.access import Doorman
from tests import databases
from tests.conftest import settings_of
from tests.leaks.asking import ASKED, Caller
from tests.leaks.happening import build
from tests.leaks.making import Maker
from tests.leaks.things import World

FIRST, WORLDS, TOGETHER = int(os.environ.get("LEAK_SEED", "1")), int(os.environ.get("LEAK_WORLDS", "3")), 6
BATCHES = [range(at, min(at + TOGETHER, FIRST + WORLDS)) for at in range(FIRST, FIRST + WORLDS, TOGETHER)]


class Site(NamedTuple):
    """Worlds that share a database, each foreign to the others."""

    database: Database
    worlds: list[World]


@pytest.fixture(scope="session", params=BATCHES, ids=lambda seeds: f"seeds-{seeds[0]}-{seeds[-1]}")
async def site(
    request: pytest.FixtureRequest, template: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Site]:
    """A database with some worlds in it."""
    async with databases.copied(template, "leaks") as url:
        data: Path = tmp_path_factory.mktemp("leaks")
        database = Database(settings_of(url, data))
        await database.open()
        worlds = [Maker(seed).make() for seed in request.param]
        async with database.write() as session:
            for world in worlds:
                await build(session, world)
        yield Site(database, worlds)
        await database.close()


@pytest.fixture(scope="session", autouse=True)
def _count() -> Iterator[None]:
    """Say at the end how much was asked (shown with `-s`)."""
    yield
    print(f"\n{WORLDS} worlds from seed {FIRST}: {ASKED.total():,} requests")  # noqa: T201  # the figure of a long run


@pytest.fixture(scope="module", autouse=True)
def _quiet(api: FastAPI) -> Iterator[None]:  # it says how lines are written; this comes after
    """No line of the log a request: there are thousands, and a finding says what was asked."""
    before = structlog.get_config()
    # Not kept by a logger that is used here first: other tests of this process listen to it later.
    quiet = structlog.make_filtering_bound_logger(logging.CRITICAL)
    structlog.configure(wrapper_class=quiet, cache_logger_on_first_use=False)
    yield
    structlog.configure(**before)


@pytest.fixture(scope="session")
def everybody(api: FastAPI, site: Site) -> list[Caller]:
    """Everybody of every world."""
    api.state.doorman = Doorman(site.database.settings, site.database)
    return [Caller(api, site.worlds, world, account) for world in site.worlds for account in world.accounts]


@pytest.fixture
def callers(api: FastAPI, site: Site, everybody: list[Caller]) -> list[Caller]:
    """Everybody, with nothing found yet."""
    api.state.database = site.database
    api.state.doorman = Doorman(site.database.settings, site.database)
    for caller in everybody:
        caller.leaks.clear()
    return everybody
