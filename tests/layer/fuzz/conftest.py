"""A town of the fuzzer's own, on a database where commits stay, and a GIS client that asks it whatever it likes.

`FILTER_FUZZ` multiplies how much is tried.
"""

import asyncio
import os
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from types import SimpleNamespace

import pytest
from fastapi import FastAPI

from app.core.db import Database
from app.layer.workflow import COLLECTIONS
from app.main import create_app
from tests import databases, make
from tests.conftest import settings_of
from tests.contract.asking import Answer, Request, ask
from tests.layer.fuzz.population import BEGIN, UNTIL, Populating
from tests.layer.reading import row_of

SEED = 20261128
TIMES = int(os.environ.get("FILTER_FUZZ", "1"))
WHO = "district.dispatcher"
PERIOD = f"{BEGIN.isoformat()}/{UNTIL.isoformat()}".replace("+00:00", "Z")
OF_PERIODS = ("coverage", "hot_cells")


def always(collection: str) -> list[tuple[str, str]]:
    """What is asked of a collection each time, so that it stays as it is."""
    return [("datetime", PERIOD)] if collection in OF_PERIODS else []


class Client:
    """Somebody who asks and is answered, from tests that are no coroutines."""

    def __init__(self, runner: asyncio.Runner, api: FastAPI, town: make.Town) -> None:
        self.runner, self.api = runner, api
        self.token = f"Bearer {api.state.doorman.access_token(town.accounts[WHO])}".encode()
        self.asked = 0

    def get(self, path: str, query: Sequence[tuple[str, str]] = (), **headers: bytes) -> Answer:
        """An answer below `/ogc/collections`."""
        self.asked += 1
        sent = [("authorization", self.token), *((name.replace("_", "-"), value) for name, value in headers.items())]
        return self.runner.run(ask(self.api, Request("get", f"/ogc/collections/{path}", query, sent)))

    @cached_property
    def rows(self) -> dict[str, dict[str, SimpleNamespace]]:
        """Every feature of every collection by its id: its properties, and its geometry."""
        found = {}
        for one in COLLECTIONS.values():
            features = self.get(f"{one.id}/items", [("limit", "1000"), *always(one.id)]).json()["features"]
            found[one.id] = {each["id"]: row_of(one, each) for each in features}
            assert len(found[one.id]) > 2, one.id
        return found


@pytest.fixture(scope="module")
def client(template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:  # of this folder alone
    """The client, who sees all of the town."""
    with asyncio.Runner() as runner:
        copied = databases.copied(template, "filtered")
        api = create_app(settings_of(runner.run(copied.__aenter__()), Path(tmp_path_factory.mktemp("filtered"))))
        database: Database = api.state.database

        async def opening() -> make.Town:
            await database.open()
            async with database.write() as session:
                town = await make.town(session)
                await Populating(town, SEED).everything(session)
            return town

        yield Client(runner, api, runner.run(opening()))
        runner.run(database.close())
        runner.run(copied.__aexit__(None, None, None))
