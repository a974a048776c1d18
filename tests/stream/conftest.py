"""A district whose log is really committed, a feed on it, and readers that remember what they got."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx
import orjson
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from app.core import outbox
from app.core.db import Database
from app.core.ids import uuid7
from app.identity.workflow import Actor
from app.stream import service
from app.stream.feed import Feed
from tests.roster import world as small
from tests.roster.world import World

PATIENCE_S = 20
"""The log is settled only when no older transaction runs in the whole server: other workers' tests run there too."""


@dataclass
class Reader:
    """Reads a stream and keeps its events, heartbeats left out."""

    blocks: AsyncGenerator[bytes, None]
    events: list[dict[str, str]] = field(default_factory=list)
    last_id: str = ""
    comments: list[str] = field(default_factory=list)

    async def until(self, met: Callable[["Reader"], bool]) -> "Reader":
        """Read on until this is so, or the stream ends."""
        async with asyncio.timeout(PATIENCE_S):
            while not met(self):
                try:
                    self._heard(await anext(self.blocks))
                except StopAsyncIteration:
                    break
        return self

    def _heard(self, sent: bytes) -> None:
        for block in sent.decode().split("\n\n"):
            lines = [line.partition(": ") for line in block.splitlines()]
            named = {name: value for name, _, value in lines if name}
            self.last_id = named.get("id", self.last_id)
            self.comments += [line.removeprefix(": ") for line in block.splitlines() if line.startswith(":")]
            if "data" in named:
                self.events.append(named)

    @property
    def numbers(self) -> list[int]:
        """The numbers in the payloads, in the order they came."""
        return [orjson.loads(event["data"])["payload"]["n"] for event in self.events if event["event"] != "reset"]


@dataclass
class Live:
    """A district with a feed."""

    world: World
    feed: Feed

    async def actor(self, name: str) -> Actor:
        """This account as a caller."""
        token = self.world.doorman.access_token(self.world.accounts[name])
        caller: Actor = await self.world.doorman.caller(token, None)
        return caller

    async def reader(
        self,
        name: str = "district",
        last_id: str | None = None,
        again: Callable[[], Awaitable[Actor]] | None = None,
        **wanted: Any,
    ) -> Reader:
        """A reader of this account, from the last id it had, or from now on."""
        begin = await service.start(self.feed, wanted.get("topics", ()), wanted.get("area"), last_id)
        follow = service.follow(self.feed, begin, await self.actor(name), again or (lambda: self.actor(name)))
        return await Reader(follow).until(lambda reader: bool(reader.last_id))

    async def say(self, n: int, place: str = "A", topic: str = "incident.reported", **payload: Any) -> None:
        """Record a numbered fact at a place and commit it."""
        async with self.world.database.write() as session:
            outbox.record(session, topic, uuid7(), self.scope(place), n=n, **payload)

    def scope(self, place: str) -> list[UUID]:
        """The scope of a fact of one place."""
        return [self.world.places[place]]


@pytest.fixture
async def live(api: FastAPI, own_db: Database, own_client: httpx.AsyncClient) -> AsyncIterator[Live]:
    """The district with its feed running."""
    world = await small.make(api, own_client, own_db)
    async with own_db.write() as session:
        await session.execute(text("DELETE FROM outbox"))  # made just now, it may not be settled: it would come as new
    feed = Feed(own_db)
    await feed.open()
    yield Live(world, feed)
    await feed.close()
