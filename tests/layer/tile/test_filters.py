"""A filter narrows a tile as it narrows items, counts below whole tiles too, and is part of what a tile is kept by."""

from collections.abc import Hashable
from typing import Any

import pytest

from app.layer.tile.shelf import Shelf
from tests.layer.tile import mvt
from tests.layer.tile.conftest import Map, at

WHO = "district.dispatcher"
TILE = at(118.6449, 32.0101, 14)
BOX = "118.62,32.0,118.64,32.02"
NORTH_FIRST = "http://www.opengis.net/def/crs/EPSG/0/4490"
FILTERS: dict[str, list[dict[str, str]]] = {
    "incidents": [
        {"filter": "number LIKE '%1' OR priority IN (1, 2)"},
        {"filter": f"S_INTERSECTS(geometry, BBOX({BOX}))", "is_open": "true"},
        {"filter": "S_WITHIN(geometry, BBOX(32.0,118.62,32.02,118.64))", "filter-crs": NORTH_FIRST},
        {"filter": '{"op": "like", "args": [{"property": "cell"}, "B1%"]}', "filter-lang": "cql2-json"},
        {"filter": "reported_at > DATE('2020-01-01')", "datetime": "2020-01-01T00:00:00Z/.."},
        {"filter": "closed_at IS NOT NULL"},
    ],
    "grid_cells": [{"filter": "code LIKE 'A1%'"}, {"filter": f"NOT S_TOUCHES(geometry, BBOX({BOX}))"}],
    "beats": [{"filter": "cells > 6"}, {"filter": "code = 'beat1'"}],
    "areas": [{"filter": "level = 'street' AND parent IS NOT NULL"}],
    "patrols": [{"filter": "centre = 'B'"}],
    "coverage": [{"filter": "is_visited = FALSE AND area_m2 / 2 > 1"}],
    "hot_cells": [{"filter": "incidents > 3 AND gi_z IS NOT NULL"}, {"filter": "incidents = 0"}],
}
CASES = [(of, asked) for of, some in FILTERS.items() for asked in some]


@pytest.fixture
async def ids(map_: Map) -> Any:
    """The ids of a collection in a tile."""

    async def found(of: str, **asked: str) -> set[Any]:
        layer = await map_.layer(WHO, of, TILE, **asked)
        return {one.properties["id"] for one in layer.features} if layer else set()

    return found


async def test_a_filtered_tile_holds_of_the_whole_tile_what_items_of_the_filter_hold(map_: Map, ids: Any) -> None:
    some = fewer = 0
    for of, asked in CASES:
        answer = await map_.raw(WHO, f"/collections/{of}/items", None, limit=1000, **asked)
        assert answer.status_code == 200, answer.text
        items = {one["id"] for one in answer.json()["features"]}
        whole, narrowed = await ids(of), await ids(of, **asked)
        assert narrowed == whole & items, (of, asked)
        some, fewer = some + bool(narrowed), fewer + (narrowed < whole)
    assert some > 6
    assert fewer > 8


async def test_what_is_counted_is_what_the_filter_lets_through(map_: Map) -> None:
    async def counted(**asked: str) -> int:
        layer = await map_.layer(WHO, "incidents", at(118.63, 32.01, 9), **asked)
        return sum(one.properties["count"] for one in layer.features) if layer else 0

    for asked in ({"filter": "cell LIKE 'A1%'"}, {"filter": f"S_INTERSECTS(geometry, BBOX({BOX}))"}):
        items = (await map_.raw(WHO, "/collections/incidents/items", None, limit=1000, **asked)).json()["features"]
        assert 0 < await counted(**asked) == len(items) < 40
    assert await counted(filter="is_open = FALSE") == 0


@pytest.mark.parametrize("asked", [{"filter": "nothing = 1"}, {"filter": "="}, {"filter": "1 + 1"}])
async def test_what_is_no_filter_is_refused_whatever_is_held(map_: Map, asked: dict[str, str]) -> None:
    for path in (f"14/{TILE.y}/{TILE.x}", "tilejson.json"):
        address = f"/collections/grid_cells/tiles/WebMercatorQuad/{path}"
        answer = await map_.raw(WHO, address, {"If-None-Match": "*"}, **asked)
        assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json"), answer.text
        assert answer.json()["type"] == "/problems/invalid-filter"
    unknown = {"filter": "kind = 'unit'", "filter-lang": "sql"}, {"filter-crs": "EPSG:1"}
    for wrong in unknown:
        assert (await map_.raw(WHO, address, None, **wrong)).status_code == 400
    assert (await map_.raw(WHO, f"/tiles/WebMercatorQuad/14/{TILE.y}/{TILE.x}", filter="TRUE")).status_code == 400


async def test_a_filter_is_part_of_what_a_tile_is_kept_by(map_: Map, cuts: list[str]) -> None:
    path = f"/collections/grid_cells/tiles/WebMercatorQuad/14/{TILE.y}/{TILE.x}"
    asked: list[dict[str, str]] = [{}, {"filter": "code LIKE '%0'"}, {"filter": "code LIKE '%1'"}]
    tiles = [await map_.raw(WHO, path, None, **one) for one in asked]
    assert len({one.content for one in tiles}) == len({one.headers["etag"] for one in tiles}) == len(cuts) == 3
    for params, tile in zip(asked, tiles, strict=True):
        for other in tiles:
            again = await map_.raw(WHO, path, {"If-None-Match": other.headers["etag"]}, **params)
            expected = (304, b"") if other is tile else (200, tile.content)
            assert (again.status_code, again.content) == expected
    assert len(cuts) == 3


async def test_a_long_filter_takes_no_more_of_the_shelf_than_a_short_one(
    map_: Map, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: list[Hashable] = []
    monkeypatch.setattr(Shelf, "put", lambda _, key, *__: kept.append(key))
    for word in ("x", "x" * 50_000):
        assert await map_.layer(WHO, "grid_cells", TILE, filter=f"code = '{word}'") is None
    assert [len(repr(key)) < 100 for key in kept] == [True, True]


async def test_tilejson_hands_the_filter_on(map_: Map) -> None:
    asked = {"filter": "number LIKE '%{1}' AND \"status\" <> 'a&b'", "filter-lang": "cql2-text"}
    path = "/collections/incidents/tiles/WebMercatorQuad/tilejson.json"
    told = (await map_.raw(WHO, path, None, **asked)).json()
    address = told["tiles"][0].format(z=14, y=TILE.y, x=TILE.x)
    answer = await map_.hands.client.get(address, headers=map_.hands.headers(WHO))
    assert answer.status_code == 204
    whole = await map_.hands.client.get(address.partition("?")[0], headers=map_.hands.headers(WHO))
    assert len(mvt.layers(whole.content)["incidents"].features) > 0
