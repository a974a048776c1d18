"""The one reader of the log in a process, and the halls of those who listen to what it brings."""

import asyncio
import signal
import threading
from collections.abc import Awaitable, Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from types import FrameType
from typing import Any
from uuid import UUID

import structlog

from app.core.db import Database
from app.core.problems import Unavailable
from app.core.process import ended
from app.stream import queries
from app.stream.carrier import JetStream
from app.stream.hall import CLOSING, Hall, Listener
from app.stream.relay import Polling, Shared, Source
from app.stream.workflow import Entry, Page, Place, View, rendered

log = structlog.get_logger()
AFTER_FAILURE_S = 1.0
MAX_LISTENERS = 2000
RENEW_S = 1.5
"""How often all listeners' accounts are looked at, together; with a little patience of each it is cut within 5 s."""
Ear = Callable[[Sequence[Entry], Place], None]


class Feed:
    """Reads the log once for all listeners of this process; `ears` hear every page of it."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.head = Place(0, 0)
        self.is_stopping = False
        self.hall = Hall[View, Entry](rendered)
        self.halls: list[Hall[Any, Any]] = [self.hall]
        self.ears: list[Ear] = []
        self.source: Source = Polling(self.page)
        self.renew: Callable[[Collection[UUID]], Awaitable[None]] | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._servers: dict[int, Callable[[int, FrameType | None], Any]] = {}

    async def open(self) -> None:
        """Begin to read at the end of the log."""
        async with self.database.read_lane() as lane:
            ends = await queries.ENDS.row(lane, keep=timedelta(0))
        self.head = Place(ends["horizon"], 0) if ends else self.head
        self.is_stopping = False
        settings = self.database.settings
        if settings.nats_url is not None:
            carrier = JetStream(settings.nats_url.get_secret_value(), settings.nats_subject)
            self.source = Shared(self.database, self.page, carrier)
        self._tasks = [asyncio.create_task(loop, name="feed") for loop in (self._read_on(), self._renew_on())]
        self._stop_with_the_server()

    async def close(self) -> None:
        """Stop reading."""
        self.stop()
        self._leave_signals_alone()
        await ended(self._tasks)
        await self.source.close()

    def stop(self) -> None:
        """End every stream, so that the server can."""
        self.is_stopping = True
        for hall in self.halls:
            hall.stop()

    def demand_room(self) -> None:
        """Refuse another listener where there are as many as one process serves.

        Raises:
            Unavailable: the process serves as many streams as it can.
        """
        if sum(len(hall.listeners) for hall in self.halls) >= MAX_LISTENERS:
            raise Unavailable("There are too many streams; read again later.")

    @contextmanager
    def joined(self, listener: Listener[Any], hall: Hall[Any, Any] | None = None) -> Iterator[None]:
        """Tell the listener, in this hall, what comes after `head` as it is now, and after what it has had already.

        Raises:
            Unavailable: the process serves as many streams as it can.
        """
        self.demand_room()
        hall = hall or self.hall
        hall.enter(listener, self.head)
        if self.is_stopping:
            listener.end(CLOSING)
        try:
            yield
        finally:
            hall.leave(listener)

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
                page = await self.source.next(self.head)
            except Exception as error:  # noqa: BLE001  # the only reader outlives whatever befalls the database
                log.warning("feed", error=type(error).__name__)
                await asyncio.sleep(AFTER_FAILURE_S)
                continue
            self.tell(page)
            await asyncio.sleep(0)

    async def _renew_on(self) -> None:
        """Look at all listeners' accounts at once, so that no listener needs the database to see its own again."""
        while True:
            await asyncio.sleep(RENEW_S)
            accounts = {account for hall in self.halls for account in hall.accounts}
            if self.renew is None or not accounts:
                continue
            try:
                await self.renew(accounts)
            except Exception as error:  # noqa: BLE001  # as above; each listener then asks for itself
                log.warning("renewing", error=type(error).__name__)

    def tell(self, page: Page) -> None:
        """Pass a page on to everybody."""
        self.hall.tell(page.entries, page.place)
        self.head = page.place
        for ear in self.ears:
            ear(page.entries, page.place)

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
