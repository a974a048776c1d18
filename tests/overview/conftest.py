"""A town on a database that keeps what is done, the board of a process, and consoles that keep boards of their own."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import httpx
import orjson
import pytest
from fastapi import FastAPI
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import Range

from app.agency.models import Officer
from app.core.db import Database
from app.core.ids import uuid7
from app.identity.workflow import Actor
from app.overview.board import live, service
from app.overview.board.live import LiveBoard
from app.overview.board.workflow import By, Kind
from app.roster.models import CrewMember
from app.stream import relay
from app.stream import service as stream
from app.stream.feed import Feed
from app.stream.workflow import Place
from tests import make
from tests.hands import Hands
from tests.roster import world as small

PATIENCE_S = 20
Board = dict[tuple[str, str], Any]
WATCHERS: dict[str, tuple[str, dict[str, str]]] = {
    "district": ("district.dispatcher", {}),
    "street A": ("street1.dispatcher", {}),
    "street B": ("street2.dispatcher", {}),
    "a department": ("fire_rescue.desk", {}),
    "aboard": ("fire_rescue.handler", {}),
    "an area": ("district.dispatcher", {"area": "A2"}),
    "some kinds": ("district.dispatcher", {"kinds": "patrol,sos,position"}),
}
DUTY_WATCHERS: dict[str, tuple[str, dict[str, str]]] = {
    "district": ("district", {}),
    "street A": ("a_dispatcher", {}),
    "street B": ("b_dispatcher", {}),
    "a department": ("u_desk", {}),
    "an area": ("district", {"area": "B"}),
}
"""Who looks at which board; `aboard` sees what their crew is sent to, and nothing of the streets."""


@dataclass
class Console:
    """A command-centre's screen: `items` is the whole board, `place` how far it is."""

    site: "Site"
    who: str
    wanted: dict[str, str]
    items: Board = field(default_factory=dict)
    place: str = ""
    ended: str = ""
    heard: list[dict[str, Any]] = field(default_factory=list)
    _reading: asyncio.Task[None] | None = None

    async def connect(self) -> None:
        """Read on from where it was, or from nothing."""
        wanted, board = self.wanted, self.site.board
        begin = await service.start(board, wanted.get("area"), self.place or None)

        async def again() -> Actor:
            return await self.site.actor(self.who)

        blocks = service.follow(board, begin, await again(), wanted.get("kinds"), again)

        async def read() -> None:
            async for block in blocks:
                self._heard(block.decode())

        self._reading = asyncio.create_task(read())

    async def cut(self) -> None:
        """Lose the connection."""
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.gather(self._reading, return_exceptions=True)

    @property
    def is_cut(self) -> bool:
        """Whether there is no connection."""
        return self._reading is None or self._reading.done()

    async def finished(self) -> None:
        """Wait until the stream ends."""
        if self._reading is not None:
            await self._reading

    def _heard(self, sent: str) -> None:
        for block in sent.split("\n\n"):
            said = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
            self.ended = next((line[2:] for line in block.splitlines() if line.startswith(": ")), self.ended)
            if said.get("event") == "board":
                self.apply(orjson.loads(said["data"]))
            self.place = said.get("id", self.place)

    def apply(self, event: dict[str, Any]) -> None:
        """Take over one event."""
        self.heard.append(event)
        for change in event["changes"]:
            key = change["kind"], change["id"]
            if change["item"] is None:
                self.items.pop(key, None)
            else:
                self.items[key] = change["item"]
        if "kept" in event:
            kept = {(kind, one) for kind, ids in event["kept"].items() for one in ids}
            self.items = {key: item for key, item in self.items.items() if key in kept}


@dataclass
class Site:
    """The town with its feed and board."""

    hands: Any
    feed: Feed
    board: LiveBoard
    consoles: dict[str, Console] = field(default_factory=dict)

    async def actor(self, who: str) -> Actor:
        """This account as a caller, as it is now."""
        self.hands.door.forget()
        token = self.hands.door.access_token(self.hands.town.accounts[who])
        caller: Actor = await self.hands.door.caller(token, None)
        return caller

    async def fresh(self, who: str, **wanted: str) -> Board:
        """The board as it is read anew, page by page."""
        items: list[Any] = []
        cursor: dict[str, str] = {}
        while True:
            answer = await self.hands.get(who, "/v1/board", **wanted, **cursor)
            assert answer.status_code == 200, answer.text
            items += answer.json()["items"]
            if answer.json()["next"] is None:
                return {(one["kind"], one["id"]): one["item"] for one in items}
            cursor = {"cursor": answer.json()["next"]}

    async def watch(self, watchers: dict[str, tuple[str, dict[str, str]]] = WATCHERS) -> None:
        """Put a console before everybody."""
        for name, (who, wanted) in watchers.items():
            self.consoles[name] = Console(self, who, wanted)
            await self.consoles[name].connect()

    async def settled(self) -> None:
        """Wait until every console is where the log is now."""
        end = (await stream.start(self.feed, (), None, None)).place
        async with asyncio.timeout(PATIENCE_S):
            for console in self.consoles.values():
                while (Place.parse(console.place) or Place(0, 0)) < end:  # noqa: ASYNC110  # nobody says when
                    await asyncio.sleep(0.01)
        self.board._sampled = 0
        await self.board.sample()
        await asyncio.sleep(0.02)

    async def looked_again(self) -> None:
        """Let the board read all incidents anew, as when time was made to pass behind its back."""
        board = self.board
        board._touched |= {(By.INCIDENT, key.id): board._heard for key in board.items if key.kind is Kind.INCIDENT}
        for _ in range(2):
            await board._turned.wait()

    async def agree(self, because: str = "") -> None:
        """Every console shows what a fresh snapshot shows."""
        await self.settled()
        for name, console in self.consoles.items():
            fresh = await self.fresh(console.who, **console.wanted)
            assert console.items == fresh, f"{name}: {_difference(console.items, fresh)} {because}"


def _difference(kept: Board, fresh: Board) -> list[str]:
    gone = [f"not gone: {key}" for key in kept.keys() - fresh.keys()]
    missing = [f"missing: {key}" for key in fresh.keys() - kept.keys()]
    other = [
        f"{key}: {name}: {kept[key].get(name)} is {item.get(name)}"
        for key, item in fresh.items()
        for name in item
        if key in kept and kept[key].get(name) != item[name]
    ]
    return [*gone, *missing, *other]


async def aboard(database: Database, town: make.Town) -> None:
    """Put one of the fire brigade aboard a patrol that has otherwise nobody of it."""
    async with database.write() as session:
        now = await session.scalar(select(func.now()))
        assert now is not None
        officer = Officer(
            id=uuid7(), number="F-1", display_name="F-1", department_id=town.organisations["fire_rescue"],
            centre_id=town.organisations["A"], account_id=town.accounts["fire_rescue.handler"], skills=[],
        )  # fmt: skip
        session.add(officer)
        await session.flush()
        seat = {"shift_id": town.shifts["P-002"], "officer_id": officer.id, "department_id": officer.department_id}
        during = Range(now - timedelta(hours=2), now + timedelta(hours=6))
        session.add(CrewMember(account_id=officer.account_id, is_leader=False, during=during, **seat))


@asynccontextmanager
async def site_of(hands: Any, database: Database) -> AsyncIterator[Site]:
    """The feed and the board of people on a database."""
    feed = Feed(database)
    await feed.open()
    site = Site(hands, feed, LiveBoard(feed))
    try:
        yield site
    finally:
        hands.client.event_hooks["response"].clear()
        for console in site.consoles.values():
            await console.cut()
        await site.board.close()
        await feed.close()


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Quick to tell."""
    monkeypatch.setattr(relay, "POLL_S", 0.02)
    monkeypatch.setattr(stream, "HEARTBEAT_S", 0.05)
    monkeypatch.setattr(live, "SAMPLE_S", 0.05)


@pytest.fixture
async def site(own_client: httpx.AsyncClient, api: FastAPI, own_db: Database, quick: None) -> AsyncIterator[Site]:
    """The town."""
    async with own_db.write() as session:
        town = await make.town(session)
    await aboard(own_db, town)
    async with site_of(Hands(own_client, town, api.state.doorman), own_db) as site:
        yield site


@pytest.fixture
async def district(own_client: httpx.AsyncClient, api: FastAPI, own_db: Database, quick: None) -> AsyncIterator[Site]:
    """The district that tests about duty stand on; `site.world` is that."""
    world = await small.make(api, own_client, own_db)
    hands = SimpleNamespace(
        client=own_client, door=world.doorman, get=world.get, town=SimpleNamespace(accounts=world.accounts), world=world
    )
    async with site_of(hands, own_db) as site:
        yield site
