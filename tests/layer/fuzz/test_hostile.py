"""Whatever filter and whatever else is asked of items and tiles is answered, or refused with the reason: no 500."""

import json
import random
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.layer.filter.workflow import Language
from app.layer.workflow import COLLECTIONS
from tests.contract.asking import Answer
from tests.layer.filter.mutating import mutated
from tests.layer.filter.trees import as_json, as_text
from tests.layer.fuzz.conftest import TIMES, Client, always
from tests.layer.fuzz.filters import filters

Query = list[tuple[str, str]]
PLACES = ["items", "tiles/WebMercatorQuad/14/6655/13590", "tiles/WebMercatorQuad/11/831/1698"]
PLACES += ["tiles/WorldCRS84Quad/13/2639/13592", "tiles/WebMercatorQuad/tilejson.json"]
ANSWERS, REFUSALS = {200, 204, 304}, {400, 404, 413, 414}
AT_ONCE_S = 5.0
"""Of the processor: the machine may be busy. What is not refused early takes minutes, or all memory."""


def fault(answer: Answer) -> str:
    """What is wrong with an answer to a stranger, if anything."""
    if answer.error or answer.status not in ANSWERS | REFUSALS:
        return f"{answer.status} {answer.error} {answer.body[:300]!r}"
    if answer.status in REFUSALS:
        told = answer.json()
        known = {"type", "title", "status", "detail"}
        if answer.media_type != "application/problem+json" or not known <= told.keys() or not told["detail"]:
            return f"is no problem that says why: {answer.body[:300]!r}"
    return ""


def _json(op: str, *args: Any) -> str:
    return json.dumps({"op": op, "args": args})


def _nested(levels: int) -> str:
    return '{"op":"not","args":[' * levels + "true" + "]}" * levels


def _ring(vertices: int) -> str:
    return ",".join(f"{at} {at % 2}" for at in range(vertices))


CODE, SHAPE = {"property": "code"}, {"property": "geometry"}
BOMBS: dict[str, str | tuple[str, str]] = {
    "brackets": "(" * 16_000 + "TRUE" + ")" * 16_000,
    "brackets open": "(" * 60,
    "negations": "NOT " * 16_000 + "TRUE",
    "signs": "area_m2 = " + "-" * 20_000 + "1",
    "a chain": " AND ".join(["code = 'x'"] * 4_000),
    "a list": f"code IN ({','.join(['1'] * 20_000)})",
    "43 KB nested": ("cql2-json", _nested(1_600).ljust(43_000)),
    "brackets of JSON": ("cql2-json", "[" * 43_000),
    "a line of 200,000": f"S_INTERSECTS(geometry, LINESTRING({_ring(200_000)}))",
    "vertices": f"S_INTERSECTS(geometry, LINESTRING({_ring(9_000)}))",
    "a knot": f"S_TOUCHES(geometry, LINESTRING({'0 0,9 9,0 9,9 0,' * 600}0 0))",
    "digits": f"area_m2 = {'9' * 5_000}",
    "an exponent": "area_m2 = 1e999999999",
    "powers": "area_m2 ^ 16 ^ 16 > 1",
    "a power": "2 ^ 999999999 > 1",
    "NaN": ("cql2-json", '{"op":"=","args":[{"property":"area_m2"},NaN]}'),
    "infinite": ("cql2-json", '{"op":"=","args":[{"property":"area_m2"},-Infinity]}'),
    "a large exponent": ("cql2-json", '{"op":"=","args":[{"property":"area_m2"},1e400]}'),
    "NUL": "code = 'a\0b'",
    "NUL in JSON": ("cql2-json", '{"op":"=","args":[{"property":"code"},"\\u0000"]}'),
    "half a character": "code = '\ud800'",
    "half a character in JSON": ("cql2-json", '{"op":"=","args":[{"property":"code"},"\\ud800"]}'),
    "no such property": "\u202e路 = 1",
    "SQL": "code = 'x'; DROP TABLE incident",
    "SQL in a name": "\"code\"\" = ''x'' OR 1=1 --\" = 1",
    "no filter": "",
    "spaces": " " * 60_000,
    "commas": "code IN (" + "," * 60_000 + ")",
    "a backslash": "code LIKE 'a\\'",
    "a property as a pattern": "code LIKE code",
    "no condition": "area_m2 + 1",
    "a text": "'TRUE'",
    "a number against a text": "code = 1",
    "a truth against a text": "code = TRUE",
    "a text against a number": "area_m2 > 'x'",
    "a geometry against a text": "geometry = 'x'",
    "no date": "code = DATE('2026-02-30')",
    "year 0": "code = TIMESTAMP('0000-01-01T00:00:00Z')",
    "no instant": "T_AFTER(code, TIMESTAMP('yesterday'))",
    "an interval the wrong way": "T_DURING(code, INTERVAL('2026-01-02','2026-01-01'))",
    "duplicate keys": ("cql2-json", '{"op":"=","op":"<","args":[1],"args":[{"property":"area_m2"},"x"]}'),
    "an array": ("cql2-json", _json("a_contains", CODE, ["x"])),
    "an array against a text": ("cql2-json", _json("=", CODE, ["x"])),
    "a function of one's own": "pg_sleep(9) = 1",
    "a function in JSON": ("cql2-json", _json("pg_sleep", 9)),
    "an object": ("cql2-json", '{"op":"=","args":[{"property":{"property":"code"}},{}]}'),
    "null": ("cql2-json", _json("=", CODE, None)),
    "a curve": "S_INTERSECTS(geometry, CIRCULARSTRING(0 0,1 1,2 0))",
    "no ring": "S_INTERSECTS(geometry, POLYGON((0 0,1 1)))",
    "a bow tie": "S_INTERSECTS(geometry, POLYGON((0 0,4 4,4 0,0 4,0 0)))",
    "nowhere": "S_INTERSECTS(geometry, POINT EMPTY)",
    "far": "S_INTERSECTS(geometry, POINT(1e300 1e300))",
    "coordinates that are none": ("cql2-json", _json("s_within", SHAPE, {"type": "Point", "coordinates": "ab"})),
    "coordinates in coordinates": ("cql2-json", _json("s_within", SHAPE, {"type": "Point", "coordinates": [[[1]]]})),
    "a geometry without an end": ("cql2-json", '{"op":"s_within","args":[{"property":"geometry"},{"type":"Polygon"'),
    "no language": ("sql", "SELECT 1"),
}
FINE = {"half a character", "vertices", "digits", "a knot", "a large exponent", "an exponent"}
"""Those that may also be answered: they are within the limits, or mean nothing that is there."""


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_at_once(client: Client, name: str) -> None:
    bomb = BOMBS[name]
    language, written = bomb if isinstance(bomb, tuple) else ("cql2-text", bomb)
    for place in PLACES:
        begun = time.process_time()
        answer = client.get(f"grid_cells/{place}", [("filter", written), ("filter-lang", language)])
        took = time.process_time() - begun
        assert not fault(answer), place
        assert answer.status in ({200, 204, 400} if name in FINE else {400}), (place, answer.status, answer.body[:200])
        assert took < AT_ONCE_S


EPSG = "http://www.opengis.net/def/crs/EPSG/0/"
HOSTILE: dict[str, list[str]] = {
    "filter-crs": ["", "EPSG:4549", f"{EPSG}4549", f"{EPSG}0"],
    "filter-lang": ["", "sql", "cql-text", "cql2-json", "CQL2-TEXT", "\ud800"],
    "bbox": ["1,2,3", "nan,nan,nan,nan", "inf,0,1,1", "9,9,1,1", "200,0,190,1",
         "170,-90,-170,90", "118.6,32,118.6,32", "1e308,1,1e309,2", "路"],
    "bbox-crs": [f"{EPSG}3857", f"{EPSG}4549", "x"],
    "crs": [f"{EPSG}4549", f"{EPSG}4490", "4326", "\0"],
    "datetime": ["yesterday", "../..", "2026-02-30", "2026-01-02/2026-01-01", "0001-01-01",
        "9999-12-31T23:59:60Z", "/", "2026-01-01/P1D"],
    "limit": ["0", "-1", "1", "99999999999999999999", "٣", "1e3"],
    "offset": ["0", "99999", "-1", "x"],
    "sortby": ["code", "-code,code", "code,-code,code", "--code", "geometry", "id", ",", "路"],
    "properties": ["code", "geometry", "", "code,code", "*"],
    "cursor": ["", "x", "WyJncmlkX2NlbGxzIiwieCJd", "e30", "bnVsbA", "W251bGxd", "[" * 3_000],
    "datum": ["gcj02", "wgs84", "bd09"],
    "collections": ["areas,nothing", ""],
    "code": ["x", "\0", "\ud800"],
    "f": ["json", "html", "xml"],
}  # fmt: skip


def _spoilt(written: str, chance: random.Random) -> str:
    kept = written.encode() if chance.random() < 0.3 else mutated(written, chance)
    return kept.decode(errors=chance.choice(["replace", "surrogateescape", "ignore"]))


def _others(chance: random.Random) -> Iterator[tuple[str, str]]:
    """Some parameters beside the filter; now and then one of them twice."""
    for name in chance.sample(sorted(HOSTILE), chance.choice([0, 0, 1, 1, 2, 4])):
        for _ in range(chance.choice([1, 1, 1, 2])):
            yield name, chance.choice(HOSTILE[name])


WRITERS: dict[str, Callable[[Any], str]] = {
    "cql2-text": as_text,
    "cql2-json": lambda tree: json.dumps(as_json(tree), ensure_ascii=False),
}


@pytest.mark.parametrize("collection", COLLECTIONS)
@given(data=st.data(), chance=st.randoms(use_true_random=False))
@settings(max_examples=8 * TIMES, deadline=None)
def test_whatever_is_asked_is_answered_or_refused(
    client: Client, collection: str, data: st.DataObject, chance: random.Random
) -> None:
    tree = data.draw(filters(client, collection).condition)
    for language, write in WRITERS.items():
        query = [("filter", _spoilt(write(tree), chance)), ("filter-lang", language), *_others(chance)]
        wrong_end = [*always(collection)] if chance.random() < 0.5 else []
        tag = chance.choice([b"*", b'W/"x"', b"\xff", b""])
        place = chance.choice(PLACES)
        answer = client.get(f"{collection}/{place}", [*query, *wrong_end], if_none_match=tag)
        assert not fault(answer), (place, query, tag)


def test_all_languages_are_tried() -> None:
    assert {*WRITERS, "cql-text"} == {*Language}
