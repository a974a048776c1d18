"""The run: rows taken in time order, each sent when its time has come, its life driven on, and its outcome counted."""

import asyncio
import math
import signal
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from itertools import islice
from pathlib import Path
from typing import Any, Self

import httpx
import orjson
from tqdm import tqdm

from app.replay.mapping import Mapping, Unreadable
from app.replay.reading import NotSent, Report, instant, report_of
from app.replay.recording import Entry, Recording
from app.replay.sending import Courier, GaveUp, Key, Letter, Password, SignInRefused, problem
from app.replay.tally import Outcome, Tally

TIMEOUT_S = 30.0
CLOCK_STEP = timedelta(seconds=1)
"""The Date header knows no parts of a second."""
REPEATS = {"conflict": "reported already", "key-reused": "same reference, other content"}


@dataclass(frozen=True, slots=True)
class Credentials:
    """One key for everything, else one password for the mapping's accounts (or for `username` alone)."""

    password: str = ""
    username: str | None = None
    api_key: str | None = None


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast: `speed` times as it was recorded, 0 for as fast as `concurrency` requests at a time allow."""

    speed: float = 0.0
    concurrency: int = 8
    limit: int | None = None

    @classmethod
    def named(cls, speed: str, concurrency: int, limit: int | None) -> Self:
        """A pace of a speed in words: a number above 0, or `max`.

        Raises:
            Unreadable: it is neither.
        """
        return cls(speed_of(speed), concurrency, limit)


def speed_of(word: str) -> float:
    """A speed in words: a number above 0, or `max`, which is 0.

    Raises:
        Unreadable: it is neither.
    """
    try:
        times = 0.0 if word == "max" else float(word)
    except ValueError:
        times = -1.0
    if not 0 <= times < math.inf:
        raise Unreadable(f"The speed {word!r} is neither a number nor max.")
    return times


def run(path: Path, mapping: Mapping, url: str, credentials: Credentials, pace: Pace) -> Tally:
    """Replay a file against a service, with a progress bar; Ctrl-C ends it early and whole.

    Raises:
        Unreadable: the file, or the sign-in.
    """
    with Recording(path, mapping) as recording:
        return asyncio.run(_run(recording, mapping, url, credentials, pace))


async def _run(recording: Recording, mapping: Mapping, url: str, credentials: Credentials, pace: Pace) -> Tally:
    limits = httpx.Limits(max_connections=pace.concurrency, max_keepalive_connections=pace.concurrency)
    async with httpx.AsyncClient(base_url=url, timeout=TIMEOUT_S, limits=limits) as client:
        return await Replay(client, mapping, credentials, pace).of(recording)


class Replay:
    """One run against one service."""

    def __init__(self, client: httpx.AsyncClient, mapping: Mapping, credentials: Credentials, pace: Pace) -> None:
        self.client, self.mapping, self.pace = client, mapping, pace
        self.tally = Tally()
        self.courier = Courier(client, self.tally)
        self.stopped = asyncio.Event()
        self._credentials = credentials
        self._accounts: dict[str, httpx.Auth] = {}
        self._begun_at: datetime | None = None
        self._filed: set[str] = set()

    async def of(self, recording: Recording) -> Tally:
        """Send the recording's rows, each once, and count what came of them.

        Raises:
            SignInRefused: an account cannot sign in.
        """
        await self._sign_in()
        started = time.perf_counter()
        self.tally.total = len(recording)
        queue: asyncio.Queue[Entry | None] = asyncio.Queue(self.pace.concurrency)
        wanted = min(len(recording), self.pace.limit or len(recording))
        with tqdm(total=wanted, unit="row", smoothing=0.05, disable=None) as bar:  # none where nobody looks
            async with self._stoppable(), asyncio.TaskGroup() as workers:
                for _ in range(self.pace.concurrency):
                    workers.create_task(self._work(queue, bar))
                async for entry in self._in_time(islice(recording, wanted)):
                    self.tally.read += 1
                    await queue.put(entry)
                for _ in range(self.pace.concurrency):
                    await queue.put(None)
        self.tally.seconds = time.perf_counter() - started
        return self.tally

    @asynccontextmanager
    async def _stoppable(self) -> AsyncIterator[None]:
        """The first Ctrl-C takes no more rows and waits for those under way; the second breaks off."""
        loop = asyncio.get_running_loop()

        def stop() -> None:
            self.stopped.set()
            loop.remove_signal_handler(signal.SIGINT)

        try:
            loop.add_signal_handler(signal.SIGINT, stop)
        except (NotImplementedError, RuntimeError):  # no such signals here, or not the main thread
            yield
            return
        try:
            yield
        finally:
            loop.remove_signal_handler(signal.SIGINT)

    async def _in_time(self, entries: Iterator[Entry]) -> AsyncIterator[Entry]:
        first, times = None, self.mapping.time
        started = time.monotonic()
        for entry in entries:
            opened_at = instant(entry.values, times.opened_at, times) if self.pace.speed and entry.values else None
            if opened_at is not None:
                first = first or opened_at
                wait_s = started + (opened_at - first).total_seconds() / self.pace.speed - time.monotonic()
                await self._wait(wait_s)
            if self.stopped.is_set():
                return
            yield entry

    async def _wait(self, seconds: float) -> None:
        if seconds > 0:
            try:
                await asyncio.wait_for(self.stopped.wait(), seconds)
            except TimeoutError:
                return

    async def _work(self, queue: "asyncio.Queue[Entry | None]", bar: Any) -> None:
        while (entry := await queue.get()) is not None:
            outcome, reason = await self._row(entry)
            self.tally.settle(outcome, reason)
            bar.update()
            bar.set_postfix({o.value: self.tally.of(o) for o in (Outcome.ACCEPTED, Outcome.FAILED)}, refresh=False)

    async def _row(self, entry: Entry) -> tuple[Outcome, str]:
        try:
            report = report_of(entry.values, self.mapping)
        except NotSent as aside:
            return Outcome.NOT_SENT, aside.reason.value
        values = entry.values or {}
        self.tally.notes.update(note.value for note in report.notes)
        if self.mapping.status:
            self.tally.recorded[str(values.get(self.mapping.status))] += 1
        letter = Letter("report", "/v1/incidents", report.body, report.key, self._account(self.mapping.account))
        try:
            answer = await self.courier.deliver(letter)
        except GaveUp as cause:
            return Outcome.FAILED, f"no answer: {cause}"
        if not answer.is_success:
            return _refusal(answer)
        incident = orjson.loads(answer.content)
        again = self._is_from_before(incident) or (entry.is_doubled and report.key in self._filed)
        if entry.is_doubled:
            self._filed.add(report.key)
        self.tally.statuses[await self._live(incident, report, values)] += 1
        return (Outcome.REPEATED, "answered again") if again else (Outcome.ACCEPTED, "")

    async def _live(self, incident: dict[str, Any], report: Report, values: dict[str, Any]) -> str:
        """Drive an incident on as its centre would; the status it comes to."""
        for step in self.mapping.life:
            if step.when and not values.get(step.when):
                continue
            path, key = f"/v1/incidents/{incident['id']}/transitions", f"{report.key}:{step.action}"
            letter = Letter(step.action, path, step.body, key, self._account(step.by), incident["version"])
            try:
                answer = await self.courier.deliver(letter)
            except GaveUp as cause:
                self.tally.moves_failed[f"{step.action}: no answer: {cause}"] += 1
                break
            if not answer.is_success:
                counted = self.tally.moves_failed if answer.is_server_error else self.tally.moves_refused
                counted[f"{step.action}: {problem(answer)}"] += 1
                break
            incident = orjson.loads(answer.content)
        return str(incident["status"])

    def _account(self, name: str) -> httpx.Auth:
        given = self._credentials
        who = given.username or name
        if who not in self._accounts:
            self._accounts[who] = Key(given.api_key) if given.api_key else Password(who, given.password)
        return self._accounts[who]

    async def _sign_in(self) -> None:
        """Find out before the first row whether every account may come in, and what time it is there."""
        for name in dict.fromkeys((self.mapping.account, *(step.by for step in self.mapping.life))):
            try:
                answer = await self.client.get("/v1/me", auth=self._account(name))
            except httpx.TransportError as error:
                raise SignInRefused(f"{self.client.base_url} cannot be reached: {error}") from None
            if not answer.is_success:
                raise SignInRefused(f"{name} is not let in: {problem(answer)}")
            if "Date" in answer.headers:
                self._begun_at = parsedate_to_datetime(answer.headers["Date"])

    def _is_from_before(self, incident: dict[str, Any]) -> bool:
        """Whether an earlier run filed it: the answer to the same key is that run's."""
        made_at = datetime.fromisoformat(incident["created_at"])
        return self._begun_at is not None and made_at < self._begun_at - CLOCK_STEP


def _refusal(answer: httpx.Response) -> tuple[Outcome, str]:
    what = problem(answer)
    if what in REPEATS:
        return Outcome.REPEATED, REPEATS[what]
    return (Outcome.FAILED if answer.is_server_error else Outcome.REFUSED), what
