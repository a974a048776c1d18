"""How much of the outside is let in at once: a flood waits, and is then told to come back; officers do not notice."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Annotated

from fastapi import Depends, Request

from app.core.db import Lane, Session, database
from app.core.problems import OutOfRange, Unavailable, raises

AT_ONCE = {"read": 3, "write_lane": 2}
"""Connections that outsiders hold at once in one process, of the 8 and 12 there are."""
WAITING = 40


class Gate:
    """So many go in, so many wait, the others are refused."""

    def __init__(self, at_once: int, waiting: int = WAITING) -> None:
        self.most, self._inside = at_once + waiting, 0
        self._turn = asyncio.Semaphore(at_once)

    @asynccontextmanager
    async def passed(self) -> AsyncIterator[None]:
        """Wait for a turn and keep it for the block.

        Raises:
            Unavailable: too many wait already.
        """
        if self._inside >= self.most:
            raise Unavailable("Too many requests of this kind wait already.")
        self._inside += 1
        try:
            async with self._turn:
                yield
        finally:
            self._inside -= 1


def gates() -> dict[str, Gate]:
    """The gates of a process, by the way to the database that lies behind each."""
    return {kind: Gate(most) for kind, most in AT_ONCE.items()}


@raises(Unavailable, OutOfRange)
async def _reading(request: Request) -> AsyncIterator[Session]:
    gate: Gate = request.app.state.gates["read"]
    async with gate.passed(), database(request).read() as session:
        yield session


Lanes = Callable[[], AbstractAsyncContextManager[Lane]]
"""A way to one transaction after the other: a batch holds no other up for longer than one of its items takes."""


@raises(Unavailable, OutOfRange)
async def _lanes(request: Request) -> Lanes:
    gate: Gate = request.app.state.gates["write_lane"]

    @asynccontextmanager
    async def lane() -> AsyncIterator[Lane]:
        async with gate.passed(), database(request).write_lane() as lane:
            yield lane

    return lane


OutsideLanes = Annotated[Lanes, Depends(_lanes)]


@raises(Unavailable, OutOfRange)
async def _writing(lanes: OutsideLanes) -> AsyncIterator[Lane]:
    async with lanes() as lane:
        yield lane


@raises(Unavailable, OutOfRange)
async def _changing(request: Request) -> AsyncIterator[Session]:
    gate: Gate = request.app.state.gates["write_lane"]
    async with gate.passed(), database(request).write() as session:
        yield session


# scope="function": as of every way to the database, the commit comes before the answer.
OutsideRead = Annotated[Session, Depends(_reading, scope="function")]
OutsideLane = Annotated[Lane, Depends(_writing, scope="function")]
OutsideWrite = Annotated[Session, Depends(_changing, scope="function")]
