"""The sender of one process: it claims what is due, fairly over all endpoints, sends it, and says how that went.

No transaction is open while something is sent. Each endpoint has its own few slots, one while it fails, and none but a
probe while it rests: a slow one holds up nobody else.
"""

import asyncio
import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from random import random
from typing import Any, NamedTuple
from uuid import UUID

import orjson
import structlog

from app.core.db import Database, Lane
from app.core.egress import Allowed
from app.core.outgoing import Answer, Outgoing
from app.core.time import rfc3339
from app.exchange.webhook.matching import Subscription
from app.exchange.webhook.sending import queries
from app.exchange.webhook.sending.reading import read_on
from app.exchange.webhook.workflow import BREAK_AFTER, DeliveryState, is_gone, key_of, rest_after, signed, wait_after
from app.stream import queries as stream
from app.stream.workflow import Entry

log = structlog.get_logger()
POLL_S = 0.25
GATHER_S = 0.005
"""What ends within this time is settled together."""
KNOWN_S = 1.0
"""So long a process goes by what it knows of webhooks."""
LEASE_MORE_S = 30.0
MOST_AT_ONCE = 400
AHEAD = 4
"""So many times its slots are claimed for an endpoint that is well: none is idle while the next are claimed."""
STALE_S = 2.0
"""What has waited longer for a slot is given back, to be judged again when it is sent."""
AGENT = "lianqin-webhook/1"


class Endpoint:
    """One webhook as its sender knows it; `flying` are its deliveries that this process has claimed."""

    def __init__(self, id: UUID, slots: int) -> None:
        self.id = id
        self.flying = 0
        self.gate = asyncio.Semaphore(slots)
        self.has_failed = False
        self.failures = 0
        self.rests = False

    def know(self, row: Mapping[str, Any], master: bytes) -> None:
        """Take over what is stored now."""
        self.subscription = Subscription(row)
        self.url: str = row["url"]
        self.failures, self.rests = row["failures"], row["rests"]
        salts = [salt for salt in (row["salt"], row["former_salt"]) if salt]
        self.keys = tuple(key_of(master, salt) for salt in salts)

    def room(self, slots: int, *, is_full: bool) -> int:
        """How many more to claim for it now; one always, however many others there are, unless it rests."""
        if self.rests:
            return 0
        most = 1 if self.failures or self.has_failed or is_full else slots * AHEAD
        return max(0, most - self.flying)


class Ended(NamedTuple):
    """How one delivery went; no answer: it was not sent."""

    endpoint: UUID
    row: Mapping[str, Any]
    state: DeliveryState
    at: datetime
    answer: Answer | None = None


class Sender:
    """Sends for one process until it is told to stop."""

    def __init__(self, database: Database, outgoing: Outgoing | None = None) -> None:
        self._database = database
        self._settings = settings = database.settings
        self._outgoing = outgoing or Outgoing(Allowed.of(settings.webhook_allow), settings.webhook_timeout_s)
        self._master = settings.secret.get_secret_value().encode()
        self._endpoints: dict[UUID, Endpoint] = {}
        self._flying: set[asyncio.Task[None]] = set()
        self._ended: list[Ended] = []
        self._known = -KNOWN_S
        self._wake = asyncio.Event()

    def wake(self) -> None:
        """Look for what is due at once."""
        self._wake.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Send until told to stop; then wait for what is on its way."""
        while not stop.is_set():
            try:
                await self.turn()
            except Exception as error:
                log.exception("webhooks_failed", error=type(error).__name__)
                await asyncio.sleep(POLL_S)
            await self._pause()
        await asyncio.gather(*self._flying, return_exceptions=True)
        await self.turn(claims=False)
        await self._outgoing.close()

    async def turn(self, *, claims: bool = True) -> int:
        """Settle what has ended and send what is due; says how many that are."""
        ended, self._ended = self._ended, []
        try:
            async with self._database.write_lane() as lane:
                if ended:
                    await self._settle(lane, ended)
                rows = await self._claimed(lane) if claims else []
        except BaseException:
            self._ended = ended + self._ended  # nothing of it is lost with a database that did not answer
            raise
        for row in rows:
            self._begin(row)
        return len(rows)

    async def _pause(self) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), POLL_S)
            await asyncio.sleep(GATHER_S)
        self._wake.clear()

    async def _claimed(self, lane: Lane) -> list[Mapping[str, Any]]:
        if time.monotonic() - self._known >= KNOWN_S:
            await self._learn(lane)
        is_full = len(self._flying) >= MOST_AT_ONCE
        rooms = {one.id: one.room(self._settings.webhook_slots, is_full=is_full) for one in self._endpoints.values()}
        free = {id: room for id, room in rooms.items() if room}
        if not free:
            return []
        lease_s = self._settings.webhook_timeout_s + LEASE_MORE_S
        return await queries.CLAIM.rows(lane, webhooks=list(free), rooms=list(free.values()), lease_s=lease_s)

    async def _learn(self, lane: Lane) -> None:
        """Read anew who gets what, and by whose right."""
        rows = [row for row in await queries.SUBSCRIPTIONS.rows(lane) if row["is_answered"]]
        slots = self._settings.webhook_slots
        known = {row["id"]: self._endpoints.get(row["id"]) or Endpoint(row["id"], slots) for row in rows}
        for row in rows:
            known[row["id"]].know(row, self._master)
        self._endpoints, self._known = known, time.monotonic()

    def _begin(self, row: Mapping[str, Any]) -> None:
        endpoint = self._endpoints[row["webhook_id"]]
        entry = Entry(row)
        if not endpoint.subscription.sees(entry):
            self._ended.append(Ended(endpoint.id, row, DeliveryState.DROPPED, datetime.now(UTC)))
            self.wake()
            return
        endpoint.flying += 1
        task = asyncio.create_task(self._send(endpoint, entry, row))
        self._flying.add(task)
        task.add_done_callback(partial(self._landed, endpoint))

    def _landed(self, endpoint: Endpoint, task: asyncio.Task[None]) -> None:
        endpoint.flying -= 1
        self._flying.discard(task)
        self.wake()

    async def _send(self, endpoint: Endpoint, entry: Entry, row: Mapping[str, Any]) -> None:
        claimed = time.monotonic()
        async with endpoint.gate:
            is_stale = time.monotonic() - claimed > STALE_S
            if is_stale or (endpoint.has_failed and endpoint.flying > 1):
                self._ended.append(Ended(endpoint.id, row, DeliveryState.WAITING, datetime.now(UTC)))
                return
            await self._post(endpoint, entry, row)

    async def _post(self, endpoint: Endpoint, entry: Entry, row: Mapping[str, Any]) -> None:
        at, body = datetime.now(UTC), row["body"].encode()
        headers = signed(endpoint.keys, str(entry.place), int(at.timestamp()), body)
        headers |= {"content-type": "application/json", "user-agent": AGENT, "accept-encoding": "identity"}
        answer = await self._outgoing.post(endpoint.url, headers, body)
        endpoint.has_failed = answer.failure is not None
        state = DeliveryState.WAITING if endpoint.has_failed else DeliveryState.DELIVERED
        self._ended.append(Ended(endpoint.id, row, state, at, answer))

    async def _settle(self, lane: Lane, ended: list[Ended]) -> None:
        await queries.SETTLE.row(lane, ended=_json([self._as_stored(one) for one in ended]))
        health, well = self._health(ended)
        if health:
            await queries.HEALTH.row(lane, health=_json(health))
        if well:
            await queries.HURRY.row(lane, webhooks=well)

    def _as_stored(self, one: Ended) -> dict[str, Any]:
        attempts = one.row["attempts"]
        state, wait_s, tried = one.state, 0.0, []
        if one.answer is not None:
            answer = {"status": one.answer.status, "error": one.answer.failure, "took_ms": one.answer.took_ms}
            tried = [{"at": rfc3339(one.at)} | answer]
        if state is DeliveryState.WAITING and tried:
            wait = wait_after(attempts, self._settings.webhook_tries_s, random())  # noqa: S311  # spreads the tries
            state, wait_s = (DeliveryState.DEAD, 0.0) if wait is None else (state, wait)
        is_unsent = one.answer is None
        return {
            "id": one.row["delivery_id"], "attempts": attempts, "state": state, "wait_s": wait_s, "try": tried,
            "back": int(is_unsent),
        }  # fmt: skip

    def _health(self, ended: list[Ended]) -> tuple[list[dict[str, Any]], list[UUID]]:
        """What has changed of the endpoints, and which are well again after they rested."""
        changed, well = [], []
        for id in dict.fromkeys(one.endpoint for one in ended):
            endpoint = self._endpoints.get(id)
            answers = [one.answer for one in ended if one.endpoint == id and one.answer]
            if endpoint is None or not answers:
                continue
            before, is_over = endpoint.failures, any(map(is_gone, answers))
            for answer in answers:
                endpoint.failures = 0 if answer.failure is None else endpoint.failures + 1
            rest = rest_after(endpoint.failures)
            endpoint.rests = is_over or rest is not None
            if is_over or endpoint.failures != before:
                rest_s = rest and rest.total_seconds()
                changed.append({"id": str(id), "failures": endpoint.failures, "rest_s": rest_s, "gone": is_over})
            if not endpoint.failures and before >= BREAK_AFTER:
                well.append(id)
        return changed, well


async def tend(database: Database, stop: asyncio.Event) -> None:
    """Read the log for all webhooks, and send, until told to stop."""
    sender = Sender(database)
    await asyncio.gather(_follow(database, sender, stop), sender.run(stop))


async def _follow(database: Database, sender: Sender, stop: asyncio.Event) -> None:
    while not stop.is_set():
        read = 0
        try:
            read = await read_on(database)
        except Exception as error:
            log.exception("webhooks_failed", error=type(error).__name__)
        if read:
            sender.wake()
        if read < stream.BATCH:
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), POLL_S)


def _json(rows: list[dict[str, Any]]) -> str:
    return orjson.dumps(rows).decode()
