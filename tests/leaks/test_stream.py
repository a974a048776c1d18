"""The stream of everybody, read from the beginning of the log and as it happens, equals the reference."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Awaitable

import pytest

from app.core import outbox
from app.identity.workflow import Right
from app.stream import service
from app.stream.feed import Feed
from app.stream.workflow import Place
from tests.leaks.asking import Caller, verdict
from tests.leaks.conftest import Site
from tests.leaks.things import Fact

BEGINNING = "0-0"
Heard = Awaitable[list[list[str]]]
IDS = re.compile(r"^id: (\S+)$", re.MULTILINE)


@pytest.fixture
async def feed(site: Site, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Feed]:
    """A feed on the log of the worlds, which tells idle readers at once how far they are."""
    monkeypatch.setattr(service, "HEARTBEAT_S", 0.05)
    feed = Feed(site.database)
    await feed.open()
    yield feed
    await feed.close()


async def _end(feed: Feed) -> Place:
    """The place before which the log is settled now."""
    return (await service.start(feed, (), None, None)).place


async def _heard(caller: Caller, feed: Feed, begin: str, end: asyncio.Future[Place]) -> list[str]:
    """The facts that come to somebody from one place of the log to another, which may be known later."""
    token, door = caller.token.decode().removeprefix("Bearer "), caller.api.state.doorman
    start = await service.start(feed, (), None, begin)
    facts: list[str] = []
    async for block in service.follow(feed, start, await door.caller(token, None), lambda: door.caller(token, None)):
        lines = block.decode().splitlines()
        facts += [json.loads(one[6:])["payload"]["fact"] for one in lines if one.startswith("data: ")]
        reached = Place.parse(IDS.findall(block.decode())[-1])
        if end.done() and reached and reached >= end.result():
            break
    return facts


def _readers(callers: list[Caller]) -> list[Caller]:
    return [one for one in callers if Right.STREAM_READ in one.eyes.rights and one.eyes.me.is_active]


async def _compared(readers: list[Caller], heard: Heard, wanted: list[list[Fact]]) -> None:
    for caller, found, facts in zip(readers, await heard, wanted, strict=True):
        caller.compare("/v1/stream", found, [str(fact) for fact in facts if caller.eyes.fact(fact)])
    verdict(readers)


def _reading(readers: list[Caller], feed: Feed, begin: str) -> tuple[Heard, asyncio.Future[Place]]:
    """All of them reading from there, until the end that they are then told."""
    end: asyncio.Future[Place] = asyncio.get_running_loop().create_future()
    return asyncio.gather(*(_heard(caller, feed, begin, end) for caller in readers)), end


async def _said_again(site: Site) -> dict[int, list[Fact]]:
    """The facts of every world once more, as new ones."""
    said: dict[int, list[Fact]] = {}
    async with site.database.write() as session:
        for world in site.worlds:
            said[world.seed] = [Fact(one.topic, one.scope, one.incident) for one in world.facts]
            for fact in said[world.seed]:
                scope, about = [place.id for place in fact.scope], fact.incident and str(fact.incident)
                outbox.record(session, fact.topic, fact.id, scope, fact=str(fact), incident_id=about)
    for world in site.worlds:
        world.facts += said[world.seed]
    return said


async def test_the_log_read_again_shows_nothing_of_what_is_out_of_sight_by_now(
    callers: list[Caller], feed: Feed
) -> None:
    readers = _readers(callers)
    heard, end = _reading(readers, feed, BEGINNING)
    end.set_result(await _end(feed))
    await _compared(readers, heard, [caller.eyes.world.facts for caller in readers])


async def test_what_happens_comes_to_those_in_whose_sight_it_is(callers: list[Caller], feed: Feed, site: Site) -> None:
    readers = _readers(callers)
    heard, end = _reading(readers, feed, str(await _end(feed)))
    await asyncio.sleep(0.3)
    said = await _said_again(site)
    end.set_result(await _end(feed))
    await _compared(readers, heard, [said[caller.eyes.world.seed] for caller in readers])
