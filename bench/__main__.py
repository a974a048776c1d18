"""`make bench`: rounds in which every work is measured over HTTP and in plain SQL one after the other; then the table."""

import asyncio
import os
import secrets
import sys
from pathlib import Path

from app.core import logs
from app.core.settings import load_settings
from bench.data import Server
from bench.loading import Load, demand_wrk, served
from bench.preparing import Desk
from bench.report import Figures, written
from bench.works import WORKS, Work

SIZES = [int(size) for size in os.environ.get("SIZES", "10000,1000000").split(",")]
ROUNDS = int(os.environ.get("ROUNDS", "5"))
CLIENTS = int(os.environ.get("CLIENTS", "16"))
SECONDS = int(os.environ.get("SECONDS", "8"))
PORT = 18765
ONLY = os.environ.get("ONLY", "")


def main() -> None:
    """Measure, and write the figures into `docs/performance.md`."""
    demand_wrk()
    os.environ |= {"LIANQIN_SECRET": secrets.token_urlsafe(48), "LIANQIN_ACCESS_TOKEN_S": "3600"}
    logs.configure("WARNING", "json")
    server = Server.up()
    for size in SIZES:
        server.made(size)
    figures: Figures = {}
    for number in range(ROUNDS):
        for size in SIZES:
            _round(server, size, figures)
            sys.stdout.write(f"round {number + 1} of {ROUNDS}, {size} incidents: done\n")
    sys.stdout.write(written(figures, SIZES, f"{ROUNDS} rounds of {SECONDS} s, {CLIENTS} clients"))


def _round(server: Server, size: int, figures: Figures) -> None:
    """Every work once on each side, on a fresh copy of the data."""
    name = server.copied(size)
    os.environ["DATABASE_URL"] = server.url(name)
    scripts, resets, tokens = asyncio.run(_prepared(server.folder, size))
    load = Load(server, name, size, CLIENTS, SECONDS)
    log = server.folder / "api.log"
    with served(server.url(name), PORT, 1, log) as one, served(server.url(name), PORT + 1, 2, log) as two:
        for work in _wanted():
            for side, api in (("1 process", one), ("2 processes", two)):
                done = load.api(work, api, tokens[work.name], resets[work.name])
                figures.setdefault((work.name, size, side), []).append(done)
            for side, script in scripts[work.name].items():
                done = load.plain(script, len(work.steps), resets[work.name])
                figures.setdefault((work.name, size, side), []).append(done)


def _wanted() -> list[Work]:
    return [work for work in WORKS if ONLY in work.name]


async def _prepared(folder: Path, size: int) -> tuple[dict[str, dict[str, Path]], dict[str, str], dict[str, list[str]]]:
    """Scripts by work and side, statements that put the subjects back, tokens of the steps."""
    desk = Desk(load_settings(), size)
    await desk.database.open()
    scripts: dict[str, dict[str, Path]] = {}
    for work in _wanted():
        texts = {"plain SQL": await desk.script(work)} | {
            side: desk.by_key(work, text) for side, text in work.extra.items()
        }
        scripts[work.name] = {}
        for side, text in texts.items():
            file = folder / f"{work.name} {size} {side}.sql".replace(" ", "_").replace(",", "")
            file.write_text(text)
            scripts[work.name][side] = file
    await desk.database.close()
    tokens = {work.name: [desk.token(step.by) for step in work.steps] for work in WORKS}
    return scripts, {work.name: desk.reset(work) for work in WORKS}, tokens


if __name__ == "__main__":
    main()
