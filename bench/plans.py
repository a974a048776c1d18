"""`make bench-plans`: how PostgreSQL carries out every hot statement on the largest database, as a file each.

Each is shown twice: planned for its values, and planned once for any, as a connection does after five runs.
"""

import asyncio
import os
import re
import secrets
import sys
from typing import Any

from app.core import logs
from app.core.db import Hot
from app.core.ids import uuid7
from app.core.settings import load_settings
from bench.data import HERE, Server
from bench.preparing import Desk
from bench.recording import literal, nothing
from bench.works import WORKS, made, model

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
    for title, text in asyncio.run(_explained()):
        (FOLDER / f"{title}.txt").write_text(text)
        sys.stdout.write(f"{title}: {'; '.join(dict.fromkeys(TOLD.findall(text)))}\n")


async def _explained() -> list[tuple[str, str]]:
    """Every statement of every step that works as at any later time, with a name."""
    desk = Desk(load_settings(), SIZE)
    await desk.database.open()
    found: list[tuple[str, str]] = []
    for work in WORKS:
        subject = model(work, SIZE) if work.fifth is not None else made("01930000", 7)
        await desk.steps(work, subject, uuid7())
        texts: list[str] = []

        async def look(hot: Hot, lane: Any, values: dict[str, Any], texts: list[str] = texts) -> None:
            ways = [f"-- {way}\n{await _plan(hot, lane, values, mode)}\n" for way, mode in WAYS.items()]
            texts.append("\n".join(ways))

        desk.look = look
        await desk.steps(work, subject, uuid7())
        desk.look = nothing
        found += [(f"{work.name.replace(', ', ' ').replace(' ', '_')}_{n}", text) for n, text in enumerate(texts, 1)]
    await desk.database.close()
    return found


async def _plan(hot: Hot, lane: Any, values: dict[str, Any], mode: str) -> str:
    """The plan of a statement, carried out and taken back."""
    undone = lane.transaction()
    await undone.start()
    await lane.execute(f"SET LOCAL plan_cache_mode = {mode}")
    await lane.execute(f"PREPARE hot AS {hot.sql}")
    given = ", ".join(literal(value) for value in hot.arguments(values))
    lines = await lane.fetch(f"EXPLAIN (ANALYZE, BUFFERS, SUMMARY) EXECUTE hot ({given})")
    await lane.execute("DEALLOCATE hot")
    await undone.rollback()
    return "\n".join(line[0] for line in lines)


if __name__ == "__main__":
    main()
