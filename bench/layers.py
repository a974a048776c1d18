"""`python -m bench.layers`: items and tiles over HTTP beside the same by plain SQL; with `PEERS=1` tipg and pygeoapi too.

Plain SQL transforms, cuts and writes at read, for everybody: what a server without stored shapes asks, without asking who
may see what. Ours asks with an instant never asked before, so that nothing is kept from one request to the next; what
repeats are worth stands in a column of its own.
"""

import math
import os
import random
import re
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from statistics import median
from typing import NamedTuple

import morecantile

from app.core import logs
from app.core.settings import load_settings
from app.main import create_app
from bench.data import HERE, Server
from bench.loading import demand_wrk, served
from bench.peers import peers
from bench.works import DISTRICT, made

SIZE = int(os.environ.get("SIZES", "1000000").split(",")[-1])
ROUNDS, SECONDS = int(os.environ.get("ROUNDS", "5")), int(os.environ.get("SECONDS", "8"))
CLIENTS = int(os.environ.get("CLIENTS", "16"))
PORT, ONLY = 18785, os.environ.get("ONLY", "")
WEST, SOUTH, EAST, NORTH = 118.4, 31.9, 118.8, 32.06
"""Where the made district lies (`district.sql`)."""
CELL = ("id", "code", "kind", "community_code", "area_m2", "scheme", "name", "valid_from", "valid_until")
CELLS = "grid_cell c JOIN grid_plan p ON p.id = c.plan_id"
INCIDENTS = """incident i LEFT JOIN category k ON k.id = i.category_id JOIN grid_cell c ON c.id = i.cell_id
  JOIN organisation o ON o.id = i.commanding_centre_id"""
CELL_TOLD = "c.code, c.kind, c.community_code, c.area_m2, p.scheme, p.name, c.valid_from, c.valid_until"
INCIDENT_TOLD = """i.number, i.status, i.closed_at IS NULL AS is_open, i.priority, k.code AS category, k.domain, i.source,
  c.code AS cell, o.code AS centre, i.reported_at, i.due_at, i.closed_at"""
Paths = Callable[[random.Random], str]


class Work(NamedTuple):
    """One kind of request: its paths here, the statement, the peers' paths; what it must reach of plain SQL and tipg.

    pygeoapi cuts no tiles of such tables.
    """

    name: str
    ours: Paths
    sql: str
    tipg: Paths
    target: float
    tipg_target: float
    pygeoapi: Paths | None = None


def tile_sql(of: str, source: str, told: str, geometry: str) -> str:
    """A tile as it is cut without anything stored."""
    box = "ST_TileEnvelope(:z, :x, :y)"
    return (
        f"SELECT ST_AsMVT(q, '{of}', 4096, 'g') FROM (SELECT ST_AsMVTGeom(ST_Transform({geometry}, 3857), {box}, 4096, 64,"
        f" true) g, {geometry[0]}.id::text AS id, {told} FROM {source} WHERE {geometry} && ST_Transform({box}, 4326)) q;"
    )


def page_sql(source: str, told: str, geometry: str) -> str:
    """A page of features as it is written without anything stored."""
    box = "ST_MakeEnvelope(:west, :south, :east, :north, 4326)"
    return (
        "SELECT json_build_object('type', 'FeatureCollection', 'features', json_agg(f)) FROM (SELECT json_build_object("
        f"'type', 'Feature', 'id', id, 'geometry', ST_AsGeoJSON(g, 7)::json, 'properties', to_jsonb(q) - 'g' - 'id') f FROM"
        f" (SELECT {geometry} g, {geometry[0]}.id, {told} FROM {source} WHERE {geometry} && {box} LIMIT 1000) q) r;"
    )


def tiles_at(zoom: int) -> tuple[tuple[int, int], tuple[int, int]]:
    """The columns and the rows of the tiles that lie over the district."""
    quad = morecantile.tms.get("WebMercatorQuad")
    first, last = quad.tile(WEST + 0.001, NORTH - 0.001, zoom), quad.tile(EAST - 0.001, SOUTH + 0.001, zoom)
    return (first.x, last.x), (first.y, last.y)


def _tile(of: str, zoom: int, when: str, table: str) -> tuple[Paths, Paths, str]:
    columns, rows = tiles_at(zoom)

    def ours(chance: random.Random) -> str:
        place = f"{zoom}/{chance.randint(*rows)}/{chance.randint(*columns)}"
        return f"/ogc/collections/{of}/tiles/WebMercatorQuad/{place}?datetime={when}"

    def tipg(chance: random.Random) -> str:
        place = f"{zoom}/{chance.randint(*columns)}/{chance.randint(*rows)}"
        return f"/collections/public.{table}/tiles/WebMercatorQuad/{place}?limit=100000"

    sets = f"\\set z {zoom}\n\\set x random({columns[0]}, {columns[1]})\n\\set y random({rows[0]}, {rows[1]})\n"
    return ours, tipg, sets


def _page(of: str, table: str, wide: float, high: float) -> tuple[Paths, Paths, Paths, str]:
    def box(chance: random.Random) -> str:
        west, south = chance.uniform(WEST, EAST - wide), chance.uniform(SOUTH, NORTH - high)
        return f"{west:.6f},{south:.6f},{west + wide:.6f},{south + high:.6f}"

    sets = (
        f"\\set west {WEST} + random(0, {int((EAST - WEST - wide) * 1e6)}) / 1000000.0\n\\set east :west + {wide}\n"
        f"\\set south {SOUTH} + random(0, {int((NORTH - SOUTH - high) * 1e6)}) / 1000000.0\n\\set north :south + {high}\n"
    )
    return (
        lambda chance: f"/ogc/collections/{of}/items?limit=1000&bbox={box(chance)}",
        lambda chance: f"/collections/public.{table}/items?limit=1000&bbox={box(chance)}&f=geojson",
        lambda chance: f"/collections/{table}/items?limit=1000&bbox={box(chance)}&f=json",
        sets,
    )


def works() -> Iterator[Work]:
    """What is measured."""
    for of, table, source, told, geometry, wide, high in (
        ("grid_cells", "grid_cell", CELLS, CELL_TOLD, "c.boundary", 0.08, 0.04),
        ("incidents", "incident", INCIDENTS, INCIDENT_TOLD, "i.location", 0.01, 0.008),
    ):
        ours, tipg, pygeoapi, sets = _page(of, table, wide, high)
        statement = sets + page_sql(source, told, geometry)
        yield Work(f"1,000 {of} in a box", ours, statement, tipg, 1.0, 8.0, pygeoapi)
    one = "'0190d000-0000-7000-8000-' || lpad(:n::text, 12, '0')"
    yield Work(
        "one cell",
        lambda chance: f"/ogc/collections/grid_cells/items/{made('0190d000', chance.randint(0, 19999))}",
        f"\\set n random(0, 19999)\nSELECT c.id, ST_AsGeoJSON(c.boundary, 7), {CELL_TOLD} FROM {CELLS} WHERE c.id = ({one})::uuid;",
        lambda chance: f"/collections/public.grid_cell/items/{made('0190d000', chance.randint(0, 19999))}?f=geojson",
        0.0,
        5.0,
        lambda chance: f"/collections/grid_cell/items/{made('0190d000', chance.randint(0, 19999))}?f=json",
    )
    for zoom, told, target in ((10, "c.kind", 2.0), (13, "c.kind", 2.0), (15, CELL_TOLD, 0.9)):
        ours, tipg, sets = _tile("grid_cells", zoom, "@NOW@", "grid_cell")
        yield Work(f"tile, cells z{zoom}", ours, sets + tile_sql("g", CELLS, told, "c.boundary"), tipg, target, 3.0)
    ours, tipg, sets = _tile("incidents", 15, "2000-01-01T00:00:00Z/@NOW@", "incident")
    yield Work(
        "tile, incidents z15", ours, sets + tile_sql("i", INCIDENTS, INCIDENT_TOLD, "i.location"), tipg, 0.9, 3.0
    )


def main() -> None:
    """Measure in rounds, each side right after the other, and print the table."""
    demand_wrk()
    os.environ |= {"LIANQIN_SECRET": secrets.token_urlsafe(48), "LIANQIN_ACCESS_TOKEN_S": "3600"}
    logs.configure("WARNING", "json")
    server = Server.up()
    server.made(SIZE)
    name = server.copied(SIZE)
    url = os.environ["DATABASE_URL"] = server.url(name)
    token = str(create_app(load_settings()).state.doorman.access_token(made("01910000", DISTRICT)))
    wanted = [work for work in works() if ONLY in work.name]
    figures: dict[tuple[str, str], list[float]] = {}
    log = server.folder / "layers.log"
    with served(url, PORT, 1, log) as one, served(url, PORT + 1, 2, log) as two, peers(server, name) as beside:
        for number in range(ROUNDS):
            for work in wanted:
                sides: dict[str, Callable[[], float]] = {
                    "plain SQL": partial(_pgbench, server, name, work.sql),
                    "1 process": partial(_wrk, server.folder, one.address, work.ours, token),
                    "2 processes": partial(_wrk, server.folder, two.address, work.ours, token),
                    "repeated": partial(_wrk, server.folder, one.address, _same(work.ours), token),
                }
                for peer, address in beside.items():
                    paths = work.tipg if peer == "tipg" else work.pygeoapi
                    if paths is not None:
                        sides[peer] = partial(_wrk, server.folder, address, paths, "")
                for side, measured in sides.items():
                    figures.setdefault((work.name, side), []).append(measured())
                    sys.stderr.write(f"{work.name}, {side}: {figures[work.name, side][-1]:,.1f}\n")
            sys.stderr.write(f"round {number + 1} of {ROUNDS}\n")
    sys.stdout.write(_table(wanted, figures))


def _same(paths: Paths) -> Paths:
    """The same paths as everybody asks for them: one instant for all."""
    return lambda chance: paths(chance).replace("@NOW@", "2030-01-01T00:00:00Z")


def _wrk(folder: Path, address: str, paths: Paths, token: str) -> float:
    chance, file = random.Random(time.time_ns()), folder / "paths.txt"  # any places will do
    file.write_text("\n".join(paths(chance) for _ in range(500)) + "\n")
    command = ["wrk", "-t", "2", "-c", str(CLIENTS), "--timeout", "30s", "-s", str(HERE / "layers.lua")]
    told = os.environ | {"PATHS": str(file), "TOKEN": token}
    rate = 0.0
    for seconds in (1, SECONDS):
        done = subprocess.run(
            [*command, "-d", f"{seconds}s", address], env=told, capture_output=True, text=True, check=True
        )
        found = re.search(r"^DONE (\d+) (\d+) (\d+)", done.stdout, re.MULTILINE)
        if found is None or int(found[2]) > int(found[1]) // 100:
            raise RuntimeError(f"{address} {next(iter(file.open()))}{done.stdout}")
        rate = int(found[1]) / int(found[3]) * 1e6
    return rate


def _pgbench(server: Server, name: str, script: str) -> float:
    file = server.folder / "layers.sql"
    file.write_text(script + "\n")
    given = ["-n", "-M", "prepared", "-c", str(CLIENTS), "-j", "2", "-T", str(SECONDS), "-f", str(file)]
    told = server.program("pgbench", name, *given, options="-c jit=off")
    found = re.search(r"tps = ([\d.]+) \(without", told)
    if found is None:
        raise RuntimeError(told)
    return float(found[1])


def _table(wanted: list[Work], figures: dict[tuple[str, str], list[float]]) -> str:
    head = "| work | plain SQL/s | 1 process | 2 | repeated, 1 | ratio, 1 | ratio, 2 | target | tipg/s | × tipg | target | pygeoapi/s | × pygeoapi |\n"
    lines = [head, "| --- |" + " ---: |" * 12 + "\n"]
    for work in wanted:
        sides = {side: median(rates) for (name, side), rates in figures.items() if name == work.name}
        ratios = [_ratio(figures, work.name, side, "plain SQL") for side in ("1 process", "2 processes")]
        cells = [work.name, *(f"{sides[side]:,.1f}" for side in ("plain SQL", "1 process", "2 processes", "repeated"))]
        cells += [*(f"{ratio:.2f}" for ratio in ratios), f"≥ {work.target}" if work.target else ""]
        for peer, target in (("tipg", [f"≥ {work.tipg_target}"]), ("pygeoapi", [])):
            times = [f"{_ratio(figures, work.name, '1 process', peer):.1f}"] if peer in sides else [""]
            cells += [f"{sides[peer]:,.1f}" if peer in sides else "", *times, *target]
        lines.append(f"| {' | '.join(cells)} |\n")
    return "".join(lines)


def _ratio(figures: dict[tuple[str, str], list[float]], name: str, side: str, to: str) -> float:
    """The median of the rounds' ratios: the two sides of one round ran right after one another."""
    return median(a / b if b else math.inf for a, b in zip(figures[name, side], figures[name, to], strict=True))


if __name__ == "__main__":
    main()
