"""What reaches the database: nothing of a stranger's text but bound values, and nothing that it could fail on."""

import json
import random
from typing import Any

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import URL, Select, Text, column, literal_column, select, table, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import Database
from app.layer.crs.workflow import given_in
from app.layer.filter.queries import Queryable, condition
from app.layer.filter.tree import Tree
from app.layer.filter.workflow import InvalidFilter, Kind, Language, parsed
from tests.layer.filter import trees
from tests.layer.filter.mutating import mutated
from tests.layer.filter.table import FILTERS, QUERYABLES, ROWS, Table

ASYNCPG = URL.create("postgresql+asyncpg").get_dialect()()
FOUND = {
    "S_INTERSECTS(place, BBOX(170,-10,-170,10))": [10, 11],
    "S_INTERSECTS(place, BBOX(170,-10,0,180,10,9))": [10],
    "S_INTERSECTS(place, BBOX(1,1,1,1))": [2, 4, 6, 8],
    "S_WITHIN(place, BBOX(-180,-90,180,90))": [2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
    "S_INTERSECTS(place, BBOX(3,0,3,1))": [5, 6],
    "S_INTERSECTS(place, BBOX(180,0,-179,0))": [11],
    "S_INTERSECTS(place, GEOMETRYCOLLECTION(POINT(179 0),LINESTRING(7 1,7 2)))": [9, 10],
    "S_EQUALS(place, POINT Z (1 1 7))": [2],
    "CASEI(name) = CASEI('STRASSE')": [4],
    "CASEI(name) = CASEI('ΟΔΟΣ')": [10],
    "ACCENTI(CASEI(name)) IN (ACCENTI(CASEI('CAFE')), CASEI('road'))": [2, 3, 11],
    "ACCENTI(note) = ACCENTI('か')": [],
    "name LIKE '50\\%\\_off\\\\'": [6],
    "name LIKE '__'": [5],
    "name = ''": [8],
    "open": [2, 4, 7, 9],
    "NOT open": [3, 5, 8, 10],
    "seen = DATE('2026-01-01')": [2, 5, 6, 10],
    "seen <= DATE('2026-01-01') AND seen >= DATE('2026-01-01')": [2, 5, 6, 10],
    "seen > DATE('2025-12-31') AND seen < DATE('2026-01-02')": [2, 5, 6, 10],
    "seen = TIMESTAMP('2026-01-01T08:00:00+08:00')": [2],
    "T_DURING(seen, INTERVAL('2026-01-01T00:00:00Z','2026-01-01T12:00:01Z'))": [6, 10],
    "T_INTERSECTS(INTERVAL(seen,gone), INTERVAL('..','2025-01-01'))": [8],
    "key = '00000000-0000-0001-0000-000000000007'": [3, 7],
    "count / 0 = 1 OR count % 0 = 1 OR count DIV 0 = 1 OR count ^ -1 = 0.5": [4],
    "2147483647 + count > 0 AND 9223372036854775807 + count + 9223372036854775807 > 1e18": [
        2,
        3,
        4,
        5,
        6,
        8,
        9,
        10,
        11,
    ],
    "count = 99999999999999999999999": [],
    "size * 1e308 * 1e308 > 1e308": [2, 4, 5, 6, 10, 11],
    "size / 1e-308 / 1e-308 > 0 AND size = 3": [10],
    "size ^ 6 = 1e150 ^ 12 / 1": [11],
    "0 ^ 0 = 1": [row.id for row in ROWS],
    "S_DISJOINT(place, place) IS NULL": [1],
    "1 = 1 AND TRUE": [row.id for row in ROWS],
}


@pytest.mark.parametrize(("written", "ids"), FOUND.items())
def test_these_find(kinds_table: Table, written: str, ids: list[int]) -> None:
    assert kinds_table.found(written) == ids


def test_geometries_are_taken_from_the_filters_own_system(kinds_table: Table) -> None:
    assert kinds_table.found("S_INTERSECTS(place, BBOX(111300,111300,111330,111340))") == []
    assert kinds_table.found("S_INTERSECTS(place, BBOX(111300,111300,111330,111340))", to_wgs84=given_in(3857)) == [
        2,
        4,
        6,
        8,
    ]


HOSTILE = [
    "'; DROP TABLE kinds; --",
    "') OR 1=1 --",
    "\\'; SELECT pg_sleep(9) --",
    '"; DELETE FROM kinds; --',
    "$1 :name %(name)s {0} ?",
    "\u2019 OR 1=1",
    "x' UNION SELECT 1 --",
]


@pytest.mark.parametrize("words", HOSTILE)
def test_words_of_a_stranger_are_bound_wherever_they_stand(kinds_table: Table, words: str) -> None:
    quoted = "'" + words.replace("'", "''") + "'"
    filters = [
        f"name = {quoted}",
        f"name LIKE {quoted}",
        f"CASEI(name) IN ({quoted}, ACCENTI({quoted}))",
        f"note < {quoted}",
    ]
    for written in filters:
        for tree in (parsed(written), parsed(json.dumps(trees.as_json(parsed(written))), Language.JSON)):
            assert words not in str(condition(tree, QUERYABLES).compile(dialect=ASYNCPG))
            assert len(kinds_table.says(tree)) == len(ROWS)
    name = words.replace('"', '""')
    with pytest.raises(InvalidFilter, match="no property"):
        condition(parsed(f'"{name}" = 1'), QUERYABLES)
    unusual = {words: Queryable(Kind.STRING, column("name", Text()))}
    assert words not in str(condition(parsed(f"\"{name}\" = 'x'"), unusual))


def test_numbers_times_and_shapes_are_bound_too() -> None:
    tree = parsed(
        "count = 77 AND size > 7.5 AND seen = DATE('2077-07-07') AND S_WITHIN(place, BBOX(7,7,77,77)) AND open = TRUE"
    )
    compiled = str(condition(tree, QUERYABLES).compile(dialect=ASYNCPG))
    assert "7" not in compiled.replace("$7", "")
    assert "true" not in compiled.lower()


@given(tree=FILTERS.condition, chance=st.randoms(use_true_random=False))
@settings(max_examples=150, deadline=None)
def test_whatever_is_sent_is_refused_or_answered(kinds_table: Table, tree: Tree, chance: random.Random) -> None:
    for language, written in ((Language.TEXT, trees.as_text(tree)), (Language.JSON, json.dumps(trees.as_json(tree)))):
        for _ in range(5):
            sent = mutated(written, chance).decode(errors=chance.choice(["replace", "surrogateescape"]))
            try:
                said = kinds_table.says(parsed(sent, language))
            except InvalidFilter:
                continue
            assert len(said) == len(ROWS)


def test_a_filter_at_the_limits_is_answered(kinds_table: Table) -> None:
    circle = shapely.Point(2, 2).buffer(1, quad_segs=400)
    assert kinds_table.found(f"S_INTERSECTS(place, {circle.wkt})") == [3, 4, 5, 6, 7]
    factors = " * ".join(["size"] * 5)
    assert kinds_table.found(f"{factors} > 1000") == [4, 5, 11]
    assert kinds_table.found(" AND ".join(["count >= 0"] * 60)) == [2, 3, 4, 6, 8, 10, 11]
    assert kinds_table.found("NOT (" * 14 + "count = 1" + ")" * 14) == [3]
    assert kinds_table.found(f"name = '{'路' * 60_000}'") == []


async def test_indexes_are_used(db: Database) -> None:
    async with db.write() as session:
        await session.execute(text("CREATE TEMP TABLE many (id bigint, seen timestamptz, place geometry(Point, 4326))"))
        await session.execute(
            text(
                "INSERT INTO many SELECT n, timestamptz '2026-01-01' + n * interval '1 minute',"
                " ST_SetSRID(ST_MakePoint(n % 100, n / 200), 4326) FROM generate_series(1, 5000) n"
            )
        )
        for name, method in (("id", "btree"), ("seen", "btree"), ("place", "gist")):
            await session.execute(text(f"CREATE INDEX many_{name} ON many USING {method} ({name})"))
        await session.execute(text("ANALYZE many"))
        queryables = {
            "id": Queryable(Kind.INTEGER, column("id")),
            "seen": Queryable(Kind.INSTANT, column("seen")),
            "place": Queryable(Kind.GEOMETRY, column("place")),
        }
        for written, index in (
            ("S_INTERSECTS(place, BBOX(1,1,2,2))", "many_place"),
            ("S_WITHIN(place, POLYGON((1 1,2 1,2 2,1 1)))", "many_place"),
            ("id = 7", "many_id"),
            ("id IN (7, 8.0)", "many_id"),
            ("seen = DATE('2026-01-02') AND id > 0", "many_seen"),
            ("T_DURING(seen, INTERVAL('2026-01-02T00:00:00Z','2026-01-02T01:00:00Z'))", "many_seen"),
        ):
            asked: Select[Any] = (
                select(literal_column("1")).select_from(table("many")).where(condition(parsed(written), queryables))
            )
            assert index in await _plan(session, asked), written


async def _plan(session: AsyncSession, asked: Select[Any]) -> str:
    compiled = asked.compile(dialect=ASYNCPG, compile_kwargs={"render_postcompile": True})
    connection = (await (await session.connection()).get_raw_connection()).driver_connection
    assert connection is not None
    given = [compiled.params[name] for name in compiled.positiontup or ()]
    return "\n".join(row[0] for row in await connection.fetch(f"EXPLAIN {compiled}", *given))
