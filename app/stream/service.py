"""The use cases of the live view: follow the log from a place on, and let its old part go."""

import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import structlog

from app.core.db import Lane, Session
from app.core.problems import Problem, Unprocessable
from app.identity.service import Forbidden
from app.identity.workflow import Actor, Right
from app.stream import queries
from app.stream.feed import Feed
from app.stream.hall import Listener
from app.stream.workflow import WELCOME, Entry, Place, Reach, View, Wanted, farewell, mark, rendered, reset

log = structlog.get_logger()
HEARTBEAT_S = 15.0
CHECK_S = 2.5
"""How often the caller is looked at again. With the two seconds an actor is remembered, a right taken away ends the
stream within five."""
TOO_OLD, UNKNOWN = "too_old", "unknown"


@dataclass(frozen=True, slots=True)
class Start:
    """Where a stream begins, why it could not begin where the reader was, and what is wanted of it."""

    place: Place
    lost: str | None
    wanted: Wanted


async def start(feed: Feed, topics: tuple[str, ...], area: str | None, last_id: str | None) -> Start:
    """Find where to begin: after the last id if the log still holds everything since, else now, and say so.

    Raises:
        Unprocessable: there is no such area.
        Unavailable: the process serves as many streams as it can.
    """
    feed.demand_room()
    keep = timedelta(hours=feed.database.settings.stream_keep_hours)
    async with feed.database.read_lane() as lane:
        area_id = await area_of(lane, area) if area else None
        ends = await queries.ENDS.row(lane, keep=keep)
    assert ends is not None, "the statement gives one row"  # noqa: S101  # a programming error
    wanted = Wanted(topics, str(area_id) if area_id else None)
    head = Place(ends["horizon"], 0)
    if last_id is None:
        return Start(head, None, wanted)
    place = Place.parse(last_id)
    why = lost(ends, place)
    return Start(head if place is None or why else place, why, wanted)


def lost(ends: Mapping[str, Any], place: Place | None) -> str | None:
    """Why a reader who is at this place would miss something, if so; `ends` is a row of `queries.ENDS`."""
    if place is None or place > Place(ends["horizon"], 0):
        return UNKNOWN
    return TOO_OLD if ends["is_old"] and place < Place(ends["tx"], ends["id"]) else None


async def area_of(lane: Lane, code: str) -> UUID:
    """The id of the area with this code.

    Raises:
        Unprocessable: there is none.
    """
    found = await queries.AREA.row(lane, code=code)
    if found is None:
        raise Unprocessable(f"There is no area {code}.")
    return UUID(str(found["id"]))


async def follow(
    feed: Feed, begin: Start, actor: Actor, again: Callable[[], Awaitable[Actor]]
) -> AsyncGenerator[bytes, None]:
    """The stream from there on, as blocks to send, until the caller may no longer see it or the service stops.

    `again` reads the caller anew. Nothing is lost, repeated or out of order; no connection is held meanwhile.
    """
    following = _Following(feed, begin, Caller(actor, again, Right.STREAM_READ))
    yield WELCOME + (reset(begin.place, begin.lost) if begin.lost else mark(begin.place))
    async for block in to_its_end(following.blocks()):
        yield block


async def to_its_end(blocks: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
    """A stream, and if it cannot go on, why."""
    try:
        async with aclosing(blocks):
            async for block in blocks:
                yield block
    except Problem as refused:
        yield farewell(refused.title())
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        log.warning("stream", error=type(error).__name__)
        yield farewell("the database does not answer")


class Caller:
    """Who reads a stream, looked at again and again: its reach may have changed, its token or rights may be gone."""

    def __init__(self, actor: Actor, again: Callable[[], Awaitable[Actor]], *rights: Right) -> None:
        self.actor = actor
        self._again, self._rights = again, frozenset(rights)
        self._checked = time.monotonic()

    async def check(self) -> bool:
        """Look again, if it is time to; whether that was done.

        Raises:
            NotSignedIn, Forbidden: it may not read on.
        """
        if time.monotonic() - self._checked < CHECK_S:
            return False
        self.actor = await self._again()
        if self._rights - self.actor.rights:
            raise Forbidden
        self._checked = time.monotonic()
        return True


class _Following:
    """One reader on its way through the log; `place` is how far it got."""

    def __init__(self, feed: Feed, begin: Start, caller: Caller) -> None:
        self.feed, self.hall = feed, feed.hall
        self.place = begin.place
        self.listener = Listener(View(Reach.of(caller.actor), begin.wanted))
        self._caller = caller

    async def blocks(self) -> AsyncGenerator[bytes, None]:
        """All of it."""
        async for block in self.past():
            yield block
        with self.feed.joined(self.listener):
            async for block in self.present():
                yield block

    async def past(self) -> AsyncIterator[bytes]:
        """What happened since, read from the log until it is nearly the present."""
        is_last = False
        while not is_last and not self.feed.is_stopping:
            page = await self.feed.page(self.place)
            await self._check()
            if block := self._read(page.entries, page.place):
                yield block
            is_last = page.is_last
        self.listener.after = self.place

    async def present(self) -> AsyncIterator[bytes]:
        """What came while the listener was not yet heard, then what the feed brings, or a sign of life."""
        joined = self.feed.head
        while self.place < joined:
            page = await self.feed.page(self.place)
            early = [entry for entry in page.entries if entry.place <= joined]
            if block := self._read(early, min(page.place, joined)):
                yield block
        sent = time.monotonic()
        while True:
            chunks, head = await self.listener.take(min(CHECK_S, HEARTBEAT_S)), self.feed.head
            await self._check()
            if self.listener.ended:
                yield farewell(self.listener.ended)
                return
            block = b"".join(self.hall.seen(chunk, self.listener.sight) for chunk in chunks)
            self.place = max(self.place, head)
            if not block and time.monotonic() - sent >= HEARTBEAT_S:
                block = mark(self.place)
            if block:
                sent = time.monotonic()
                yield block

    def _read(self, entries: list[Entry], place: Place) -> bytes:
        """Those of the entries that the reader gets; it is then at that place."""
        self.place = max(self.place, place)
        return rendered(entries, self.listener.sight)[0]

    async def _check(self) -> None:
        if await self._caller.check():
            sight = self.listener.sight
            reach = Reach.of(self._caller.actor)
            if reach == sight.reach:
                return
            if self.listener in self.hall.listeners:
                self.hall.see(self.listener, sight._replace(reach=reach), self.feed.head)
            else:
                self.listener.sight = sight._replace(reach=reach)


async def purge(session: Session, keep_hours: int, batch: int = 5000) -> int:
    """Delete what is older than the feed is kept, a batch at a time; how many went. Call it until nothing goes."""
    return await queries.purge(session, timedelta(hours=keep_hours), batch)
