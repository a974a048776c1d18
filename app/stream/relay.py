"""Where a process's pages of the log come from: the database, or one process that reads it for all of them.

A page says from which place to which it goes. Whatever a carrier loses, repeats or turns round, a reader takes a page
only where it goes on from its own place; what lies between is read from the database.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

import asyncpg
import orjson
import structlog

from app.core.db import Database
from app.core.ids import uuid7
from app.stream import queries
from app.stream.carrier import Carrier
from app.stream.workflow import Entry, Page, Place

log = structlog.get_logger()
POLL_S = 0.25
BEAT_S = 0.5
"""How often the reader says how far it is, though there is nothing to tell."""
SILENCE_S = 1.5
"""After so much silence the others look at the database themselves."""
ELECT_S = 2.0
MOST_BYTES = 512 * 1024
"""Of one message; a server takes a mebibyte."""
MOST_UNSENT = 200
Read = Callable[[Place], Awaitable[Page]]


class Source(Protocol):
    """Gives a process the pages of the log one after the other."""

    async def next(self, head: Place) -> Page:
        """The next page after this place, perhaps an empty one, as soon as it is there."""

    async def close(self) -> None:
        """Give back what it holds."""


class Polling:
    """The database, looked at several times a second."""

    def __init__(self, read: Read) -> None:
        self._read = read
        self._is_last = False

    async def next(self, head: Place) -> Page:
        """The next page, after a pause if the one before was the last."""
        if self._is_last:
            await asyncio.sleep(POLL_S)
        page = await self._read(head)
        self._is_last = page.is_last
        return page

    async def close(self) -> None:
        """Nothing is held."""


class Shared:
    """One process reads the log and sends it to the others: whichever holds the lock; when it dies, another does."""

    def __init__(self, database: Database, read: Read, carrier: Carrier) -> None:
        self.database, self.carrier = database, carrier
        self.is_reader = False
        self._read, self._polling = read, Polling(read)
        self._lock: asyncpg.Connection | None = None
        self._elected = self._heard = self._beaten = 0.0
        self._sent = Place(0, 0)
        self._unsent: asyncio.Queue[tuple[bytes, str]] = asyncio.Queue(MOST_UNSENT)
        self._sending: asyncio.Task[None] | None = None
        self._page: tuple[Place, Page] | None = None

    async def next(self, head: Place) -> Page:
        """The next page, as a reader for all, or as one who is told."""
        if await self._reads(head):
            page = await self._polling.next(head)
            self._pass_on(page)
            return page
        is_heard = time.monotonic() - self._heard < SILENCE_S
        self._page = self._page or await self._received(SILENCE_S if is_heard else POLL_S)
        if self._page is None:
            return await self._read(head)
        begins, page = self._page
        if begins > head:
            # Something was lost between: the database has it. The page stays for the next turn.
            filled = await self._read(head)
            return filled if filled.place > head else Page([], head, is_last=True)
        self._page = None
        return Page([one for one in page.entries if one.place > head], max(head, page.place), is_last=True)

    async def close(self) -> None:
        """Let another process read."""
        await self._send_no_more()
        if self._lock is not None and not self._lock.is_closed():
            await self._lock.close()
        await self.carrier.close()

    async def _send_no_more(self) -> None:
        if self._sending is not None:
            self._sending.cancel()
            await asyncio.gather(self._sending, return_exceptions=True)
        self._sending = None

    async def _reads(self, head: Place) -> bool:
        """Whether this process is the one that reads; now and then it tries to become it."""
        if self._lock is not None and self._lock.is_closed():
            self._lock, self.is_reader = None, False
            await self._send_no_more()
        if self.is_reader or time.monotonic() < self._elected + ELECT_S:
            return self.is_reader
        self._elected = time.monotonic()
        if self._lock is None:
            self._lock = await self.database.own_connection()
        found = await queries.ELECT.row(self._lock)
        self.is_reader = bool(found and found["is_elected"])
        if self.is_reader:
            self._sent = head
            log.info("reads the log for all")
        return self.is_reader

    async def _received(self, timeout_s: float) -> tuple[Place, Page] | None:
        message = await self.carrier.receive(timeout_s)
        if message is None:
            return None
        self._heard = time.monotonic()
        return unpacked(message)

    def _pass_on(self, page: Page) -> None:
        """Have a page sent; one that cannot be is a gap, which its readers fill."""
        if not page.entries and time.monotonic() < self._beaten + BEAT_S:
            return
        self._beaten = time.monotonic()
        if self._sending is None:
            self._sending = asyncio.create_task(self._send_on(), name="relay")
        for message, place in packed(self._sent, page):
            if self._unsent.full():
                self._unsent.get_nowait()
            # A page is the same message though sent twice; a sign of life never is.
            self._unsent.put_nowait((message, str(place) if page.entries else str(uuid7())))
        self._sent = page.place

    async def _send_on(self) -> None:
        """Send what waits."""
        await self.carrier.quit()
        while True:
            await self.carrier.send(*await self._unsent.get())


def packed(begins: Place, page: Page) -> list[tuple[bytes, Place]]:
    """A page as messages of a size that can be sent, each with the place it goes to."""
    rows = [orjson.dumps(dict(entry.row), default=str) for entry in page.entries]
    found: list[tuple[bytes, Place]] = []
    some, size = list[bytes](), 0
    for row, entry in zip(rows, page.entries, strict=True):
        some.append(row)
        size += len(row)
        if size > MOST_BYTES:
            found.append((_message(begins, entry.place, some), entry.place))
            begins, some, size = entry.place, [], 0
    if some or page.place > begins or not rows:
        found.append((_message(begins, page.place, some), page.place))
    return found


def _message(begins: Place, ends: Place, rows: list[bytes]) -> bytes:
    return b'{"from":"%s","to":"%s","rows":[%s]}' % (str(begins).encode(), str(ends).encode(), b",".join(rows))


def unpacked(message: bytes) -> tuple[Place, Page]:
    """The place from which a message goes, and its page."""
    said = orjson.loads(message)
    begins, ends = (Place.parse(said[name]) for name in ("from", "to"))
    assert begins is not None and ends is not None, "we sent it"  # noqa: S101, PT018  # a programming error
    return begins, Page([Entry(_row(row)) for row in said["rows"]], ends, is_last=True)


def _row(row: dict[str, Any]) -> dict[str, Any]:
    """A row as the driver gives it."""
    lists = {name: [UUID(one) for one in row[name] or ()] for name in ("scope", "departments", "people")}
    ids = {name: UUID(row[name]) if row[name] else None for name in ("subject_id", "home_id")}
    return row | lists | ids | {"at": datetime.fromisoformat(row["at"])}
