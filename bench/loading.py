"""The two sides of a measurement: requests by wrk against the API, the same statements by pgbench, with their CPU time."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple
from urllib.error import URLError
from urllib.request import urlopen

from app.core.ids import uuid7
from bench.data import HERE, Server
from bench.works import SUBJECTS, Work, spread

TICKS = os.sysconf("SC_CLK_TCK")
WARM_S = 1
SETTLE_S = 0.5
READY_TIMEOUT_S = 60


class Measured(NamedTuple):
    """One load: operations a second, milliseconds, the share refused, CPU milliseconds an operation by API and database."""

    rate: float
    p50_ms: float
    p99_ms: float
    refused: float
    api_cpu_ms: float
    database_cpu_ms: float


@dataclass(frozen=True)
class Load:
    """How hard, for how long, on what."""

    server: Server
    database: str
    size: int
    clients: int
    seconds: int

    def api(self, work: Work, api: "Api", tokens: list[str], reset: str) -> Measured:
        """Requests over HTTP."""
        environment = self._environment(work, tokens)
        threads = environment["THREADS"]
        self._reset(reset)
        self._wrk(environment, threads, api, WARM_S)
        self._reset(reset)
        with cpu(api.process.pid, self.server.postmaster()) as spent:
            told = self._wrk(environment | {"PREFIX": str(uuid7())[:23]}, threads, api, self.seconds)
        found = re.search(r"^DONE (\d+) (\d+) (\d+) ([\d.]+) ([\d.]+)$", told, re.MULTILINE)
        if found is None:
            raise RuntimeError(told)
        count, refused, duration_us = (int(found[n]) for n in (1, 2, 3))
        per = [1000 * s / count for s in spent]
        return Measured(count / duration_us * 1e6, float(found[4]), float(found[5]), refused / count, *per)

    def plain(self, script: Path, steps: int, reset: str) -> Measured:
        """Plain SQL."""
        self._reset(reset)
        self._pgbench(script, WARM_S, 0)
        with cpu(0, self.server.postmaster()) as spent:
            told = self._pgbench(script, self.seconds, 1_000_000)
        tps = re.search(r"tps = ([\d.]+) \(without", told)
        done = re.search(r"actually processed: (\d+)", told)
        average = re.search(r"latency average = ([\d.]+)", told)
        if not (tps and done and average):
            raise RuntimeError(told)
        count = int(done[1]) * steps
        return Measured(
            float(tps[1]) * steps, float(average[1]) / steps, 0.0, 0.0, 0.0, 1000 * spent[1] / max(count, 1)
        )

    def _reset(self, statements: str) -> None:
        """Put the subjects back, after requests whose client has gone are through."""
        time.sleep(SETTLE_S)
        self.server.sql(self.database, statements)

    def _environment(self, work: Work, tokens: list[str]) -> dict[str, str]:
        fifth = -1 if work.fifth is None else work.fifth
        given = {
            "SIZE": self.size, "SUBJECTS": SUBJECTS, "SPREAD": spread(self.size), "FIFTH": fifth, "STEPS": len(work.steps),
            "THREADS": 2, "SEED": time.time_ns() % 1_000_000, "PREFIX": str(uuid7())[:23],
        }  # fmt: skip
        for number, (step, token) in enumerate(zip(work.steps, tokens, strict=True), 1):
            given |= {f"METHOD_{number}": step.method, f"PATH_{number}": step.path}
            given |= {f"BODY_{number}": step.body or "", f"TOKEN_{number}": token}
        return {name: str(value) for name, value in given.items()}

    def _wrk(self, environment: dict[str, str], threads: str, api: "Api", seconds: int) -> str:
        command = ["wrk", "-t", threads, "-c", str(self.clients), "-d", f"{seconds}s", "--timeout", "20s"]
        command += ["-s", str(HERE / "request.lua"), api.address]
        done = subprocess.run(command, env=os.environ | environment, capture_output=True, text=True, check=True)
        sys.stderr.write(done.stderr)
        return done.stdout

    def _pgbench(self, script: Path, seconds: int, first: int) -> str:
        given = ["-n", "-M", "prepared", "-c", str(self.clients), "-j", "2", "-T", str(seconds), "-f", str(script)]
        # as the lanes do: what commits is planned once, what only reads as the server likes
        generic = " -c plan_cache_mode=force_generic_plan" if "COMMIT" in script.read_text() else ""
        options = "-c jit=off" + generic
        given += ["-D", f"k={first}", "-D", f"clients={self.clients}"]
        return self.server.program("pgbench", self.database, *given, options=options)


@dataclass(frozen=True)
class Api:
    """A running API."""

    address: str
    process: subprocess.Popen[bytes]


@contextmanager
def served(url: str, port: int, processes: int, log: Path) -> Iterator[Api]:
    """`lianqin serve` on a database, until the block ends."""
    environment = os.environ | {"DATABASE_URL": url}
    command = [sys.executable, "-m", "app.cli", "serve", "--port", str(port), "--processes", str(processes)]
    with log.open("wb") as lines:
        process = subprocess.Popen(command, env=environment, stderr=lines, stdout=lines)
    api = Api(f"http://127.0.0.1:{port}", process)
    try:
        _await_ready(api)
        yield api
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def _await_ready(api: Api) -> None:
    deadline = time.monotonic() + READY_TIMEOUT_S
    while time.monotonic() < deadline and api.process.poll() is None:
        try:
            with urlopen(f"{api.address}/readyz", timeout=2):
                return
        except (URLError, TimeoutError, ConnectionError):
            time.sleep(0.1)
    message = "The API did not start."
    raise RuntimeError(message)


def demand_wrk() -> None:
    """Stop where the load generator is missing."""
    if shutil.which("wrk") is None:
        raise SystemExit("wrk is missing: apt-get install wrk, or brew install wrk.")


@contextmanager
def cpu(*roots: int) -> Iterator[list[float]]:
    """The CPU seconds that each of these processes and their children take while the block runs."""
    spent: list[float] = []
    before = [_taken(root) for root in roots]
    yield spent
    time.sleep(0.3)  # children that ended are counted by their parent
    spent += [_taken(root) - start for root, start in zip(roots, before, strict=True)]


def _taken(root: int) -> float:
    parents: dict[int, list[int]] = {}
    taken: dict[int, float] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        parents.setdefault(int(fields[1]), []).append(int(folder.name))
        taken[int(folder.name)] = sum(map(int, fields[11:15])) / TICKS
    waiting, total = [root] if root else [], 0.0
    while waiting:
        process = waiting.pop()
        total += taken.get(process, 0.0)
        waiting += parents.get(process, [])
    return total
