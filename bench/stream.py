"""`python -m bench.stream`: commit to client at many connections, beside a plain fan-out of the same bytes.

Every connection is an account of its own at the district, so that everything is for everybody. `CONNECTIONS`,
`PROCESSES`, `RATE` (facts a second), `SECONDS` and `SIDES` (plain, stream, board) say how much.
"""

import asyncio
import os
import resource
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import uvloop

from app.core import logs
from app.core.settings import load_settings
from app.identity.access import Doorman
from bench.data import Server
from bench.loading import Api, cpu, served
from bench.works import made

SIZE = 10_000
CONNECTIONS = [int(one) for one in os.environ.get("CONNECTIONS", "500,1000,2000").split(",")]
PROCESSES = [int(one) for one in os.environ.get("PROCESSES", "1,2").split(",")]
RATE, SECONDS = float(os.environ.get("RATE", "20")), float(os.environ.get("SECONDS", "10"))
SIDES = os.environ.get("SIDES", "plain,stream,board").split(",")
PORT, WARM_S, QUIET_S, SAMPLE = 18785, 2.0, 1.0, 10
PATHS = {"plain": "/v1/stream", "stream": "/v1/stream", "board": "/v1/board/stream"}
PEOPLE = """
INSERT INTO account (id, username, display_name, is_active)
  SELECT ('01950000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, 'console-' || n, 'c', true
  FROM generate_series(0, {most}) n;
INSERT INTO role_grant (id, account_id, role, organisation_id)
  SELECT gen_random_uuid(), a.id, 'dispatcher', g.organisation_id FROM account a, role_grant g
  WHERE a.username LIKE 'console-%' AND g.account_id = '{district}' AND g.role = 'dispatcher'
"""
SUBJECT = "SELECT id, home_centre_id, commanding_centre_id FROM incident WHERE closed_at IS NULL ORDER BY id LIMIT 200"
SAY = """
INSERT INTO outbox (topic, subject_id, subject_version, scope, payload)
VALUES ('incident.amend', $1, 2, ARRAY[$2::uuid], $3)
"""


@dataclass
class Heard:
    """What all connections together got."""

    is_on: bool = False
    events: int = 0
    bytes: int = 0
    ages: list[float] = field(default_factory=list)
    said: dict[str, float] = field(default_factory=dict)


class Console(asyncio.Protocol):
    """One connection; some of them look how old what they get is."""

    def __init__(self, heard: Heard, request: bytes, *, looks: bool) -> None:
        self.heard, self.request, self.looks = heard, request, looks

    def connection_made(self, transport: Any) -> None:
        """Ask."""
        transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        """Count what comes."""
        heard = self.heard
        if not heard.is_on:
            return
        heard.bytes += len(data)
        heard.events += data.count(b"data: ")
        if self.looks:
            now = time.time()
            for part in data.split(b"\nid: ")[:-1] if b"\nid: " in data else [data]:
                name = part.rpartition(b'"bench": "')[2][:12]
                if (at := heard.said.get(name.decode(errors="replace"))) is not None:
                    heard.ages.append(now - at)


def main() -> None:
    """Measure, and print a table."""
    os.environ |= {"LIANQIN_SECRET": secrets.token_urlsafe(48), "LIANQIN_ACCESS_TOKEN_S": "3600"}
    most = max(CONNECTIONS)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(8192, most * 4),) * 2)
    logs.configure("ERROR", "json")
    server = Server.up()
    server.made(SIZE)
    name = server.copied(SIZE)
    os.environ["DATABASE_URL"] = server.url(name)
    for statement in PEOPLE.format(most=most, district=made("01910000", 1)).split(";"):
        server.sql(name, statement)
    _say(
        "| side | processes | connections | facts/s | events/s | p50 ms | p95 ms | p99 ms | CPU µs an event | of one core, idle | events/s to plain |"
    )
    _say("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    for processes in PROCESSES:
        for connections in CONNECTIONS:
            _row(server, name, processes, connections)


def _row(server: Server, name: str, processes: int, connections: int) -> None:
    plain = 0.0
    for side in SIDES:
        with ExitStack() as stack:
            start = _plain if side == "plain" else served
            api = stack.enter_context(start(server.url(name), PORT, processes, server.folder / f"{side}.log"))
            figures = uvloop.run(_measured(api, side, connections))
        plain = figures["rate"] if side == "plain" else plain
        ratio = f"{figures['rate'] / plain:.2f}" if plain else ""
        _say(
            f"| {side} | {processes} | {connections} | {figures['facts']:.1f} | {figures['rate']:,.0f} | {figures['p50']:.0f} "
            f"| {figures['p95']:.0f} | {figures['p99']:.0f} | {figures['cpu']:.1f} | {figures['idle']:.0%} | {ratio} |"
        )


@contextmanager
def _plain(url: str, port: int, processes: int, log: Path) -> Iterator[Api]:
    command = [sys.executable, "-m", "uvicorn", "bench.fanout:app", "--port", str(port), "--workers", str(processes)]
    command += ["--log-level", "warning", "--timeout-graceful-shutdown", "1"]
    with log.open("wb") as lines:
        process = subprocess.Popen(command, env=os.environ | {"DATABASE_URL": url}, stdout=lines, stderr=lines)
    try:
        time.sleep(3)
        yield Api(f"http://127.0.0.1:{port}", process)
    finally:
        process.kill() if processes == 1 else process.terminate()
        process.wait(30)


async def _measured(api: Api, side: str, connections: int) -> dict[str, float]:
    heard, loop, door = Heard(), asyncio.get_running_loop(), Doorman(load_settings(), None)  # type: ignore[arg-type]  # only signs
    where = urlsplit(api.address)
    consoles = []
    for number in range(connections):
        token = door.access_token(made("01950000", number))
        request = f"GET {PATHS[side]} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n".encode()
        looks = number % SAMPLE == 0
        consoles.append(
            await loop.create_connection(
                lambda r=request, k=looks: Console(heard, r, looks=k), where.hostname, where.port
            )
        )  # type: ignore[misc]
    await asyncio.sleep(QUIET_S + connections / 200)
    with cpu(api.process.pid) as idle:
        await asyncio.sleep(3)
    facts, spent = await _told(api, heard)
    for transport, _ in consoles:
        transport.close()
    ages = sorted(heard.ages) or [float("nan")]
    at = {f"p{share}": 1000 * ages[min(len(ages) - 1, len(ages) * share // 100)] for share in (50, 95, 99)}
    rate = heard.events / SECONDS
    return at | {
        "facts": facts / SECONDS,
        "rate": rate,
        "cpu": 1e6 * spent / max(1, heard.events),
        "idle": idle[0] / 3.3,
    }


async def _told(api: Api, heard: Heard) -> tuple[int, float]:
    """Say facts at an even rate; how many in the measured time, and the CPU seconds that took."""
    connection = await asyncpg.connect(os.environ["DATABASE_URL"].replace("+asyncpg", ""))
    subjects = await connection.fetch(SUBJECT)
    said, begun, facts = 0, time.perf_counter(), 0
    spent: list[float] = []
    with ExitStack() as measuring:
        while (now := time.perf_counter() - begun) < WARM_S + SECONDS:
            if now >= WARM_S and not heard.is_on:
                spent = measuring.enter_context(cpu(api.process.pid))
                heard.is_on = True
            subject = subjects[said % len(subjects)]
            word = secrets.token_hex(6)
            heard.said[word] = time.time()
            payload = f'{{"bench": "{word}", "incident_id": "{subject["id"]}", "pad": "{"x" * 200}"}}'
            await connection.execute(SAY, subject["id"], subject["home_centre_id"], payload)
            said, facts = said + 1, facts + heard.is_on
            await asyncio.sleep(max(0.0, begun + said / RATE - time.perf_counter()))
        heard.is_on = False
    await connection.close()
    return facts, spent[0]


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
