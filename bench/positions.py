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
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import asyncpg
import orjson

from app.core import logs
from app.core.db import learn_geometry
from app.core.geo import ewkb
from app.core.settings import load_settings
from bench.data import HERE, Server
from bench.loading import Api, Load, demand_wrk, served
from bench.preparing import Desk
from bench.works import WORKS, made

SIZE, PORT = 10_000, 18775
ROUNDS, CLIENTS, SECONDS = (
    int(os.environ.get(n, d)) for n, d in (("ROUNDS", "3"), ("CLIENTS", "16"), ("SECONDS", "8"))
)
BATCHES = {50: 0.6, 1000: 0.8}
APART = timedelta(milliseconds=100)
DEVICES, OFFLINE, EVERY_S = 2000, timedelta(hours=2), 10
DUTY = "UPDATE shift SET starts_at = now() - interval '12 hours', ends_at = now() + interval '1 hour', signed_on_at = now() - interval '12 hours'"
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

    def send(self, api: Api, clients: int, seconds: int) -> str:
        """What wrk says after sending them, or as many as fit into the time."""
        told = os.environ | {"BATCHES": str(self.file), "TOTAL": str(self.count)}
        command = [
            "wrk",
            "-t",
            "1",
            "-c",
            str(clients),
            "-d",
            f"{seconds}s",
            "--timeout",
            "30s",
            "-s",
            str(HERE / "positions.lua"),
            api.address,
        ]
        return subprocess.run(command, env=told, stdout=subprocess.PIPE, text=True, check=True).stdout


class Copying:
    """The other side: connections that COPY batches of rows made beforehand."""

    def __init__(self, url: str, begin: datetime) -> None:
        self.url, self.begin = url.replace("+asyncpg", ""), begin

    async def run(self, size: int, seconds: float) -> float:
        """How long it took."""
        connections = [await asyncpg.connect(self.url) for _ in range(CLIENTS)]
        for one in connections:
            await learn_geometry(one)
        rows = [self.rows(phone, size) for phone in range(CLIENTS)]
        started = time.perf_counter()
        await asyncio.gather(*(self._copy(c, r, started + seconds) for c, r in zip(connections, rows, strict=True)))
        took = time.perf_counter() - started
        for one in connections:
            await one.close()
        return took

    def rows(self, phone: int, size: int) -> Iterator[list[tuple[Any, ...]]]:
        """Batches of one phone, one after the other."""
        ids, n = (made("01920000", phone), made("01922000", phone)), 0
        while True:
            yield [
                (
                    ids[0],
                    self.begin + APART * (n + k),
                    "copy",
                    ids[1],
                    ewkb(118.5, 32.0567),
                    6.5,
                    1.4,
                    90.0,
                    80,
                    "wgs84",
                    "good",
                )
                for k in range(size)
            ]
            n += size

    @staticmethod
    async def _copy(connection: asyncpg.Connection, batches: Iterator[list[tuple[Any, ...]]], end: float) -> None:
        while time.perf_counter() < end:
            await connection.copy_records_to_table("position", records=next(batches), columns=COLUMNS)


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
        for size, target in BATCHES.items():
            sys.stdout.write(_ratios(server, desk, apis, size, target))
        for side, api in apis.items():
            sys.stdout.write(_returning(server, desk, api, side))


def _ratios(server: Server, desk: Desk, apis: dict[str, Api], size: int, target: float) -> str:
    begin = datetime.now(UTC) - timedelta(hours=11)
    batches = Phones(server, desk, CLIENTS).batches("batches.tsv", begin, APART, size, rounds=300_000 // size // 4)
    rates: dict[str, list[float]] = {}
    for _ in range(ROUNDS):
        for side, api in apis.items():
            took = _sent(server, batches, api, SECONDS)
            rates.setdefault(side, []).append(_stored(server) / took)
        _emptied(server)
        took = asyncio.run(Copying(server.url(f"run_{SIZE}"), begin).run(size, SECONDS))
        rates.setdefault("COPY", []).append(_stored(server) / took)
    cells = [f"{median(rates[side]):,.0f}" for side in (*apis, "COPY")]
    cells += [f"{median(a / b for a, b in zip(rates[side], rates['COPY'], strict=True)):.2f}" for side in apis]
    return f"| batches of {size:,} | {' | '.join(cells)} | ≥ {target} |\n"


def _sent(server: Server, batches: Batches, api: Api, seconds: int) -> float:
    """How long it took to send batches into an empty table."""
    _emptied(server)
    started = time.perf_counter()
    batches.send(api, CLIENTS, seconds)
    return time.perf_counter() - started


def _emptied(server: Server) -> None:
    server.sql(f"run_{SIZE}", "TRUNCATE position")
    server.sql(f"run_{SIZE}", "CHECKPOINT")


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
        draining = beside.submit(_sent, server, batches, api, 170)
        during = load.api(work, api, tokens, reset)
        took = draining.result()
    said = " | ".join(
        f"{one.rate:,.0f} | {one.p50_ms:.1f} | {one.p99_ms:.1f} | {one.refused:.1%}" for one in (alone, during)
    )
    return f"| {side} | {said} | {_stored(server):,} in {took:.0f} s |\n"


if __name__ == "__main__":
    main()
