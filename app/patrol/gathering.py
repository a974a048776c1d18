"""Requests that come while others are written wait, and are then judged and written together: one commit for all.

Each gets its own answer, after the commit of its own rows. A group that fails is taken apart, so that what one request
brings harms no other. What waits is bounded in rows and in seconds.
"""

import asyncio
import math
import time
from collections import deque
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import structlog

from app.core.db import CHECKOUT_TIMEOUT_S, Database
from app.core.problems import Unavailable
from app.patrol import service
from app.patrol.batch import Batch
from app.patrol.schemas import MAX_FIXES, PositionsOut
from app.patrol.service import Sender, Sent

log = structlog.get_logger()

GROUPS = 2
"""How many are on their way at once: while the database writes one, the process judges the next."""
FEW = 4
"""Requests that are not parted into two groups: a group costs by itself as much as one or two requests in it."""
MOST_ROWS = MAX_FIXES
"""Of a group: as many as of one request, so that no turn of the event loop is longer than one request's own."""
LONG_BODY = 32_768
"""Bytes from which on a body is read in a turn of its own: some two hundred fixes, a quarter of a millisecond."""
MOST_WAITING = 50_000
"""Rows that wait: about a second's work, and some 20 MB."""
WAIT_S = float(CHECKOUT_TIMEOUT_S)
LINE_S = 1.0
"""How often the log says how many were stored: groups may follow each other by the hundred a second."""


class Waiting(NamedTuple):
    """A request that waits for its answer, and the clock that ends its waiting for a group."""

    sent: Sent
    answer: asyncio.Future[PositionsOut]
    patience: asyncio.TimerHandle

    @property
    def rows(self) -> int:
        """How many fixes it brings."""
        return len(self.sent.batch.fixes)


class Tally:
    """What was stored since the last line of the log."""

    def __init__(self) -> None:
        self._groups = self._requests = self._fixes = 0
        self._longest_s = 0.0

    def add(self, group: Sequence[Waiting], took_s: float) -> None:
        """Count a group; a second after the first one a line tells of all."""
        if not self._groups:
            asyncio.get_running_loop().call_later(LINE_S, self.tell)
        self._groups += 1
        self._requests += len(group)
        self._fixes += sum(one.rows for one in group)
        self._longest_s = max(self._longest_s, took_s)

    def tell(self) -> None:
        """Write the line, if there is something to tell, and begin anew."""
        if self._groups:
            took_ms = round(self._longest_s * 1000, 1)
            log.info(
                "positions", groups=self._groups, requests=self._requests, fixes=self._fixes, longest_took_ms=took_ms
            )
            self._groups = self._requests = self._fixes = 0
            self._longest_s = 0.0


class Gatherer:
    """One process's queue of positions."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._queue: deque[Waiting] = deque()
        self._rows = 0
        self._being_written = 0
        self._reading = asyncio.Lock()
        self._groups: set[asyncio.Task[None]] = set()
        self._tally = Tally()

    async def read(self, body: bytes) -> Batch:
        """The fixes of a request, as `Batch.read`: of long bodies one a turn, so that commands come between."""
        if len(body) < LONG_BODY:
            return Batch.read(body)
        async with self._reading:
            await asyncio.sleep(0)
            return Batch.read(body)

    async def store(self, sender: Sender, batch: Batch) -> PositionsOut:
        """Store the fixes of a request together with those of others; as `service.store`.

        Raises:
            Unavailable: too many wait already, or it has waited too long.
        """
        if self._rows + len(batch.fixes) > MOST_WAITING:
            raise Unavailable("Too many positions are waiting; send the same request again.")
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[PositionsOut] = loop.create_future()
        waiting = Waiting(Sent(sender, batch), answer, loop.call_later(WAIT_S, _give_up, answer))
        self._queue.append(waiting)
        self._rows += waiting.rows
        self._begin()
        return await answer

    async def close(self) -> None:
        """Write what waits; nothing new may come."""
        while self._groups:
            await asyncio.wait(self._groups)
        self._tally.tell()

    def _share(self) -> int:
        """How many requests a group has: a half of all, so that one is judged while the other is written."""
        return max(FEW, math.ceil((len(self._queue) + self._being_written) / GROUPS))

    def _is_time(self) -> bool:
        """Whether to write the next group: while one is being written, the next waits until it has its share."""
        is_whole = len(self._queue) >= self._share() or self._rows >= MOST_ROWS
        return bool(self._queue) and (not self._being_written or is_whole)

    def _begin(self) -> None:
        if self._is_time() and len(self._groups) < GROUPS:
            self._groups.add(asyncio.get_running_loop().create_task(self._write()))

    async def _write(self) -> None:
        # Asked again: whoever came in the same turn of the event loop may have gone with another group.
        group = self._next() if self._is_time() else []
        self._being_written += len(group)
        try:
            if group:
                await self._answer(group)
        finally:
            self._being_written -= len(group)
            self._groups -= {task for task in self._groups if task is asyncio.current_task()}
            self._begin()

    def _next(self) -> list[Waiting]:
        """The requests that have waited longest; whose sender has gone or was sent away is left out."""
        share = self._share()
        group: list[Waiting] = []
        rows = 0
        while self._queue and len(group) < share and (not group or rows + self._queue[0].rows <= MOST_ROWS):
            one = self._queue.popleft()
            self._rows -= one.rows
            one.patience.cancel()
            if not one.answer.done():
                group.append(one)
                rows += one.rows
        return group

    async def _answer(self, group: Sequence[Waiting]) -> None:
        started = time.perf_counter()
        try:
            async with self._database.position_lane() as lane:
                keep_days = self._database.settings.track_keep_days
                answers = await service.store_all(lane, [one.sent for one in group], keep_days)
        except Exception as error:  # noqa: BLE001  # whatever it is, it is for those who wait to hear
            if len(group) == 1 or isinstance(error, TimeoutError):
                _fail(group, error)
            else:
                await asyncio.gather(*(self._answer([one]) for one in group))
        else:
            self._tally.add(group, time.perf_counter() - started)
            for one, answer in zip(group, answers, strict=True):
                if not one.answer.done():
                    one.answer.set_result(answer)


def _fail(group: Iterable[Waiting], error: Exception) -> None:
    for one in group:
        if not one.answer.done():
            one.answer.set_exception(error)


def _give_up(answer: asyncio.Future[PositionsOut]) -> None:
    if not answer.done():
        answer.set_exception(Unavailable("The positions have waited too long; send the same request again."))
