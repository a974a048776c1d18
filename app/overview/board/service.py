"""The use cases of the board: a page of it at a place of the log, and the board kept fresh for one reader."""

import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from uuid import UUID

import orjson

from app.core.db import Lane
from app.core.pages import decode, encode
from app.identity.workflow import Actor, Right
from app.incident.queries import sight as incident_sight
from app.overview.board import queries
from app.overview.board.live import LiveBoard
from app.overview.board.schemas import Kinds, Wanted, kinds_of
from app.overview.board.workflow import BEFORE_ALL, NOWHERE, Key, Kind, Sight, event, one_line, part
from app.stream import service as stream
from app.stream.hall import Listener
from app.stream.service import Caller, Start
from app.stream.workflow import WELCOME, farewell, mark

NAME = "board"
RIGHTS = (Right.STREAM_READ, Right.INCIDENTS_READ, Right.DUTY_READ)
AT_ONCE = 200
"""How many items go into one event of those that a reader begins with."""
FIRST = (0, UUID(int=0))


async def page(lane: Lane, caller: Actor, wanted: Wanted) -> bytes:
    """A page of the caller's board as JSON. What is committed while it is read is in it, or comes after its cursor."""
    area_id = await stream.area_of(lane, wanted.area) if wanted.area else None
    kind, after = decode(NAME, wanted.cursor, int, UUID) or FIRST
    duty = {"duty_centres": caller.centres, "duty_departments": caller.departments}
    chosen = {"kinds": sorted(kinds_of(wanted.kinds)), "area_id": area_id, "limit": wanted.limit + 1}
    edge = {"after_kind": kind, "after_id": after}
    rows = await queries.PAGE.rows(lane, **incident_sight(caller), **duty, **chosen, **edge)
    found = [row for row in rows if row["id"] is not None]
    shown, more = found[: wanted.limit], "null"
    if len(found) > wanted.limit:
        more = f'"{encode(NAME, shown[-1]["kind"], shown[-1]["id"])}"'
    items = ",".join(part(Key(Kind(row["kind"]), row["id"]), one_line(row["item"])) for row in shown)
    return f'{{"place":"{rows[0]["horizon"]}-0","items":[{items}],"next":{more}}}'.encode()


async def start(board: LiveBoard, area: str | None, last_id: str | None) -> Start:
    """Where a reader's board begins: at the last id, or anew.

    Raises:
        Unprocessable: there is no such area.
        Unavailable: the process serves as many streams as it can.
    """
    begin = await stream.start(board.feed, (), area, last_id)
    return begin if last_id and not begin.lost else Start(BEFORE_ALL, begin.lost, begin.wanted)


def follow(
    board: LiveBoard, begin: Start, actor: Actor, kinds: Kinds, again: Callable[[], Awaitable[Actor]]
) -> AsyncGenerator[bytes, None]:
    """The board's stream, until the caller may no longer see it or the service stops; `again` reads the caller anew."""
    reader = _Reader(board, begin, Caller(actor, again, *RIGHTS), kinds_of(kinds))
    return stream.to_its_end(reader.blocks())


class _Reader:
    """One reader of the board: first what they lack, and what they keep, then every change."""

    def __init__(self, board: LiveBoard, begin: Start, caller: Caller, kinds: frozenset[Kind]) -> None:
        self.board, self._place, self._caller, self._kinds = board, begin.place, caller, kinds
        self._area_id = UUID(begin.wanted.area_id) if begin.wanted.area_id else None

    def _sight(self) -> Sight:
        return Sight.of(self._caller.actor, self._kinds, self._area_id)

    async def blocks(self) -> AsyncGenerator[bytes, None]:
        """All of it."""
        yield WELCOME + b"\n"
        board = self.board
        await board.ready()
        if self._place != BEFORE_ALL:
            await board.reached(self._place)
            if not await board.reach_back(self._place):
                self._place = BEFORE_ALL
        await board.sample()
        listener = Listener(self._sight())
        listener.after = BEFORE_ALL  # what is not in the log is for everybody as well
        with board.feed.joined(listener, board.hall):
            for block in self._lacking(listener.sight):
                yield block
            async for block in self._changes(listener):
                yield block

    async def _changes(self, listener: Listener[Sight]) -> AsyncGenerator[bytes, None]:
        board, sent = self.board, time.monotonic()
        while True:
            chunks, place = await listener.take(min(stream.CHECK_S, stream.HEARTBEAT_S)), board.place
            checked = await self._caller.check()
            if listener.ended:
                yield farewell(listener.ended)
                return
            blocks = [chunk.block for chunk in chunks]
            if checked and (sight := self._sight()) != listener.sight:
                self._place = BEFORE_ALL
                board.hall.see(listener, sight, board.feed.head)
                await listener.take(0)  # what was for the old sight, and is in what follows
                blocks = list(self._lacking(sight))
            if not blocks and time.monotonic() - sent >= stream.HEARTBEAT_S:
                blocks = [mark(place)]
            if blocks:
                sent = time.monotonic()
                yield b"".join(blocks)

    def _lacking(self, sight: Sight) -> Iterator[bytes]:
        """What changed since the reader was there last, and the ids of all that is theirs. The last has the place."""
        board = self.board
        items, place = board.since_then(sight, self._place), board.place
        kept = orjson.dumps(board.kept(sight), default=str).decode()
        events = [[part(one.key, one.body) for one in items[at : at + AT_ONCE]] for at in range(0, len(items), AT_ONCE)]
        last = events.pop() if events else []
        first = [event(parts, NOWHERE) for parts in events]
        return iter([*first, event(last, place, kept)])
