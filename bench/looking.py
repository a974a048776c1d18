"""`python -m bench.looking`: how long the database works on each statement that layers send, for every kind of caller.

Each request is made in this process; each of its statements is explained twice on the connection that it runs on, and the
second time counts. `FULL=1` names every table that was read from end to end.
"""

import asyncio
import os
import re
import secrets
import sys
from datetime import UTC, datetime, timedelta
from collections.abc import Iterator
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
from bench.data import HERE, Server
from bench.recording import recorded
from bench.works import made

SIZE = int(os.environ.get("SIZES", "1000000").split(",")[-1])
ONLY = os.environ.get("ONLY", "")
CALLERS = {"district": 1, "street": 11, "department": 2, "crew": 100_000}
MIDDLE = (118.6012, 31.9805)
"""Where the tiles lie that are asked for: two streets meet near it, and a community."""
SMALL, WHOLE = "118.60,31.98,118.61,31.988", "118.4,31.9,118.8,32.06"
TOLD = re.compile(r"Seq Scan on (incident|incident_move|cell_presence|assignment|link_grant)\b")
SPENT = re.compile(r"(?:Planning|Execution) Time: ([\d.]+) ms")
READ = re.compile(r"Buffers: shared(?: hit=(\d+))?(?: read=(\d+))?")


class Look(NamedTuple):
    """A request of a caller."""

    name: str
    path: str


def looks() -> Iterator[Look]:
    """Every way in which layers read."""
    items, incidents = "/ogc/collections/incidents/items", COLLECTIONS["incidents"]
    order, at = (Order("reported_at", descending=True),), datetime.now(UTC) - timedelta(days=365)
    half = cursor(incidents, order, [at, made("01930000", SIZE // 2)])
    day = (datetime.now(UTC) - timedelta(days=100)).date()
    yield Look("incidents: first page", items)
    yield Look("incidents: first page of 1,000", f"{items}?limit=1000")
    yield Look("incidents: later page", f"{items}?limit=1000&cursor={half}")
    yield Look("incidents: small box", f"{items}?limit=1000&bbox={SMALL}")
    yield Look("incidents: box of the district", f"{items}?limit=1000&bbox={WHOLE}")
    yield Look("incidents: a day", f"{items}?limit=1000&datetime={day}")
    yield Look("incidents: status", f"{items}?status=handling")
    yield Look("incidents: status that none has", f"{items}?status=suspended")
    yield Look("incidents: category", f"{items}?category=E0007")
    yield Look("incidents: cell", f"{items}?cell=320100005005055")
    yield Look("incidents: number", f"{items}?number=S5-2024-0500004")
    yield Look("incidents: open", f"{items}?is_open=true")
    yield Look("incidents: overdue", f"{items}?is_overdue=true")
    yield Look("incidents: CQL2, urgent and open", f"{items}?filter=is_open = TRUE AND priority <= 1")
    yield Look("incidents: CQL2, a place", f"{items}?filter=S_INTERSECTS(geometry,BBOX({SMALL}))")
    yield Look("incidents: CQL2, none", f"{items}?filter=source LIKE 'x%25'")
    for one in incidents.properties:
        yield Look(f"incidents: by -{one.name}", f"{items}?sortby=-{one.name}")
    yield Look("incidents: by number", f"{items}?sortby=number")
    yield Look("incidents: one", f"{items}/{made('01930000', 500_004 * SIZE // 1_000_000)}")
    for name in COLLECTIONS:
        if name != "incidents":
            yield Look(f"{name}: first page", f"/ogc/collections/{name}/items")
            yield Look(f"{name}: 1,000 in a box", f"/ogc/collections/{name}/items?limit=1000&bbox=118.56,31.96,118.64,32.0")
    yield Look("grid_cells: one", f"/ogc/collections/grid_cells/items/{made('0190d000', 10_050)}")
    matrices = MATRICES["WebMercatorQuad"]
    for name, collection in COLLECTIONS.items():
        for zoom in range(max(matrices.min_zoom(collection), 9), MAX_ZOOM + 1):
            tile = matrices.definition.tile(*MIDDLE, zoom)
            place = f"/ogc/collections/{name}/tiles/WebMercatorQuad/{zoom}/{tile.y}/{tile.x}"
            yield Look(f"{name}: tile z{zoom}", place)
            if name == "incidents":
                yield Look(f"{name}: tile z{zoom}, of all times", f"{place}?datetime=2000-01-01T00:00:00Z/..")


class Found(NamedTuple):
    """What the database did for a request: its statements, milliseconds, pages touched, tables read from end to end."""

    statements: int
    ms: float
    pages: int
    whole: frozenset[str]

    @property
    def text(self) -> str:
        """As it stands in the table."""
        return f"{self.ms:,.1f}" + ("".join(f" {name}!" for name in sorted(self.whole)))


class Watch:
    """The application in this process, and what its statements cost."""

    def __init__(self) -> None:
        settings = load_settings()
        self.database = Database(settings)
        self.api = create_app(settings, self.database)
        self.costs: list[tuple[float, int, frozenset[str]]] = []
        self.plans: list[str] = []

    async def found(self, account: int, path: str) -> tuple[int, Any, Found]:
        """The answer to a request and what it cost."""
        token = str(self.api.state.doorman.access_token(made("01910000", account)))
        await self.api.state.doorman.caller(token, None)
        self.costs, self.plans = [], []
        self.api.state.shelf_of = None
        async with httpx.AsyncClient(transport=httpx.ASGITransport(self.api), base_url="http://bench") as client:
            with recorded(self._explained):
                answer = await client.get(path, headers={"Authorization": f"Bearer {token}"})
        whole = frozenset[str]().union(*(names for _, _, names in self.costs))
        cost = Found(len(self.costs), sum(ms for ms, _, _ in self.costs), sum(n for _, n, _ in self.costs), whole)
        return answer.status_code, answer, cost

    async def _explained(self, hot: Hot, lane: Any, values: dict[str, Any]) -> None:
        """What a statement costs is the better of two runs: the first may find its pages on disk only."""
        given = hot.arguments(values)
        await lane.execute("SET max_parallel_workers_per_gather = 0")
        lines = await lane.fetch(f"EXPLAIN (ANALYZE, BUFFERS, TIMING OFF) {hot.sql}", *given)
        text = "\n".join(line[0] for line in lines)
        read = READ.search(text)
        spent = []
        for _ in range(2):
            before = _cpu_ms(lane.get_server_pid())
            await lane.fetch(hot.sql, *given)
            spent.append(_cpu_ms(lane.get_server_pid()) - before)
        pages = sum(int(part or 0) for part in read.groups()) if read else 0
        self.costs.append((min(spent), pages, frozenset(TOLD.findall(text))))
        self.plans.append(text)


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
    watch = Watch()
    await watch.database.open()
    sys.stdout.write(f"| request | {' | '.join(CALLERS)} |\n| --- |{' ---: |' * len(CALLERS)}\n")
    for look in looks():
        if ONLY not in look.name:
            continue
        cells = []
        for who, account in CALLERS.items():
            if os.environ.get("WHO", who) != who:
                continue
            path = look.path
            try:
                status, answer, cost = await watch.found(account, path)
            except Exception as error:  # noqa: BLE001
                cells.append(type(error).__name__)
                continue
            cells.append(cost.text + ("" if status in (200, 204) else f" ({status})"))
            if os.environ.get("PLANS"):
                sys.stdout.write("\n".join([who, *watch.plans]) + "\n")
        sys.stdout.write(f"| {look.name} | {' | '.join(cells)} |\n")
        sys.stdout.flush()
    await watch.database.close()


if __name__ == "__main__":
    main()
