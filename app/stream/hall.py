"""Those who listen in a process, grouped by what they see: what happens is looked at once for all who see the same."""

import asyncio
from collections import deque
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from typing import Any, Generic, NamedTuple, Protocol, Self, TypeVar
from uuid import UUID

from app.stream.workflow import Place

MAX_WAITING = 1000
MAX_WAITING_BYTES = 1024 * 1024
SLOW = "too slow a reader"
CLOSING = "the service is stopping"


class Sight(Protocol):
    """What one reader sees and wants; those whose `shared()` is the same differ only in what is theirs as a person."""

    @property
    def account_id(self) -> UUID:
        """The person."""

    def shared(self) -> Self:
        """The same for nobody in particular."""


class Told(Protocol):
    """Something that happened."""

    @property
    def place(self) -> Place:
        """Where it is in the log."""

    @property
    def persons(self) -> Collection[UUID]:
        """Accounts that may see it as a person, wherever they work; others may be among them."""


V = TypeVar("V", bound=Sight)
T = TypeVar("T", bound=Told)
K = TypeVar("K")


class Chunk(NamedTuple):
    """What of one turn is for one sight, ready to be sent, and of how many things."""

    things: Sequence[Any]
    sight: Any
    block: bytes
    many: int


class Listener(Generic[V]):
    """One reader's queue, bounded: who does not keep up is ended and comes back by its last id.

    Of what lies up to the place `after` it has had everything.
    """

    def __init__(self, sight: V) -> None:
        self.sight = sight
        self.after = Place(0, 0)
        self.ended: str | None = None
        self._waiting: deque[Chunk] = deque()
        self._bytes = self._count = 0
        self._ready = asyncio.Event()

    def offer(self, chunk: Chunk) -> None:
        """Put a chunk in the queue."""
        if self.ended:
            return
        self._waiting.append(chunk)
        self._bytes += len(chunk.block)
        self._count += chunk.many
        self._ready.set()
        if self._count > MAX_WAITING or self._bytes > MAX_WAITING_BYTES:
            self.end(SLOW)

    def end(self, why: str) -> None:
        """Give this reader nothing more."""
        self.ended = self.ended or why
        self._waiting.clear()
        self._ready.set()

    async def take(self, timeout_s: float) -> list[Chunk]:
        """What waits, at once or as soon as something comes; nothing when the time is up."""
        # What comes in the very instant the time is up is taken too: the hall is past it.
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                await self._ready.wait()
        taken = list(self._waiting)
        self._waiting.clear()
        self._bytes = self._count = 0
        if not self.ended:
            self._ready.clear()
        return taken


class Hall(Generic[V, T]):
    """All listeners of one kind; `render` says what of some things is for a sight: its bytes, and how many."""

    def __init__(self, render: Callable[[Sequence[T], V], tuple[bytes, int]]) -> None:
        self.render = render
        self.listeners: set[Listener[V]] = set()
        self._groups: dict[V, set[Listener[Any]]] = {}
        self._persons: dict[UUID, set[Listener[Any]]] = {}
        self._ahead: set[Listener[V]] = set()

    @property
    def accounts(self) -> Collection[UUID]:
        """Who listens."""
        return self._persons.keys()

    def enter(self, listener: Listener[V], head: Place) -> None:
        """Tell it everything from now on; `head` is how far everybody else was told."""
        self.listeners.add(listener)
        if listener.after > head:
            self._ahead.add(listener)
        self._groups.setdefault(listener.sight.shared(), set()).add(listener)
        self._persons.setdefault(listener.sight.account_id, set()).add(listener)

    def leave(self, listener: Listener[V]) -> None:
        """Tell it nothing more."""
        self.listeners.discard(listener)
        self._ahead.discard(listener)
        _forget(self._groups, listener.sight.shared(), listener)
        _forget(self._persons, listener.sight.account_id, listener)

    def see(self, listener: Listener[V], sight: V, head: Place) -> None:
        """From now on it sees this."""
        self.leave(listener)
        listener.sight = sight
        self.enter(listener, head)

    def tell(self, things: Sequence[T], head: Place) -> None:
        """Offer each listener what it sees of these; everybody is then at `head`."""
        if things:
            self._offer(things)
        self._ahead = {one for one in self._ahead if one.after > head}

    def _offer(self, things: Sequence[T]) -> None:
        apart = self._ahead | {one for thing in things for one in self._known(thing.persons)}
        for sight, group in self._groups.items():
            block, count = self.render(things, sight)
            if block:
                chunk = Chunk(things, sight, block, count)
                for listener in group - apart if apart else group:
                    listener.offer(chunk)
        for listener in apart:
            mine = [thing for thing in things if thing.place > listener.after]
            block, count = self.render(mine, listener.sight)
            if block:
                listener.offer(Chunk(mine, listener.sight, block, count))

    def _known(self, accounts: Collection[UUID]) -> Iterator[Listener[V]]:
        for account in accounts:
            yield from self._persons.get(account, ())

    def seen(self, chunk: Chunk, sight: V) -> bytes:
        """What is sent of a chunk to somebody who sees this: its bytes, unless the sight has changed since."""
        same = chunk.sight is sight or chunk.sight == sight.shared()
        return chunk.block if same else self.render(chunk.things, sight)[0]

    def stop(self) -> None:
        """End every listener."""
        for listener in self.listeners:
            listener.end(CLOSING)


def _forget(index: dict[K, set[Listener[Any]]], key: K, listener: Listener[Any]) -> None:
    found = index.get(key, set())
    found.discard(listener)
    if not found:
        index.pop(key, None)
