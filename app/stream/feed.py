"""The one reader of the log in a process, and the queues of those who listen."""

import asyncio
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from types import FrameType
from typing import Any, NamedTuple

import structlog

from app.core.db import Database
from app.core.problems import Unavailable
from app.stream import queries
from app.stream.workflow import Entry, Place, Reach, Wanted

log = structlog.get_logger()
POLL_S = 0.25
AFTER_FAILURE_S = 1.0
MAX_WAITING = 1000
MAX_WAITING_BYTES = 1024 * 1024
MAX_LISTENERS = 2000
CLOSING = "the service is stopping"
SLOW = "too slow a reader"


class Listener:
    """One reader's queue of entries, bounded: who does not keep up is ended and comes back by its last id."""

    def __init__(self, wanted: Wanted, reach: Reach) -> None:
        self.wanted = wanted
        self.reach = reach
        self.ended: str | None = None
        self._waiting: deque[Entry] = deque()
        self._bytes = 0
        self._ready = asyncio.Event()

    def gets(self, entry: Entry) -> bool:
        """Whether an entry is in what this reader may see and asked for."""
        return entry.is_for(self.reach) and self.wanted.includes(entry)

    def offer(self, entry: Entry) -> None:
        """Put an entry in the queue, if this reader gets it."""
        if self.ended or not self.gets(entry):
            return
        self._waiting.append(entry)
        self._bytes += len(entry.block)
        self._ready.set()
        if len(self._waiting) > MAX_WAITING or self._bytes > MAX_WAITING_BYTES:
            self.end(SLOW)

    def end(self, why: str) -> None:
        """Give this reader nothing more."""
        self.ended = self.ended or why
        self._waiting.clear()
        self._ready.set()

    async def take(self, timeout_s: float) -> list[Entry]:
        """What waits, at once or as soon as something comes; nothing when the time is up."""
        # What comes in the very instant the time is up is taken too: `head` is past it.
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                await self._ready.wait()
        taken = list(self._waiting)
        self._waiting.clear()
        self._bytes = 0
        if not self.ended:
            self._ready.clear()
        return taken


class Page(NamedTuple):
    """Entries in the order of the log, and the place up to which nothing is left out."""

    entries: list[Entry]
    place: Place
    is_last: bool


class Feed:
    """Reads the log once for all listeners of this process."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.head = Place(0, 0)
        self.is_stopping = False
        self._listeners: set[Listener] = set()
        self._reader: asyncio.Task[None] | None = None
        self._servers: dict[int, Callable[[int, FrameType | None], Any]] = {}

    async def open(self) -> None:
        """Begin to read at the end of the log."""
        async with self.database.read_lane() as lane:
            ends = await queries.ENDS.row(lane, keep=timedelta(0))
        self.head = Place(ends["horizon"], 0) if ends else self.head
        self.is_stopping = False
        self._reader = asyncio.create_task(self._read_on(), name="feed")
        self._stop_with_the_server()

    async def close(self) -> None:
        """Stop reading."""
        self.stop()
        self._leave_signals_alone()
        if self._reader is not None:
            self._reader.cancel()
            await asyncio.gather(self._reader, return_exceptions=True)

    def stop(self) -> None:
        """End every stream, so that the server can."""
        self.is_stopping = True
        for listener in self._listeners:
            listener.end(CLOSING)

    @contextmanager
    def joined(self, listener: Listener) -> Iterator[None]:
        """Offer the listener every entry after `head` as it is now.

        Raises:
            Unavailable: the process serves as many streams as it can.
        """
        if len(self._listeners) >= MAX_LISTENERS:
            raise Unavailable("There are too many streams; read again later.")
        self._listeners.add(listener)
        if self.is_stopping:
            listener.end(CLOSING)
        try:
            yield
        finally:
            self._listeners.discard(listener)

    async def page(self, after: Place) -> Page:
        """The next entries after a place."""
        async with self.database.read_lane() as lane:
            rows = await queries.PAGE.rows(lane, tx=after.tx, id=after.id)
        entries = [Entry(row) for row in rows if row["id"] is not None]
        if len(entries) == queries.BATCH:
            return Page(entries, entries[-1].place, is_last=False)
        return Page(entries, max(after, Place(rows[0]["horizon"], 0)), is_last=True)

    async def _read_on(self) -> None:
        while True:
            try:
                page = await self.page(self.head)
            except Exception as error:  # noqa: BLE001  # the only reader outlives whatever befalls the database
                log.warning("feed", error=type(error).__name__)
                await asyncio.sleep(AFTER_FAILURE_S)
                continue
            for entry in page.entries:
                for listener in self._listeners:
                    listener.offer(entry)
            self.head = page.place
            await asyncio.sleep(POLL_S if page.is_last else 0)

    def _stop_with_the_server(self) -> None:
        """On a signal end the streams at once: the server waits for them before it tells the application to close."""
        if threading.current_thread() is not threading.main_thread():
            return
        loop = asyncio.get_running_loop()

        def stop(number: int, frame: FrameType | None) -> None:
            loop.call_soon_threadsafe(self.stop)
            self._servers[number](number, frame)

        for number in (signal.SIGTERM, signal.SIGINT):
            server = signal.getsignal(number)
            if callable(server):
                self._servers[number] = server
                signal.signal(number, stop)

    def _leave_signals_alone(self) -> None:
        while self._servers:
            signal.signal(*self._servers.popitem())
