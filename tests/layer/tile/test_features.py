"""A tile shows what items show in its box, to the same people: whatever the collection, the caller and the place."""

import random
from typing import Any
from uuid import UUID

import pytest
from pyproj import Transformer
from shapely.geometry import Polygon, shape
from shapely.ops import unary_union
from sqlalchemy import text

from app.core.db import Database
from app.layer.tile.workflow import MATRICES, Tile
from app.layer.workflow import COLLECTIONS
from tests.layer.tile import mvt
from tests.layer.tile.conftest import WHO, Map, at, number

SOMEWHERE = (118.6449, 32.0101)


def tiles(count: int, name: str) -> list[Tile]:
    """Tiles over the town by chance, at zooms where every feature is shown whole."""
    chance = random.Random(f"{name} {count}")
    zooms = [14, 15, 16] if name == "WebMercatorQuad" else [13, 14, 15]
    return [
        at(chance.uniform(118.595, 118.665), chance.uniform(31.997, 32.023), chance.choice(zooms), name)
        for _ in range(count)
    ]


@pytest.mark.parametrize("name", MATRICES)
@pytest.mark.parametrize("who", WHO)
async def test_a_tile_holds_the_features_that_items_show_in_its_box(map_: Map, who: str, name: str) -> None:
    shown = 0
    for tile in tiles(3, name):
        for one in COLLECTIONS.values():
            items = await map_.items(who, one.id, tile)
            layer = await map_.layer(who, one.id, tile)
            features = {str(feature.properties["id"]): feature for feature in (layer.features if layer else [])}
            shown += len(features)
            for id_, feature in features.items():
                assert feature.id == number(id_)
            inside = {id_ for id_, feature in features.items() if _is_inside(feature)}
            assert inside <= set(items), one.id
            assert {id_ for id_, item in items.items() if _is_clearly_inside(item, tile)} <= set(features), one.id
            for id_ in inside:
                _is_the_same(features[id_], items[id_], tile)
    assert shown > 0 or who == "fire_rescue.desk"


def _is_inside(feature: mvt.Feature) -> bool:
    """Not only in the margin."""
    return any(0 < x < 4096 and 0 < y < 4096 for part in feature.parts for x, y in part) or (
        feature.kind == mvt.POLYGON
        and _shape(feature).intersects(Polygon([(1, 1), (4095, 1), (4095, 4095), (1, 4095)]))
    )


def _shape(feature: mvt.Feature) -> Any:
    return unary_union([Polygon(ring) for ring in feature.parts if mvt.area(ring) > 0])


def _is_clearly_inside(item: dict[str, Any], tile: Tile) -> bool:
    west, south, east, north = tile.degrees
    dx, dy = (east - west) / 1000, (north - south) / 1000
    box = Polygon([(west + dx, south + dy), (east - dx, south + dy), (east - dx, north - dy), (west + dx, north - dy)])
    return bool(shape(item["geometry"]).intersects(box))


def _is_the_same(feature: mvt.Feature, item: dict[str, Any], tile: Tile) -> None:
    expected = {name: value for name, value in item["properties"].items() if value is not None}
    told = {name: value for name, value in feature.properties.items() if name != "id"}
    for changing in (expected, told):
        changing.pop("age_s", None)
    assert told == pytest.approx(expected)
    if feature.kind == mvt.POINT:
        ((x, y),) = feature.parts[0]
        assert (x, y) == pytest.approx(_on_grid(item["geometry"]["coordinates"], tile), abs=1)
        return
    assert feature.kind == mvt.POLYGON
    assert all(mvt.area(ring) != 0 for ring in feature.parts)
    west, south, east, north = tile.degrees
    mx, my = (east - west) / 64, (north - south) / 64
    box = Polygon([(west - mx, south - my), (east + mx, south - my), (east + mx, north + my), (west - mx, north + my)])
    clipped = shape(item["geometry"]).intersection(box)
    there = Polygon([_on_grid(corner, tile) for corner in clipped.envelope.exterior.coords])
    drawn = _shape(feature)
    assert drawn.is_valid
    assert drawn.bounds == pytest.approx(there.bounds, abs=2)
    assert drawn.area == pytest.approx(there.area, rel=0.01)  # the cells, streets and beats of the town are boxes


def _on_grid(position: Any, tile: Tile) -> tuple[float, float]:
    """Where a position is on a tile's grid, by pyproj."""
    west, south, east, north = tile.bounds
    x, y = Transformer.from_crs(4326, tile.matrices.srid, always_xy=True).transform(*position[:2])
    return (x - west) / (east - west) * 4096, (north - y) / (north - south) * 4096


@pytest.mark.parametrize("zoom", [10, 11, 12, 13])
async def test_wide_tiles_draw_every_cell_where_it_is_with_what_maps_colour_by(map_: Map, zoom: int) -> None:
    tile = at(*SOMEWHERE, zoom)
    items = await map_.items("district.dispatcher", "grid_cells", tile)
    layer = await map_.layer("district.dispatcher", "grid_cells", tile)
    assert layer is not None
    assert {feature.properties["id"] for feature in layer.features} >= set(items)
    for feature in layer.features:
        assert set(feature.properties) == {"id", "kind"}
        assert all(mvt.area(ring) > 0 for ring in feature.parts)
        id_ = str(feature.properties["id"])
        if id_ not in items:
            continue
        corners = shape(items[id_]["geometry"]).exterior.coords
        there = Polygon([_on_grid(corner, tile) for corner in corners])
        if there.within(Polygon([(0, 0), (4096, 0), (4096, 4096), (0, 4096)])):
            assert _shape(feature).bounds == pytest.approx(there.bounds, abs=1)


async def test_wide_tiles_count_each_open_incident_once(map_: Map) -> None:
    for who, expected in (("district.dispatcher", 40), ("street1.dispatcher", 20), ("street2.dispatcher", 20)):
        for zoom in (9, 11, 13):
            count = open_ = 0
            ids = set()
            for tile in _over_the_town(zoom):
                layer = await map_.layer(who, "incidents", tile)
                for feature in layer.features if layer else []:
                    assert set(feature.properties) == {"count", "open", "overdue", "priority"}
                    count += feature.properties["count"]
                    open_ += feature.properties["open"]
                    assert all(0 <= place <= 4096 for place in feature.parts[0][0])
                    ids.add(feature.id)
                    assert feature.id is not None
                    assert feature.id < 2**53
            assert count == open_ == expected, (who, zoom)
            assert len(ids) > (1 if zoom > 9 else 0)


def _over_the_town(zoom: int) -> list[Tile]:
    first, last = at(118.59, 32.03, zoom), at(118.67, 31.99, zoom)
    return [Tile(first.matrices, zoom, x, y) for x in range(first.x, last.x + 1) for y in range(first.y, last.y + 1)]


async def test_closed_incidents_are_counted_when_they_are_asked_for(map_: Map, hands: Any, db: Database) -> None:
    incident = await hands.report(at=SOMEWHERE, who="patrol3.leader")
    async with db.write() as session:
        ended = "UPDATE incident SET status = 'closed', closed_at = now() WHERE id = :id"
        await session.execute(text(ended), {"id": UUID(incident["id"])})
    tile = at(*SOMEWHERE, 12)

    async def counted(**params: Any) -> int:
        layer = await map_.layer("street2.dispatcher", "incidents", tile, **params)
        return sum(one.properties["count"] for one in layer.features) if layer else 0

    assert await counted(is_open="false") == 1
    assert await counted(datetime="2020-01-01T00:00:00Z/..") == await counted() + 1


async def test_a_cell_too_small_for_a_tile_is_a_speck_and_not_left_out(map_: Map, db: Database) -> None:
    small = "UPDATE grid_cell SET boundary = ST_Expand(ST_SetSRID(ST_MakePoint(118.6149, 32.0151), 4326), 0.000005)"
    async with db.write() as session:
        await session.execute(text(f"{small} WHERE code = 'A1-11'"))
    layer = await map_.layer("district.dispatcher", "grid_cells", at(118.6149, 32.0151, 10))
    assert layer is not None
    ids = {feature.properties["id"] for feature in layer.features}
    assert str(map_.hands.town.cells["A1-11"]) in ids


async def test_a_time_and_a_property_narrow_a_tile_as_they_do_items(map_: Map) -> None:
    tile = at(*SOMEWHERE, 14)
    for params in (
        {"datetime": "2020-01-01T00:00:00Z/2020-02-01T00:00:00Z"},
        {"status": "reported"},
        {"status": "closed"},
        {"priority": "2", "is_open": "true"},
    ):
        items = await map_.items("district.dispatcher", "incidents", tile, **params)
        layer = await map_.layer("district.dispatcher", "incidents", tile, **params)
        found = {one.properties["id"] for one in layer.features if _is_inside(one)} if layer else set()
        assert found == set(items), params
    assert await map_.layer("district.dispatcher", "grid_cells", tile, datetime="2001-01-01") is None
    assert await map_.layer("district.dispatcher", "grid_cells", tile) is not None


async def test_one_tile_may_hold_several_layers(map_: Map) -> None:
    tile = at(*SOMEWHERE, 15)
    place = f"{tile.z}/{tile.y}/{tile.x}"
    answer = await map_.raw("district.dispatcher", f"/tiles/WebMercatorQuad/{place}", collections="beats,grid_cells")
    found = mvt.layers(answer.content)
    assert set(found) == {"beats", "grid_cells"}
    everything = mvt.layers((await map_.raw("district.dispatcher", f"/tiles/WebMercatorQuad/{place}")).content)
    assert {"areas", "beats", "grid_cells", "coverage", "hot_cells"} <= set(everything) <= set(COLLECTIONS)
    assert everything["beats"] == found["beats"]
    wide = mvt.layers((await map_.raw("district.dispatcher", "/tiles/WebMercatorQuad/5/12/26")).content)
    assert set(wide) == {"areas", "patrols"}, "only what is cut at this zoom"
