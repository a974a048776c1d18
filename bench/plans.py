"""`make bench-plans`: how PostgreSQL carries out every hot statement on the largest database, as a file each.

Each is shown twice: planned for its values, and planned once for any, as a connection does after five runs.
"""

import asyncio
import os
import re
import secrets
import sys

from app.core import logs
from app.core.ids import uuid7
from app.core.settings import load_settings
from bench.data import HERE, Server
from bench.preparing import Desk
from bench.recording import Run, literal
from bench.works import WORKS, Work, made, model

FOLDER = HERE / "plans"
SIZE = int(os.environ.get("SIZES", "1000000").split(",")[-1])
WAYS = {"planned for its values": "force_custom_plan", "planned once for any": "force_generic_plan"}
TOLD = re.compile(r"Seq Scan on (?!pg_)\w+|(?:Planning|Execution) Time: [\d.]+ ms")


def main() -> None:
    """Write the plans, and say of each how long it took and what was read from end to end."""
    os.environ |= {"LIANQIN_SECRET": secrets.token_urlsafe(48)}
    logs.configure("WARNING", "json")
    server = Server.up()
    server.made(SIZE)
    name = server.copied(SIZE)
    os.environ["DATABASE_URL"] = server.url(name)
    FOLDER.mkdir(exist_ok=True)
    for title, run in asyncio.run(_recorded()):
        text = "\n".join(f"-- {way}\n{_explained(server, name, run, mode)}\n" for way, mode in WAYS.items())
        (FOLDER / f"{title}.txt").write_text(text)
        sys.stdout.write(f"{title}: {'; '.join(dict.fromkeys(TOLD.findall(text)))}\n")


async def _recorded() -> list[tuple[str, Run]]:
    """Every statement of every step, with a name."""
    desk = Desk(load_settings(), SIZE)
    await desk.database.open()
    found = [pair for work in WORKS for pair in await _of(desk, work)]
    await desk.database.close()
    return found


async def _of(desk: Desk, work: Work) -> list[tuple[str, Run]]:
    subject = model(work, SIZE) if work.fifth is not None else made("01930000", 7)
    await desk.script(work)
    runs = await desk.steps(work, subject, uuid7())
    return [
        (f"{work.name.replace(', ', ' ').replace(' ', '_')}_{step}_{'read' if number == 1 else 'write'}", run)
        for step, of_step in enumerate(runs, 1)
        for number, run in enumerate(of_step, 1)
    ]


def _explained(server: Server, name: str, run: Run, mode: str) -> str:
    """The plan of a statement, carried out and taken back."""
    values = ", ".join(literal(value) for value in run.hot.arguments(run.values))
    statements = [
        f"SET plan_cache_mode = {mode}",
        "SET jit = off",
        f"PREPARE hot AS {run.hot.sql}",
        "BEGIN",
        "SET LOCAL session_replication_role = replica",
        f"EXPLAIN (ANALYZE, BUFFERS, SUMMARY) EXECUTE hot ({values})",
        "ROLLBACK",
    ]
    return server.sql(name, ";\n".join(statements))


if __name__ == "__main__":
    main()
