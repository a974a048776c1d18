"""The board of everybody, as one process knows it: read once, then kept by the facts of the log, for all its readers.

It is made when the first reader comes. What a fact touches is read anew, at most once a turn however many facts there
were; each reader then hears what changed on their own board, and so of what went out of their sight as well.
"""

import asyncio
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from uuid import UUID

import structlog

from app.core.process import ended
from app.overview.board import queries
from app.overview.board.workflow import (
    NOWHERE,
    By,
    Change,
    Item,
    Key,
    Kind,
    Sight,
    Touched,
    rendered,
    touched,
)
from app.stream.feed import AFTER_FAILURE_S, Feed
from app.stream.hall import Hall
from app.stream.workflow import NOBODY, Entry, Place

log = structlog.get_logger()
SAMPLE_S = 2.0
"""How often positions are looked at: they are not in the log."""
LOOK_S = 1.0
"""How often it is looked whether somebody's sight of something has ended by itself."""
PATIENCE_S = 3.0
"""How long a reader waits for the board to be where they were last, with another process."""
MOST_PAGES = 20
"""How much of the log is read for a reader who was away before the board was made; beyond, all is sent."""
NAMES = {
    By.INCIDENT: "incidents", By.CREW: "crews", By.SOS: "sos", By.WELFARE: "welfare", By.VOID: "voids",
    By.MINIMUM: "minimums",
}  # fmt: skip
KEYS: dict[By, Callable[[UUID], list[Key]]] = {
    By.INCIDENT: lambda named: [Key(Kind.INCIDENT, named)],
    By.CREW: lambda named: [Key(Kind.PATROL, named), Key(Kind.POSITION, named)],
    By.SOS: lambda named: [Key(Kind.SOS, named)],
    By.WELFARE: lambda named: [Key(Kind.WELFARE, named)],
    By.VOID: lambda named: [Key(Kind.VOID, named)],
    By.MINIMUM: lambda _: [],
}
"""The items that are gone if they are not found by what a fact names."""
NOTHING = Item(Key(Kind.POSITION, NOBODY), NOBODY, frozenset(), frozenset(), frozenset(), None, "")


class LiveBoard:
    """Every open item with who sees it, and the hall of those who are told what changes.

    `place` is how far it is in the log; `since`, from where on it knows what was touched when.
    """

    def __init__(self, feed: Feed) -> None:
        self.feed = feed
        self.hall = Hall[Sight, Change](rendered)
        self.items: dict[Key, Item] = {}
        self.place = self.since = NOWHERE
        self._touched: Touched = {}
        self._heard = NOWHERE
        self._woken, self._turned = asyncio.Event(), asyncio.Event()
        self._making, self._reading = asyncio.Lock(), asyncio.Lock()
        self._sampled = self._looked = 0.0
        self._tasks: list[asyncio.Task[None]] = []

    async def ready(self) -> None:
        """Make the board, unless it is there."""
        async with self._making:
            if self._tasks:
                return
            # Heard from now on: what is committed while the board is read is read again.
            self.feed.ears.append(self._hear)
            try:
                async with self.feed.database.read_lane() as lane:
                    rows = await queries.WHOLE.rows(lane)
            except BaseException:
                self.feed.ears.remove(self._hear)
                raise
            self.items = {item.key: item for item in (Item.of(row) for row in rows if row["id"] is not None)}
            self.place = self.since = Place(rows[0]["horizon"], 0)
            self.feed.halls.append(self.hall)
            self._tasks = [asyncio.create_task(loop, name="board") for loop in (self._keep(), self._sample_on())]

    async def close(self) -> None:
        """Keep it no more."""
        await ended(self._tasks)
        self._tasks = []

    async def reached(self, place: Place) -> None:
        """Wait until the board is at a place of the log that some other process has seen."""
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE_S):
                while self.place < place:
                    await self._turned.wait()

    async def reach_back(self, place: Place) -> bool:
        """Learn what was touched from an earlier place on, if that is not known; no if that is too much to read."""
        async with self._making:
            begin, asked, pages = place, Touched(), 0
            while begin < self.since and pages < MOST_PAGES:
                page = await self.feed.page(begin)
                asked |= touched(page.entries)
                begin, pages = page.place, pages + 1
            if begin < self.since:
                return False
            if place < self.since:
                self._mark(await self._read({one: at for one, at in asked.items() if self._may_have(*one)}))
                self.since = place
        return True

    def _may_have(self, by: By, named: UUID) -> bool:
        return by in (By.CREW, By.MINIMUM) or any(key in self.items for key in KEYS[by](named))

    def _mark(self, found: Iterable[Item]) -> None:
        """These were touched before what is known, so that they are told to whoever was there last before that."""
        for item in found:
            known = self.items.get(item.key)
            if known is not None and known.place < self.since:
                self.items[item.key] = known._replace(place=self.since)

    def since_then(self, sight: Sight, place: Place) -> list[Item]:
        """The items in sight that may have changed since a place; positions are always among them."""
        items = self.items.values()
        return [one for one in items if (one.place > place or one.key.kind is Kind.POSITION) and one.is_in(sight)]

    def kept(self, sight: Sight) -> dict[str, list[UUID]]:
        """The ids of all that is in sight."""
        found: dict[Kind, list[UUID]] = {kind: [] for kind in sorted(sight.kinds)}
        for key, item in self.items.items():
            if item.is_in(sight):
                found[key.kind].append(key.id)
        return {kind.name.lower(): ids for kind, ids in found.items()}

    def _hear(self, entries: Sequence[Entry], place: Place) -> None:
        self._touched |= touched(entries)
        self._heard = place
        self._woken.set()

    async def _keep(self) -> None:
        """Keep the board, turn by turn; a turn that fails is tried again."""
        while True:
            await self._woken.wait()
            self._woken.clear()
            try:
                async with self._reading:
                    await self._turn()
            except Exception as error:  # noqa: BLE001  # the board outlives whatever befalls the database
                log.warning("board", error=type(error).__name__)
                await asyncio.sleep(AFTER_FAILURE_S)
                self._woken.set()

    async def _turn(self) -> None:
        """Read what was touched, and tell what of it changed."""
        asked, place = self._touched | self._ended(), max(self.place, self._heard)
        self._touched = {}
        if asked:
            try:
                found = await self._read(asked)
            except BaseException:
                self._touched |= asked
                raise
            keys = [key for by, named in asked for key in KEYS[by](named)]
            self.hall.tell(self._taken(keys, found, place), place)
        self.place = place
        self._turned.set()
        self._turned = asyncio.Event()

    def _ended(self) -> Touched:
        """What somebody's sight of has ended by itself, as if a fact had touched it."""
        if time.monotonic() < self._looked + LOOK_S:
            return {}
        self._looked, now = time.monotonic(), datetime.now(UTC)
        over = [item.key.id for item in self.items.values() if item.until is not None and item.until <= now]
        return dict.fromkeys(((By.INCIDENT, incident_id) for incident_id in over), self._heard)

    def _taken(self, asked: Iterable[Key], found: Iterable[Item], place: Place) -> list[Change]:
        """Take over what was found; what was asked for and is not there any more is gone from the board."""
        now = {item.key: item._replace(place=place) for item in found}
        changes = [Change(key, self.items.get(key), item, place) for key, item in now.items()]
        gone = [key for key in dict.fromkeys(asked) if key in self.items and key not in now]
        changes += [Change(key, self.items.pop(key), None, place) for key in gone]
        self.items |= now
        return changes

    async def _sample_on(self) -> None:
        while True:
            try:
                if self.hall.listeners:
                    await self.sample()
            except Exception as error:  # noqa: BLE001  # as above
                log.warning("board positions", error=type(error).__name__)
            await asyncio.sleep(SAMPLE_S)

    async def sample(self) -> None:
        """Look where the patrols on duty are, unless that was done just now, and tell who sees them."""
        async with self._reading:
            if time.monotonic() < self._sampled + SAMPLE_S / 2:
                return
            async with self.feed.database.read_lane() as lane:
                rows = await queries.POSITIONS.rows(lane)
            self._sampled = time.monotonic()
            # A patrol that has signed off meanwhile is not on the board any more, whatever was read of it.
            on_duty = [one for one in map(Item.of, rows) if Key(Kind.PATROL, one.key.id) in self.items]
            moved = [one for one in on_duty if self.items.get(one.key, NOTHING).body != one.body]
            known = [key for key in self.items if key.kind is Kind.POSITION]
            still = {one.key for one in on_duty}
            lost = [key for key in known if key not in still]
            self.hall.tell(self._taken(lost, moved, NOWHERE), self.place)

    async def _read(self, asked: Touched) -> list[Item]:
        ids: dict[str, list[UUID]] = {name: [] for name in NAMES.values()}
        for by, named in asked:
            ids[NAMES[by]].append(named)
        async with self.feed.database.read_lane() as lane:
            rows = await queries.TOUCHED.rows(lane, **ids)
        return [Item.of(row) for row in rows]
