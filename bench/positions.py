"""`python -m bench.positions`: positions over HTTP against COPY into the same table, and 2,000 phones that come back.

Each round sends batches to the API with one and with two processes, then the same number of connections COPY the same
rows; what counts is the ratio of the rows that are in the table a second. Then phones that were offline for two hours
send what they have while a command is given again and again, with and without them.
"""

import asyncio
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import asyncpg
import orjson

from app.core import logs
from app.core.geo import ewkb
from app.core.settings import load_settings
from bench.data import HERE, Server
from bench.loading import Api, Load, cpu, demand_wrk, served
from bench.preparing import Desk
from bench.works import WORKS, made

SIZE, PORT = 10_000, 18775
ROUNDS, CLIENTS, SECONDS = (
    int(os.environ.get(n, d)) for n, d in (("ROUNDS", "3"), ("CLIENTS", "16"), ("SECONDS", "8"))
)
ONLY = os.environ.get("ONLY", "")
BATCHES = {50: 0.6, 1000: 0.8}
BATCH_HEAD = """
| work | rows/s, API, 1 process | API, 2 | COPY | ratio, 1 | ratio, 2 | CPU µs a row, sender + database: API, 1 | API, 2 | COPY | target |
| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
"""
RETURN_HEAD = """
| API | commands/s alone | p50 ms | p99 ms | refused | beside | p50 ms | p99 ms | refused | stored |
| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
"""
ENOUGH, PATIENCE_S = 1_200_000, 170
APART = timedelta(milliseconds=100)
DEVICES, OFFLINE, EVERY_S = 2000, timedelta(hours=2), 10
DUTY = """
UPDATE shift SET starts_at = now() - interval '12 hours', ends_at = now() + interval '1 hour', signed_on_at = now() - interval '12 hours';
UPDATE crew_member SET during = tstzrange(starts_at, ends_at) FROM shift WHERE id = shift_id;
"""
COLUMNS = (
    "patrol_id",
    "observed_at",
    "device_id",
    "shift_id",
    "location",
    "accuracy_m",
    "speed_mps",
    "heading_deg",
    "battery",
    "datum",
    "quality",
)


class Phones:
    """Made-up phones of crews on duty, each with a token of its own."""

    def __init__(self, server: Server, desk: Desk, count: int) -> None:
        self.server = server
        self.tokens = [desk.token(100_000 + 3 * n) for n in range(count)]

    def batches(self, name: str, begin: datetime, apart: timedelta, size: int, rounds: int) -> "Batches":
        """A file in which the phones send in turns; each fix is `apart` from the one before."""
        file = self.server.folder / name
        with file.open("wb") as lines:
            for turn in range(rounds):
                for token in self.tokens:
                    fixes = [_fix(begin + apart * (turn * size + n), n) for n in range(size)]
                    lines.write(token.encode() + b"\t" + orjson.dumps({"positions": fixes}) + b"\n")
        return Batches(file, rounds * len(self.tokens))


def _fix(at: datetime, n: int) -> dict[str, Any]:
    place = [round(118.5 + n % 1000 * 1e-5, 6), 32.0567]
    return {
        "device_id": "phone",
        "observed_at": at,
        "location": place,
        "accuracy_m": 6.5,
        "speed_mps": 1.4,
        "heading_deg": 90.0,
        "battery": 80,
    }


class Batches(NamedTuple):
    """A file of requests and how many they are."""

    file: Path
    count: int

    def send(self, api: Api, clients: int, seconds: int) -> int | None:
        """Send them, or as many as fit into the time; for how many seconds, if they were all sent."""
        told = os.environ | {"BATCHES": str(self.file), "TOTAL": str(self.count)}
        script = ["-s", str(HERE / "positions.lua")]
        command = ["wrk", "-t", "1", "-c", str(clients), "-d", f"{seconds}s", "--timeout", "30s", *script, api.address]
        with subprocess.Popen(command, env=told, stdout=subprocess.PIPE, text=True) as wrk:
            for line in wrk.stdout or ():
                if line.startswith("SENT"):
                    wrk.terminate()
                    return int(line.split()[1])
        return None


class Copying:
    """The other side: connections that COPY batches of rows.

    Both are there before the clock starts, as the API's connections and the phones' requests are.
    """

    def __init__(self, url: str, begin: datetime, size: int) -> None:
        self._url = url.replace("+asyncpg", "")
        self._batches = [list(_rows(begin, phone, size)) for phone in range(CLIENTS)]
        self._connections: list[asyncpg.Connection] = []

    async def connect(self) -> None:
        """Open a connection for each phone."""
        self._connections = [await asyncpg.connect(self._url) for _ in range(CLIENTS)]
        for one in self._connections:
            await one.set_type_codec("geometry", schema="public", format="binary", encoder=bytes, decoder=bytes)

    async def run(self, seconds: float) -> None:
        """Copy until the time is up, or all there is."""
        end = time.perf_counter() + seconds
        pairs = zip(self._connections, self._batches, strict=True)
        await asyncio.gather(*(self._copy(connection, batches, end) for connection, batches in pairs))

    async def close(self) -> None:
        """Close the connections."""
        for one in self._connections:
            await one.close()

    @staticmethod
    async def _copy(connection: asyncpg.Connection, batches: list[list[tuple[Any, ...]]], end: float) -> None:
        for batch in batches:
            if time.perf_counter() < end:
                await connection.copy_records_to_table("position", records=batch, columns=COLUMNS)


def _rows(begin: datetime, phone: int, size: int) -> Iterator[list[tuple[Any, ...]]]:
    """The batches of one phone, one after the other."""
    ids, place = (made("01920000", phone), made("01922000", phone)), ewkb(118.5, 32.0567)
    told = (place, 6.5, 1.4, 90.0, 80, "wgs84", "good")
    for first in range(0, ENOUGH // CLIENTS, size):
        yield [(ids[0], begin + APART * n, "copy", ids[1], *told) for n in range(first, first + size)]


def main() -> None:
    """Measure, and print the tables."""
    demand_wrk()
    os.environ |= {"LIANQIN_SECRET": secrets.token_urlsafe(48), "LIANQIN_ACCESS_TOKEN_S": "3600"}
    logs.configure("WARNING", "json")
    server = Server.up()
    server.made(SIZE)
    url = server.url(server.copied(SIZE))
    os.environ["DATABASE_URL"] = url
    server.sql(f"run_{SIZE}", DUTY)
    desk = Desk(load_settings(), SIZE)
    log = server.folder / "api.log"
    with served(url, PORT, 1, log) as one, served(url, PORT + 1, 2, log) as two:
        apis = {"1 process": one, "2 processes": two}
        if ONLY in "batches":
            _say(BATCH_HEAD)
            for size, target in BATCHES.items():
                _say(_ratios(server, desk, apis, size, target))
        if ONLY in "returning":
            _say(RETURN_HEAD)
            for side, api in apis.items():
                _say(_returning(server, desk, api, side))


def _say(line: str) -> None:
    sys.stdout.write(line)
    sys.stdout.flush()


class Side(NamedTuple):
    """Rows that were stored a second, and the CPU microseconds a row of the sender's side and of the database."""

    rate: float
    own_us: float
    database_us: float


def _ratios(server: Server, desk: Desk, apis: dict[str, Api], size: int, target: float) -> str:
    begin = datetime.now(UTC) - timedelta(hours=11)
    batches = Phones(server, desk, CLIENTS).batches("batches.tsv", begin, APART, size, rounds=ENOUGH // size // CLIENTS)
    sides: dict[str, list[Side]] = {}
    copying = Copying(server.url(f"run_{SIZE}"), begin, size)
    with asyncio.Runner() as runner:
        runner.run(copying.connect())
        for _ in range(ROUNDS):
            for name, api in apis.items():
                done = _measured(server, api.process.pid, partial(batches.send, api, CLIENTS, SECONDS))
                sides.setdefault(name, []).append(done)
            done = _measured(server, os.getpid(), lambda: runner.run(copying.run(SECONDS)))
            sides.setdefault("COPY", []).append(done)
        runner.run(copying.close())
    cells = [f"{median(one.rate for one in sides[name]):,.0f}" for name in sides]
    cells += [
        f"{median(a.rate / b.rate for a, b in zip(sides[name], sides['COPY'], strict=True)):.2f}" for name in apis
    ]
    cells += [
        f"{median(one.own_us for one in sides[name]):.1f} + {median(one.database_us for one in sides[name]):.1f}"
        for name in sides
    ]
    return f"| batches of {size:,} | {' | '.join(cells)} | ≥ {target} |\n"


def _measured(server: Server, own: int, send: Callable[[], Any]) -> Side:
    """One side's batches into an empty table."""
    server.sql(f"run_{SIZE}", "TRUNCATE position")
    server.sql(f"run_{SIZE}", "CHECKPOINT")
    started = time.perf_counter()
    with cpu(own, server.postmaster()) as spent:
        send()
        took = time.perf_counter() - started
    stored = max(_stored(server), 1)
    return Side(stored / took, *(1e6 * seconds / stored for seconds in spent))


def _stored(server: Server) -> int:
    return int(server.sql(f"run_{SIZE}", "SELECT count(*) FROM position"))


def _returning(server: Server, desk: Desk, api: Api, side: str) -> str:
    """The latency of a command without and with phones that come back."""
    work = next(work for work in WORKS if work.name == "transition")
    load = Load(server, f"run_{SIZE}", SIZE, 4, SECONDS)
    tokens, reset = [desk.token(step.by) for step in work.steps], desk.reset(work)
    count = int(OFFLINE.total_seconds()) // EVERY_S
    batches = Phones(server, desk, DEVICES).batches(
        "returning.tsv", datetime.now(UTC) - OFFLINE, timedelta(seconds=EVERY_S), count, rounds=1
    )
    alone = load.api(work, api, tokens, reset)
    with ThreadPoolExecutor(1) as beside:
        draining = beside.submit(_measured, server, api.process.pid, partial(batches.send, api, CLIENTS, PATIENCE_S))
        during = load.api(work, api, tokens, reset)
        rate = draining.result().rate
    stored = _stored(server)
    said = " | ".join(
        f"{one.rate:,.0f} | {one.p50_ms:.1f} | {one.p99_ms:.1f} | {one.refused:.1%}" for one in (alone, during)
    )
    return f"| {side} | {said} | {stored:,} in {stored / rate:.0f} s |\n"


if __name__ == "__main__":
    main()
