"""A town with everything in it by which one may filter: odd names, missing values, shapes that touch and cross.

Everything lies on a grid of 1/128 degree, whose places are the same in decimals and in binary: so two readings of
coordinates agree about what touches what.
"""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from geoalchemy2 import WKTElement
from sqlalchemy import text, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.geo import SRID
from app.core.ids import uuid7
from app.coverage.models import CellPresence, Checkpoint
from app.grid.models import Area, Beat, GridCell, GridPlan
from app.incident.models import Incident
from app.incident.workflow import Status
from app.patrol.models import LatestPosition
from app.roster.models import Patrol, Shift
from tests import make

UNIT, WEST, SOUTH = 1 / 128, 118.59375, 32.0
COLUMNS, ROWS = 12, 4
"""Units across the town; a cell has two by two."""
NOW = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
BEGIN, UNTIL = NOW - timedelta(days=3), NOW - timedelta(days=1)
"""The period that coverage and hot cells are looked at in: over, so that it stays as it is."""
NAMES = ["road", "ROAD", "Straße", "路口", "50%_off\\", "it's", '"', "", "café\nbar", "Οδος", "Ca\u0301fe", "が", " "]
INCIDENTS, PATROLS, CHECKPOINTS = 60, 8, 10
GROUND = """
UPDATE area a SET boundary = (SELECT ST_Multi(ST_Union(c.boundary)) FROM grid_cell c JOIN area of ON of.id = c.area_id
  WHERE a.id = ANY (of.lineage))
"""


def place(x: float, y: float) -> tuple[float, float]:
    """Where so many units east and north are."""
    return WEST + x * UNIT, SOUTH + y * UNIT


def wkt(sort: str, *corners: tuple[float, float]) -> str:
    """A point, line or polygon by its corners in units."""
    listed = ",".join(f"{lon} {lat}" for lon, lat in (place(*corner) for corner in corners))
    return f"{sort}(({listed}))" if sort == "POLYGON" else f"{sort}({listed})"


def _cell(column: int, row: int) -> str:
    """A box; in two corners of the town a triangle and one with a bite out of it."""
    x, y = 2 * column, 2 * row
    ring = [(x, y), (x + 2, y), (x + 2, y + 2), (x, y + 2), (x, y)]
    if (column, row) == (0, 1):
        ring = [(x, y), (x + 2, y), (x + 2, y + 2), (x, y)]
    if (column, row) == (5, 1):
        ring[2:3] = [(x + 2, y + 1), (x + 1, y + 1), (x + 1, y + 2)]
    return wkt("POLYGON", *ring)


class Populating:
    """Fills one town by chance."""

    def __init__(self, town: make.Town, seed: int) -> None:
        self.town, self.chance = town, random.Random(seed)

    async def everything(self, session: AsyncSession) -> None:
        """All of it."""
        await self._ground(session)
        for row in (*self._incidents(), *self._patrols(), *self._checkpoints(), *self._presence()):
            session.add(row)
            await session.flush()

    async def _ground(self, session: AsyncSession) -> None:
        for code, cell_id in self.town.cells.items():
            column, row = int(code[-2]), int(code[-1])
            kind = self.chance.choice(["unit", "general", "dedicated"])
            shape = WKTElement(_cell(column, row), srid=SRID)
            values = {
                "valid_from": BEGIN - timedelta(days=1),
                "boundary": shape,
                "kind": kind,
                "area_m2": self.chance.choice([1e6, 0.1, 1e6 / 3, 7]),
            }
            await session.execute(update(GridCell).where(GridCell.id == cell_id).values(**values))
        await session.execute(text(GROUND))
        await session.execute(update(GridPlan).values(effective_from=BEGIN - timedelta(days=1)))
        for table in (Area, Beat):
            for row in await session.scalars(table.__table__.select().with_only_columns(table.__table__.c.id)):
                names = {"name": self._name(), "name_en": self._name()}
                await session.execute(update(table).where(table.id == row).values(**names))

    def _name(self) -> str:
        return self.chance.choice(NAMES)

    def _point(self) -> WKTElement:
        return WKTElement(wkt("POINT", (self.chance.randint(0, COLUMNS), self.chance.randint(0, ROWS))), srid=SRID)

    def _at(self) -> datetime:
        """In the period, often at its very ends."""
        near = timedelta(microseconds=self.chance.choice([-1, 0, 1]))
        return self.chance.choice([BEGIN, UNTIL, BEGIN + timedelta(hours=self.chance.randint(1, 47))]) + near

    def _incidents(self) -> Iterator[Incident]:
        chance, of = self.chance, self.town
        for number in range(INCIDENTS):
            centre = chance.choice("ABD")
            code, cell_id = chance.choice(list(of.cells.items()))
            yield Incident(
                id=uuid7(), number=f"{chance.choice(NAMES)}{number}", status=chance.choice([*Status]).value,
                status_since=NOW, description="d", priority=chance.randint(1, 4), source="patrol",
                category_id=chance.choice([None, *of.categories.values()]), reported_at=self._at(),
                reporter_id=of.accounts["patrol1.leader"], location=self._point(), cell_id=cell_id,
                area_id=of.areas[code[:2]], home_centre_id=of.organisations[code[0]],
                commanding_centre_id=of.organisations[centre], root_centre_id=of.organisations["D"],
                due_at=chance.choice([None, self._at(), NOW + timedelta(days=300)]),
                closed_at=chance.choice([None, None, self._at()]),
            )  # fmt: skip

    def _patrols(self) -> Iterator[Any]:
        chance = self.chance
        for number in range(PATROLS):
            id_, centre = uuid7(), self.town.organisations[chance.choice("ABD")]
            vehicle = chance.choice(["car", "foot"])
            names = {"code": f"F-{number}", "name": self._name(), "name_en": self._name()}
            yield Patrol(id=id_, centre_id=centre, vehicle=vehicle, **names)
            begun = NOW - timedelta(hours=5)
            yield Shift(id=uuid7(), patrol_id=id_, centre_id=centre, starts_at=begun, ends_at=NOW, signed_on_at=begun)
            yield LatestPosition(
                patrol_id=id_, location=self._point(), observed_at=self._at(), accuracy_m=chance.choice([None, 0.1, 5]),
                speed_mps=chance.choice([None, 1.3, 0.1, 0]), heading_deg=chance.choice([None, 359.9, 90]),
            )  # fmt: skip

    def _checkpoints(self) -> Iterator[Checkpoint]:
        for number in range(CHECKPOINTS):
            names = {"code": f"C-{number}", "name": self._name(), "name_en": self._name()}
            centre = self.town.organisations[self.chance.choice("ABD")]
            by = {"radius_m": self.chance.choice([20, 50]), "every_s": self.chance.choice([3600, 7200])}
            yield Checkpoint(id=uuid7(), centre_id=centre, location=self._point(), **by, **names)

    def _presence(self) -> Iterator[CellPresence]:
        for cell_id in self.town.cells.values():
            for hours in self.chance.sample(range(47), self.chance.randint(0, 3)):
                at = BEGIN + timedelta(hours=hours)
                dwell = self.chance.choice([60, "0.125", 3600])
                seen = {"visits": self.chance.randint(1, 3), "patrols": self.chance.randint(1, 2), "dwell_s": dwell}
                yield CellPresence(cell_id=cell_id, hour_at=at, first_at=at, last_at=at + timedelta(minutes=7), **seen)
