"""`python -m bench.clocks`: how late clocks act, how fast a backlog is caught up, and that kills change nothing.

A database of the made-up district with CLOCKS registered incidents (10,000), each with a dispatch clock. In time: the
clocks come due one after the other within a minute, at the step that opens a supervision order and escalates. After an
outage: all were due an hour ago; with one worker and with three. Killed: the same, while three workers at a time die at
every named point. Then a million clocks that are not due are added, and the statement that claims is planned.
"""

import os
import secrets
import subprocess
import sys
import time
from typing import NamedTuple

from app.command.timer.queries import FRESH
from app.core import logs
from app.supervision.workflow import Due
from bench.data import HERE, Server
from bench.dying import IDLE, PAUSE_S, POINTS

FILE = HERE.parent / "docs" / "performance.md"
BEGIN, END = "<!-- clocks: written by python -m bench.clocks -->", "<!-- end of clocks -->"
CLOCKS, MANY, WORKERS, SPREAD_S = int(os.environ.get("CLOCKS", "10000")), 1_000_000, 3, 60
DEATHS = [f"{point}:{nth}" for nth in (1, 9, 30) for point in POINTS]
HEAD = (
    "| run | workers | clocks | killed | took s | clocks/s | late p50 s | late p99 s | done once | escalated once |\n"
    "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n"
)
REGISTERED = """
DELETE FROM clock;
UPDATE assignment SET state = 'withdrawn', is_active = false, is_stacked = false WHERE is_active OR is_stacked;
UPDATE incident SET status = 'registered', closed_at = NULL, lead_patrol_id = NULL, category_id = coalesce(category_id,
  (SELECT id FROM category LIMIT 1)), due_at = NULL;
INSERT INTO clock (id, incident_id, kind, state, is_current, round, level, amount, unit, started_at, due_at, rung_share, acts_at)
  SELECT gen_random_uuid(), id, 'dispatch', 'breached', true, 1, 1, 15, 'minute', at - interval '30 minutes',
    at - interval '15 minutes', 1, at
  FROM (SELECT id, now() + {when} AS at FROM incident LIMIT {clocks}) i;
VACUUM (ANALYZE) clock, incident;
CHECKPOINT;
"""
LATER = """
INSERT INTO clock (id, incident_id, kind, state, is_current, round, level, amount, unit, started_at, due_at, rung_share, acts_at)
  SELECT gen_random_uuid(), i.id, 'total', 'running', false, 1, 1, 1, 'natural_day', now(), now() + interval '1 day', 0,
    now() + interval '1 hour' + n * interval '1 second'
  FROM generate_series(1, {times}) n, (SELECT id FROM incident LIMIT {clocks}) i;
VACUUM (ANALYZE) clock;
"""
OUTCOME = """
SELECT count(*) FILTER (WHERE state = 'done'), (SELECT count(DISTINCT clock_id) FROM clock_action WHERE state = 'done'),
  (SELECT count(*) FROM incident_move WHERE action = 'escalate'),
  (SELECT count(DISTINCT incident_id) FROM incident_move WHERE action = 'escalate'),
  percentile_cont(0.5) WITHIN GROUP (ORDER BY late_s), percentile_cont(0.99) WITHIN GROUP (ORDER BY late_s),
  extract(epoch FROM max(at) - min(at)) FROM clock_action
"""


class Ran(NamedTuple):
    """What came of a run."""

    name: str
    workers: int
    killed: int
    took_s: float
    done: tuple[int, int]
    escalated: tuple[int, int]
    late_s: tuple[float, float]

    def line(self) -> str:
        """A row of the table."""
        once = [f"{one:,} of {whole:,}" for whole, one in (self.done, self.escalated)]
        cells = [
            self.name, f"{self.workers}", f"{CLOCKS:,}", f"{self.killed}", f"{self.took_s:.0f}",
            f"{self.done[0] / max(self.took_s, 1e-9):,.0f}", *(f"{late:,.2f}" for late in self.late_s), *once,
        ]  # fmt: skip
        return f"| {' | '.join(cells)} |\n"


def main() -> None:
    """Measure, and write the figures into `docs/performance.md`."""
    os.environ |= {"LIANQIN_SECRET": secrets.token_urlsafe(48)}
    logs.configure("WARNING", "json")
    server = Server.up()
    server.made(10_000)
    ran = [
        run(
            server,
            "in time, within a minute",
            WORKERS,
            f"interval '5 seconds' + random() * interval '{SPREAD_S} seconds'",
        ),
        run(server, "an hour late", 1, "interval '-1 hour'"),
        run(server, "an hour late", WORKERS, "interval '-1 hour'"),
        run(server, "an hour late, killed", WORKERS, "interval '-1 hour'", DEATHS),
    ]
    told = HEAD + "".join(one.line() for one in ran)
    plan = planned(server)
    text = f"{BEGIN}\n\n{told}\nThe claim of a batch among a million clocks:\n\n```\n{plan}\n```\n{END}"
    before, mark, rest = FILE.read_text().partition(BEGIN)
    if mark:
        FILE.write_text(before + text + rest.partition(END)[2])
    sys.stdout.write(text + "\n")


def run(server: Server, name: str, workers: int, when: str, deaths: list[str] | None = None) -> Ran:
    """Let workers act on all clocks of a fresh copy, and count what they did."""
    copy = server.copied(10_000)
    server.sql(copy, "ALTER TABLE incident DISABLE TRIGGER ALL")
    for statement in REGISTERED.format(when=when, clocks=CLOCKS).split(";\n"):
        if statement.strip():
            server.sql(copy, statement)
    server.sql(copy, "ALTER TABLE incident ENABLE TRIGGER ALL")
    fates = deaths or [":0"] * (workers - 1)
    began = time.monotonic()
    told = os.environ | {"DATABASE_URL": server.url(copy)}
    command = [sys.executable, "-m", "bench.dying", str(workers), *fates]
    said = subprocess.run(command, env=told, stdout=subprocess.PIPE, text=True, check=True).stdout
    took = time.monotonic() - began - IDLE * PAUSE_S
    figures = [float(cell or 0) for cell in server.sql(copy, OUTCOME).split("|")]
    done, once, escalated, one_each, p50, p99, acting_s = figures
    killed = len(said.splitlines())
    late = (p50, p99) if "in time" in name else (p50 - 3600, p99 - 3600)
    whole = took if deaths else acting_s
    return Ran(name, workers, killed, whole, (int(done), int(once)), (int(escalated), int(one_each)), late)


def planned(server: Server) -> str:
    """The plan of the statement that claims, with a million clocks more."""
    copy = server.copied(10_000)
    for statement in (
        (REGISTERED + LATER).format(when="interval '-1 hour'", clocks=CLOCKS, times=MANY // CLOCKS).split(";\n")
    ):
        if statement.strip():
            server.sql(copy, statement)
    sql = FRESH[Due.CLOCK].sql
    for n, value in enumerate(FRESH[Due.CLOCK].arguments({"batch": 20}), 1):
        sql = sql.replace(f"${n}", str(value))
    return server.sql(copy, f"EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, BUFFERS OFF) {sql}")


if __name__ == "__main__":
    main()
