"""Tracks put into the database as they would be stored, the work done on them, and the map that came of it."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import shapely
from geoalchemy2 import WKTElement
from sqlalchemy import delete, insert, select, text

from app.core.db import Database
from app.coverage.models import CellPresence, PatrolPresence, PresenceDue, PresenceProgress
from app.coverage.presence import service
from app.grid.models import GridCell
from app.patrol.models import Position
from tests import make
from tests.coverage.plain import Fix, Seen

KEEP = timedelta(days=30)
POLYGONS = {
    f"{area}-{column}{row}": shapely.from_wkt(make.box(column, row))
    for column in range(6)
    for row in range(2)
    for area in ["A1" if column < 2 else "A2" if column < 3 else "B1"]
}


async def put(database: Database, town: make.Town, fixes: Iterable[Fix]) -> None:
    """Store fixes, each once."""
    rows = [_row(town, fix) for fix in fixes]
    if rows:
        async with database.write() as session:
            await session.execute(insert(Position), rows)


def _row(town: make.Town, fix: Fix) -> dict[str, Any]:
    return {
        "patrol_id": town.patrols[fix.patrol],
        "shift_id": town.shifts[fix.patrol],
        "device_id": fix.device,
        "observed_at": fix.at,
        "location": WKTElement(f"POINT({fix.lon!r} {fix.lat!r})", srid=4326),
        "datum": "wgs84",
        "quality": fix.quality,
    }


async def work(database: Database) -> None:
    """Compute what is due, as the worker does."""
    async with database.write() as session:
        await service.note(session, KEEP)
    working = True
    while working:
        async with database.write() as session:
            working = await service.advance(session) > 0


async def found(database: Database) -> dict[tuple[str, Any], Seen]:
    """The map in the database, by cell code and hour."""
    c = CellPresence
    columns: tuple[Any, ...] = (GridCell.code, c.hour_at, c.visits, c.dwell_s, c.patrols, c.first_at, c.last_at)
    async with database.read() as session:
        rows = (await session.execute(select(*columns).join(GridCell, GridCell.id == c.cell_id))).all()
    return {(code, hour): Seen(visits, float(dwell), *rest) for code, hour, visits, dwell, *rest in rows}


async def wipe(database: Database) -> None:
    """Back to the day before the first fix."""
    async with database.write() as session:
        for table in (Position, PatrolPresence, CellPresence, PresenceDue, PresenceProgress):
            await session.execute(delete(table))


async def recount(database: Database) -> list[Any]:
    """Every row of the map, as text."""
    async with database.read() as session:
        return list(await session.scalars(text("SELECT c::text FROM cell_presence c ORDER BY 1")))


async def expire(database: Database) -> None:
    """The tracks and what single patrols did are deleted, as after their time."""
    async with database.write() as session:
        await session.execute(delete(Position))
        assert await service.forget(session, -timedelta(hours=1), 5000) > 0
