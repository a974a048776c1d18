"""One process reads the log for all; whatever the carrier loses or turns round, each gets all, once, in order."""

import asyncio
import random
import shutil
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from app.stream import carrier, relay
from app.stream.carrier import Carrier, JetStream
from app.stream.feed import Feed
from app.stream.relay import Shared, packed, unpacked
from app.stream.workflow import Page
from tests.stream.conftest import PATIENCE_S, Live, Reader


class Wire:
    """A carrier that is not to be relied on."""

    def __init__(self, seed: int | None = None) -> None:
        self.ends: list[End] = []
        self.chance = random.Random(seed)
        self.is_bad, self.is_cut = seed is not None, False

    def end(self) -> "End":
        self.ends.append(End(self))
        return self.ends[-1]


class End:
    """One process's end of the wire."""

    def __init__(self, wire: Wire) -> None:
        self.wire = wire
        self.came: asyncio.Queue[bytes] = asyncio.Queue()
        self.sent: list[bytes] = []
        self.kept: list[bytes] = []

    async def open(self) -> None:
        """Nothing to do."""

    async def close(self) -> None:
        """Nothing to do."""

    async def quit(self) -> None:
        """Nothing to do."""

    async def send(self, message: bytes, name: str) -> bool:  # noqa: ARG002  # a message is known by its places
        """To every other end: lost, twice, or later than the next."""
        self.sent.append(message)
        if self.wire.is_cut:
            return False
        for other in self.wire.ends:
            if other is self:
                continue
            fate = self.wire.chance.random() if self.wire.is_bad else 1.0
            if fate < 0.2:
                continue
            if fate < 0.4:
                other.kept.append(message)
                continue
            for one in (message, *([message] if fate < 0.6 else ()), *other.kept):
                other.came.put_nowait(one)
            other.kept.clear()
        return True

    async def receive(self, timeout_s: float) -> bytes | None:
        """The next, if one comes."""
        try:
            async with asyncio.timeout(timeout_s):
                return await self.came.get()
        except TimeoutError:
            return None


async def _feeds(live: Live, *ends: Carrier) -> list[Feed]:
    feeds = []
    for end in ends:
        feed = Feed(live.world.database)
        feed.source = Shared(live.world.database, feed.page, end)
        await feed.open()
        feeds.append(feed)
    return feeds


async def _readers(live: Live, feeds: list[Feed]) -> list[Reader]:
    return [await Live(live.world, feed).reader() for feed in feeds]


async def _all_came(live: Live, readers: list[Reader], count: int) -> None:
    await asyncio.gather(*(reader.until(lambda r: len(r.events) >= count) for reader in readers))
    assert [reader.numbers for reader in readers] == [list(range(count))] * len(readers)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Quick to see that something is missing."""
    for name, value in (("POLL_S", 0.05), ("BEAT_S", 0.1), ("SILENCE_S", 0.4), ("ELECT_S", 0.2)):
        monkeypatch.setattr(relay, name, value)


@pytest.fixture
async def shared(live: Live, request: pytest.FixtureRequest, impatient: None) -> AsyncIterator[tuple[Wire, list[Feed]]]:
    """Three processes' feeds on one wire."""
    wire = Wire(getattr(request, "param", None))
    feeds = await _feeds(live, *(wire.end() for _ in range(3)))
    yield wire, feeds
    for feed in feeds:
        await feed.close()


async def _until(met: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not met():  # noqa: ASYNC110  # of what is looked at nobody says when it is so
            await asyncio.sleep(0.05)


def _reading(feeds: list[Feed]) -> list[bool]:
    return [feed.source.is_reader for feed in feeds if isinstance(feed.source, Shared)]


async def test_one_process_reads_and_all_are_told(
    live: Live, shared: tuple[Wire, list[Feed]], monkeypatch: pytest.MonkeyPatch
) -> None:
    wire, feeds = shared
    readers = await _readers(live, feeds)
    for n in range(20):
        await live.say(n)
    await _all_came(live, readers, 20)
    assert sum(_reading(feeds)) == 1
    assert sum(bool(end.sent) for end in wire.ends) == 1


@pytest.mark.parametrize("shared", range(4), indirect=True)
async def test_over_a_bad_wire_nothing_is_lost_repeated_or_out_of_order(
    live: Live, shared: tuple[Wire, list[Feed]]
) -> None:
    readers = await _readers(live, shared[1])
    for n in range(60):
        await live.say(n)
    await _all_came(live, readers, 60)


async def test_without_the_wire_each_looks_for_itself_and_goes_back_to_it(
    live: Live, shared: tuple[Wire, list[Feed]]
) -> None:
    wire, feeds = shared
    readers = await _readers(live, feeds)
    for n in range(30):
        wire.is_cut = 10 <= n < 20
        await live.say(n)
    await _all_came(live, readers, 30)


async def test_when_the_reader_dies_another_reads_on(live: Live, shared: tuple[Wire, list[Feed]]) -> None:
    _, feeds = shared
    readers = await _readers(live, feeds)
    for n in range(10):
        await live.say(n)
    await _all_came(live, readers, 10)
    dead = _reading(feeds).index(True)
    await feeds[dead].close()
    left = [one for at, one in enumerate(readers) if at != dead]
    for n in range(10, 20):
        await live.say(n)
    await _all_came(live, left, 20)
    await _until(lambda: any(_reading([feed for at, feed in enumerate(feeds) if at != dead])))


async def test_a_page_is_cut_into_messages_that_can_be_sent(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay, "MOST_BYTES", 2000)
    begin = live.feed.head
    for n in range(30):
        await live.say(n, text="长" * 50)
    page = Page([], begin, is_last=True)
    while len(page.entries) < 30:
        page = await live.feed.page(begin)
    messages = packed(begin, page)
    assert len(messages) > 3
    places = [unpacked(message)[0] for message, _ in messages]
    assert places == [begin, *(place for _, place in messages[:-1])]
    entries = [entry for message, _ in messages for entry in unpacked(message)[1].entries]
    assert [entry.block for entry in entries] == [entry.block for entry in page.entries]
    assert [entry.scope for entry in entries] == [entry.scope for entry in page.entries]


SERVER = shutil.which("nats-server") or shutil.which("nats-server", path="/usr/sbin")


@pytest.fixture
def nats(tmp_path: Path, unused_tcp_port: int) -> Iterator["Nats"]:
    """A server with JetStream, started and stopped at will."""
    server = Nats(tmp_path, unused_tcp_port)
    server.start()
    yield server
    server.stop()


class Nats:
    """A server of its own."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.port, self.url = folder, port, f"nats://127.0.0.1:{port}"

    def start(self) -> None:
        """Start it, with nothing in it."""
        assert SERVER is not None
        command = [SERVER, "-js", "-a", "127.0.0.1", "-p", str(self.port), "-sd", str(self.folder)]
        self.process = subprocess.Popen(  # noqa: S603  # a server of our own
            command,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def stop(self) -> None:
        """Kill it."""
        self.process.kill()
        self.process.wait()


@pytest.mark.slow
@pytest.mark.skipif(SERVER is None, reason="there is no nats-server here")
async def test_through_a_real_server_that_is_started_again(
    live: Live, nats: Nats, impatient: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("TRY_AGAIN_S", "SILENT_S"):
        monkeypatch.setattr(carrier, name, 1.0)
    feeds = await _feeds(live, *(JetStream(nats.url, "lianqin.test") for _ in range(3)))
    readers = await _readers(live, feeds)
    for n in range(30):
        if n == 10:
            nats.stop()
        if n == 20:
            nats.start()
        await live.say(n)
        await asyncio.sleep(0.02)
    await _all_came(live, readers, 30)
    await _until(lambda: all(_heard_lately(feed) for feed in feeds))
    for n in range(30, 40):
        await live.say(n)
    await _all_came(live, readers, 40)
    for feed in feeds:
        await feed.close()


def _heard_lately(feed: Feed) -> bool:
    """The process reads for all, or is told."""
    source = feed.source
    assert isinstance(source, Shared)
    return source.is_reader or time.monotonic() - source._heard < 0.3
