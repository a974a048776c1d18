"""A small table with everything in it by which one may filter, and what filters say about each of its rows."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Boolean, column, literal_column, select, table, text, type_coerce
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from app.layer.filter.queries import Queryable, condition
from app.layer.filter.workflow import Kind, Language, Tree, parsed
from tests.layer.filter.trees import Pools, grammar

NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
IDS = [UUID(int=number << 64 | 7) for number in range(3)]

DEFINITION = """
CREATE TEMP TABLE kinds (
    id int, name text COLLATE "C", note text COLLATE "C", count int, size double precision, price numeric, open boolean,
    seen timestamptz, gone timestamptz, key uuid, place geometry(Geometry, 4326)
)
"""


@dataclass(frozen=True)
class Row:
    """One row; anything may be missing."""

    id: int
    name: str | None = None
    note: str | None = None
    count: int | None = None
    size: float | None = None
    price: float | None = None
    open: bool | None = None
    seen: datetime | None = None
    gone: datetime | None = None
    key: UUID | None = None
    place: BaseGeometry | None = None


def _at(**later: float) -> datetime:
    return NEW_YEAR + timedelta(**later)


def _shape(wkt: str) -> BaseGeometry:
    return shapely.from_wkt(wkt)


ROWS = [
    Row(1),
    Row(2, "road", "Road", 0, 0.5, 0.1, True, _at(), _at(hours=1), IDS[0], _shape("POINT(1 1)")),
    Row(3, "ROAD", "road", 1, -0.25, 2, False, _at(microseconds=-1), _at(), IDS[1], _shape("POINT(2 2)")),
    Row(4, "Straße", "STRASSE", 2, 8, 2.5, True, _at(days=1), _at(days=2), IDS[2], _shape("LINESTRING(0 0,4 4)")),
    Row(
        5,
        "路口",
        "路",
        -3,
        100,
        -1,
        False,
        _at(days=1, microseconds=-1),
        _at(days=3),
        IDS[0],
        _shape("LINESTRING(0 4,4 0)"),
    ),
    Row(6, "50%_off\\", "50", 7, 2.125, 10, None, _at(hours=12), None, None, _shape("POLYGON((0 0,4 0,4 4,0 4,0 0))")),
    Row(7, "it's", '"', None, None, None, True, None, _at(days=9), IDS[1], _shape("POLYGON((2 2,6 2,6 6,2 6,2 2))")),
    Row(8, "", None, 1000, -8, 0, False, _at(days=-400), _at(days=400), IDS[2], _shape("MULTIPOINT(1 1,5 5)")),
    Row(9, "café\nbar", "cafe", -1, 0, 1, True, _at(days=2), _at(days=2), None, _shape("POLYGON((4 0,8 0,8 4,4 0))")),
    Row(10, "Οδος", "ΟΔΟΣ", 3, 3, 3, False, _at(hours=1), _at(days=1, microseconds=-1), IDS[0], _shape("POINT(179 0)")),
    Row(11, "Ca\u0301fe", "が", 2**31 - 1, 1e300, 1e30, None, _at(days=3), _at(days=4), None, _shape("POINT(-179 0)")),
]

QUERYABLES = {
    "name": Queryable(Kind.STRING, column("name")),
    "note": Queryable(Kind.STRING, column("note")),
    "count": Queryable(Kind.INTEGER, column("count")),
    "size": Queryable(Kind.NUMBER, column("size")),
    "price": Queryable(Kind.NUMBER, column("price")),
    "open": Queryable(Kind.BOOLEAN, column("open", Boolean())),
    "seen": Queryable(Kind.INSTANT, column("seen")),
    "gone": Queryable(Kind.INSTANT, column("gone")),
    "key": Queryable(Kind.UUID, column("key")),
    "place": Queryable(Kind.GEOMETRY, column("place")),
}
KINDS = {name: queryable.kind for name, queryable in QUERYABLES.items()}
PATTERNS = ["%", "_%", "%a%", "r__d", "R%", "50\\%%", "%\\_off\\\\", "路_", "caf_%", "CAFE%", "", "%\n%"]
SHAPES = [
    "POINT(1 1)",
    "POINT(4 4)",
    "LINESTRING(0 0,4 4)",
    "LINESTRING(-1 2,9 2)",
    "POLYGON((0 0,4 0,4 4,0 4,0 0))",
    "POLYGON((1 1,3 1,3 3,1 3,1 1))",
    "POLYGON((4 4,8 4,8 8,4 8,4 4),(5 5,6 5,6 6,5 6,5 5))",
    "MULTIPOINT((1 1),(5 5))",
    "MULTIPOLYGON(((0 0,1 0,1 1,0 1,0 0)),((4 0,8 0,8 4,4 0)))",
    "GEOMETRYCOLLECTION(POINT(2 2),POINT(1 1))",
]
POOLS = Pools(
    names={kind: [name for name in KINDS if KINDS[name] is kind] for kind in Kind},
    words=[*sorted({text for row in ROWS for text in (row.name, row.note) if text}), "", "STRASSE", "Café", "οδος"],
    patterns=PATTERNS,
    numbers=[*range(-5, 1002), *(eighths / 8 for eighths in range(-64, 900))],
    instants=[_at(hours=hours) for hours in range(-30, 61)],
    days=[_at(days=days).date() for days in range(-1, 4)],
    shapes=SHAPES,
    ids=IDS,
)
FILTERS = grammar(POOLS)


INSERT = """
INSERT INTO kinds VALUES (:id, :name, :note, :count, :size, :price, :open, :seen, :gone, :key,
    ST_GeomFromWKB(:place, 4326))
"""


class Table:
    """The table, asked from tests that are not coroutines."""

    def __init__(self, runner: asyncio.Runner, connection: AsyncConnection) -> None:
        self.runner = runner
        self.connection = connection

    def says(self, tree: Tree) -> dict[int, bool | None]:
        """What a filter says about each row, if the database has nothing to say against it."""
        asked: Any = select(literal_column("id"), type_coerce(condition(tree, QUERYABLES), Boolean())).select_from(
            table("kinds")
        )
        return {row[0]: row[1] for row in self.runner.run(self._all(asked))}

    def found(self, written: str, language: Language = Language.TEXT, **options: Any) -> list[int]:
        """The rows that a filter finds."""
        asked: Any = select(literal_column("id")).select_from(table("kinds"))
        asked = asked.where(condition(parsed(written, language), QUERYABLES, **options))
        return sorted(row[0] for row in self.runner.run(self._all(asked)))

    async def _all(self, asked: Any) -> list[Any]:
        async with self.connection.begin():
            return list((await self.connection.execute(asked)).all())


@contextmanager
def opened(url: str) -> Iterator[Table]:
    """The table, which goes with its connection. No transaction stays open: the log of other tests would not settle."""
    with asyncio.Runner() as runner:
        engine = create_async_engine(url)

        async def opening() -> AsyncConnection:
            connection = await engine.connect()
            await connection.execute(text(DEFINITION))
            for row in ROWS:
                await connection.execute(text(INSERT), vars(row) | {"place": row.place and shapely.to_wkb(row.place)})
            await connection.commit()
            return connection

        connection = runner.run(opening())
        yield Table(runner, connection)
        runner.run(connection.close())
        runner.run(engine.dispose())
