"""`python -m bench.looking`: how long the database works on each statement that layers send, for every kind of caller.

Each request is made in this process. What counts is how long the connection's own process was on a core, which a busy
machine does not change; a large table that was read from end to end is named, with a `!`. `ONLY=` and `WHO=` choose
requests and callers, `PLANS=1` shows the plans, `DATABASE=` takes a copy that is there already.
"""

import asyncio
import os
import re
import secrets
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import httpx

from app.core import logs
from app.core.db import Database, Hot
from app.core.settings import load_settings
from app.layer.feature.workflow import Order, cursor
from app.layer.tile.workflow import MATRICES, MAX_ZOOM
from app.layer.workflow import COLLECTIONS
from app.main import create_app
from bench.data import Server
from bench.recording import recorded
from bench.works import made

SIZE = int(os.environ.get("SIZES", "1000000").split(",")[-1])
ONLY, WHO = os.environ.get("ONLY", ""), os.environ.get("WHO", "")
WELL = (200, 204)
CALLERS = {"district": 1, "street": 11, "department": 2, "crew": 100_000}
MIDDLE = (118.6012, 31.9805)
"""Where the tiles lie that are asked for: two streets meet near it, and a community."""
SMALL, WHOLE = "118.60,31.98,118.61,31.988", "118.4,31.9,118.8,32.06"
TOLD = re.compile(r"Seq Scan on (incident|incident_move|cell_presence|assignment|link_grant)\b")


class Look(NamedTuple):
    """A request of a caller."""

    name: str
    path: str


def looks() -> Iterator[Look]:
    """Every way in which layers read."""
    for name, asked in _pages():
        yield Look(f"incidents: {name}", f"/ogc/collections/incidents/items{asked}")
    for one in COLLECTIONS["incidents"].properties:
        yield Look(f"incidents: by -{one.name}", f"/ogc/collections/incidents/items?sortby=-{one.name}")
    for name in COLLECTIONS:
        items = f"/ogc/collections/{name}/items"
        if name != "incidents":
            yield Look(f"{name}: first page", items)
            yield Look(f"{name}: 1,000 in a box", f"{items}?limit=1000&bbox=118.56,31.96,118.64,32.0")
    yield Look("grid_cells: one", f"/ogc/collections/grid_cells/items/{made('0190d000', 10_050)}")
    matrices = MATRICES["WebMercatorQuad"]
    for name, collection in COLLECTIONS.items():
        for zoom in range(max(matrices.min_zoom(collection), 9), MAX_ZOOM + 1):
            tile = matrices.definition.tile(*MIDDLE, zoom)
            place = f"/ogc/collections/{name}/tiles/WebMercatorQuad/{zoom}/{tile.y}/{tile.x}"
            yield Look(f"{name}: tile z{zoom}", place)
            if name == "incidents":
                yield Look(f"{name}: tile z{zoom}, of all times", f"{place}?datetime=2000-01-01T00:00:00Z/..")


def _pages() -> Iterator[tuple[str, str]]:
    """What is asked of incidents."""
    order, at = (Order("reported_at", descending=True),), datetime.now(UTC) - timedelta(days=365)
    half = cursor(COLLECTIONS["incidents"], order, [at, made("01930000", SIZE // 2)])
    yield "first page", ""
    yield "first page of 1,000", "?limit=1000"
    yield "later page", f"?limit=1000&cursor={half}"
    yield "small box", f"?limit=1000&bbox={SMALL}"
    yield "box of the district", f"?limit=1000&bbox={WHOLE}"
    yield "a day", f"?limit=1000&datetime={(at + timedelta(days=265)).date()}"
    yield "status", "?status=handling"
    yield "status that none has", "?status=suspended"
    yield "category", "?category=E0007"
    yield "cell", "?cell=320100005005055"
    yield "number", f"?number=S5-2024-{SIZE // 2 + 4:07d}"
    yield "open", "?is_open=true"
    yield "overdue", "?is_overdue=true"
    yield "CQL2, urgent and open", "?filter=is_open = TRUE AND priority <= 1"
    yield "CQL2, a place", f"?filter=S_INTERSECTS(geometry,BBOX({SMALL}))"
    yield "CQL2, none", "?filter=source LIKE 'x%25'"
    yield "one", f"/{made('01930000', SIZE // 2 + 4)}"


class Cost(NamedTuple):
    """What a statement cost: milliseconds on a core, the large tables that were read from end to end."""

    ms: float
    whole: frozenset[str]


class Watch:
    """The application in this process, and what its statements cost."""

    def __init__(self) -> None:
        settings = load_settings()
        self.database = Database(settings)
        self.api = create_app(settings, self.database)
        self.costs: list[Cost] = []
        self.plans: list[str] = []

    async def told(self, account: int, path: str) -> str:
        """A cell of the table: what a request cost, and how it was answered if not well."""
        token = str(self.api.state.doorman.access_token(made("01910000", account)))
        await self.api.state.doorman.caller(token, None)
        self.costs, self.plans = [], []
        self.api.state.shelf_of = None  # nothing is kept from one to the next
        async with httpx.AsyncClient(transport=httpx.ASGITransport(self.api), base_url="http://bench") as client:
            with recorded(self._look):
                answer = await client.get(path, headers={"Authorization": f"Bearer {token}"})
        whole = sorted(frozenset[str]().union(*(cost.whole for cost in self.costs)))
        status = "" if answer.status_code in WELL else f" ({answer.status_code})"
        return f"{sum(cost.ms for cost in self.costs):,.1f}{status}{''.join(f' {name}!' for name in whole)}"

    async def _look(self, hot: Hot, lane: Any, values: dict[str, Any]) -> None:
        """What a statement costs is the better of two runs: the first may find its pages on disk only."""
        given, process = hot.arguments(values), lane.get_server_pid()
        await lane.execute("SET max_parallel_workers_per_gather = 0")
        plan = "\n".join(
            line[0] for line in await lane.fetch(f"EXPLAIN (ANALYZE, BUFFERS, TIMING OFF) {hot.sql}", *given)
        )
        spent = []
        for _ in range(2):
            before = _cpu_ms(process)
            await lane.fetch(hot.sql, *given)
            spent.append(_cpu_ms(process) - before)
        self.costs.append(Cost(min(spent), frozenset(TOLD.findall(plan))))
        self.plans.append(plan)


def _cpu_ms(process: int) -> float:
    """The time that a process has been on a core, which others on the machine do not change."""
    return int(Path(f"/proc/{process}/schedstat").read_text().split()[0]) / 1e6


def main() -> None:
    """Print the table."""
    os.environ |= {"LIANQIN_SECRET": secrets.token_urlsafe(48)}
    logs.configure("ERROR", "json")
    server = Server.up()
    name = os.environ.get("DATABASE") or server.layered(SIZE)
    os.environ["DATABASE_URL"] = server.url(name)
    asyncio.run(_table())


async def _table() -> None:
    watch, callers = Watch(), {who: account for who, account in CALLERS.items() if WHO in who}
    await watch.database.open()
    sys.stdout.write(f"| request | {' | '.join(callers)} |\n| --- |{' ---: |' * len(callers)}\n")
    for look in looks():
        if ONLY not in look.name:
            continue
        cells = []
        for account in callers.values():
            cells.append(await watch.told(account, look.path))
            if os.environ.get("PLANS"):
                sys.stdout.write("\n".join([*watch.plans, ""]))
        sys.stdout.write(f"| {look.name} | {' | '.join(cells)} |\n")
        sys.stdout.flush()
    await watch.database.close()


if __name__ == "__main__":
    main()
