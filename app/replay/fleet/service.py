"""The run of a fleet: rows in batches of positions, several under way at a time, and what came of every row."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import orjson
from tqdm import tqdm

from app.replay.fleet.mapping import FleetMapping
from app.replay.fleet.reading import Days, Fix, fix_of
from app.replay.fleet.tally import FleetTally
from app.replay.reading import NotSent
from app.replay.recording import rows
from app.replay.sending import Courier, GaveUp, Key, Letter, Password, SignInRefused, problem
from app.replay.service import Credentials
from app.replay.tally import Outcome

TIMEOUT_S = 60.0


AHEAD_S = 1.0
"""Fixes that are due within this time go together: a fleet that is replayed fast sends no thousand requests of one."""


class Pace(NamedTuple):
    """How many fixes go in a request at most, how many requests are under way at a time, and how many rows at most.

    `speed` is how many times as fast as it was, 0 for as fast as the service takes them.
    """

    batch: int = 1000
    concurrency: int = 4
    limit: int | None = None
    speed: float = 0.0


def run(path: Path, mapping: FleetMapping, url: str, credentials: Credentials, pace: Pace, last_on: date) -> FleetTally:
    """Replay a file's fleet against a service, its days moved so that the last is `last_on`.

    Raises:
        Unreadable: the file, or the sign-in.
    """
    days = Days.of(path, mapping, last_on)

    async def send() -> FleetTally:
        async with httpx.AsyncClient(base_url=url, timeout=TIMEOUT_S) as client:
            return await Fleet(client, mapping, credentials, pace).of(path, days)

    return asyncio.run(send())


class Fleet:
    """One run against one service."""

    def __init__(self, client: httpx.AsyncClient, mapping: FleetMapping, credentials: Credentials, pace: Pace) -> None:
        self.client, self.mapping, self.pace = client, mapping, pace
        self.tally = FleetTally()
        self.courier = Courier(client, self.tally)
        who = credentials.username or mapping.account
        self._by: httpx.Auth = Key(credentials.api_key) if credentials.api_key else Password(who, credentials.password)
        self._last: dict[str, str] = {}

    async def of(self, path: Path, days: Days) -> FleetTally:
        """Send a file's rows in its order, each once, and count what came of them.

        Raises:
            SignInRefused: the account cannot sign in.
        """
        await self._sign_in()
        started = time.perf_counter()
        queue: asyncio.Queue[list[Fix] | None] = asyncio.Queue(self.pace.concurrency)
        with tqdm(unit="row", smoothing=0.05, disable=None) as bar:  # none where nobody looks
            async with asyncio.TaskGroup() as workers:
                for _ in range(self.pace.concurrency):
                    workers.create_task(self._work(queue, bar))
                async for batch in self._batches(path, days):
                    await queue.put(batch)
                for _ in range(self.pace.concurrency):
                    await queue.put(None)
        self.tally.total = self.tally.read
        self.tally.seconds = time.perf_counter() - started
        return self.tally

    async def _batches(self, path: Path, days: Days) -> AsyncIterator[list[Fix]]:
        """Fixes that go together: as many as a request takes, or as are due."""
        batch: list[Fix] = []
        first, started = None, time.monotonic()
        for fix in self._fixes(path, days):
            if self.pace.speed:
                observed_at = datetime.fromisoformat(fix["observed_at"])
                first = first or observed_at
                wait_s = started + (observed_at - first).total_seconds() / self.pace.speed - time.monotonic()
                if wait_s > AHEAD_S:
                    if batch:
                        yield batch
                    batch = []
                    await asyncio.sleep(wait_s)
            batch.append(fix)
            if len(batch) == self.pace.batch:
                yield batch
                batch = []
        if batch:
            yield batch

    def _fixes(self, path: Path, days: Days) -> Iterator[Fix]:
        for values in islice(rows(path, self.mapping), self.pace.limit):
            self.tally.read += 1
            try:
                fix = fix_of(values, self.mapping, days)
            except NotSent as aside:
                self.tally.settle(Outcome.NOT_SENT, aside.reason.value)
                continue
            self._note(fix, values or {})
            yield fix

    def _note(self, fix: Fix, values: dict[str, Any]) -> None:
        """Count what is worth knowing of a fix that is sent."""
        if self._last.get(fix["patrol"]) == fix["observed_at"]:
            self.tally.notes["same instant as the row of this vehicle before"] += 1
        self._last[fix["patrol"]] = fix["observed_at"]
        if self.mapping.status:
            self.tally.recorded[str(values.get(self.mapping.status))] += 1

    async def _work(self, queue: "asyncio.Queue[list[Fix] | None]", bar: Any) -> None:
        while (batch := await queue.get()) is not None:
            self.tally.outcomes.update(await self._sent(batch))
            bar.update(len(batch))

    async def _sent(self, batch: list[Fix]) -> Counter[tuple[Outcome, str]]:
        """What came of the fixes of one batch. It may be sent twice: the same fix is kept once."""
        letter = Letter("positions", "/v1/positions", {"positions": batch}, "", self._by)
        try:
            answer = await self.courier.deliver(letter)
        except GaveUp as cause:
            return Counter({(Outcome.FAILED, f"no answer: {cause}"): len(batch)})
        if not answer.is_success:
            outcome = Outcome.FAILED if answer.is_server_error else Outcome.REFUSED
            return Counter({(outcome, problem(answer)): len(batch)})
        said = orjson.loads(answer.content)
        came = Counter((Outcome.REFUSED, one["reason"]) for one in said["not_stored"])
        came[Outcome.ACCEPTED, ""] += said["stored"]
        came[Outcome.REPEATED, "stored already"] += said["repeated"]
        return +came

    async def _sign_in(self) -> None:
        try:
            answer = await self.client.get("/v1/me", auth=self._by)
        except httpx.TransportError as error:
            raise SignInRefused(f"{self.client.base_url} cannot be reached: {error}") from None
        if not answer.is_success:
            raise SignInRefused(f"{self.mapping.account} is not let in: {problem(answer)}")
