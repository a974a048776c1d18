"""Where the names of shapes stand: each in one tile, inside its shape, and only where it is asked for."""

import pytest
from shapely.geometry import Point, shape

from app.layer.tile.workflow import MATRICES, Tile
from app.layer.workflow import COLLECTIONS, Shape
from tests.layer.tile import mvt
from tests.layer.tile.conftest import Map, at

WHO = "district.dispatcher"
PATH = "/collections/areas/tiles/WebMercatorQuad/{0.z}/{0.y}/{0.x}"
WEST, SOUTH, EAST, NORTH = 118.6, 32.0, 118.66, 32.02


def _over_the_town(zoom: int, name: str) -> list[Tile]:
    first, last = at(WEST, NORTH, zoom, name), at(EAST, SOUTH, zoom, name)
    columns, rows = range(first.x, last.x + 1), range(first.y, last.y + 1)
    return [Tile(MATRICES[name], zoom, x, y) for x in columns for y in rows]


@pytest.mark.parametrize("name", MATRICES)
@pytest.mark.parametrize("of", ["areas", "grid_cells", "beats"])
async def test_each_label_stands_once_inside_its_shape(map_: Map, of: str, name: str) -> None:
    everything = await map_.items(WHO, of, at(118.63, 32.01, 5))
    shapes = {id_: shape(one["geometry"]) for id_, one in everything.items()}
    found = []
    for tile in _over_the_town(15, name):
        layer = await map_.layer(WHO, of, tile, labels="true")
        for feature in layer.features if layer else []:
            assert feature.kind == mvt.POINT
            [[(x, y)]] = feature.parts
            west, south, east, north = tile.degrees
            place = Point(west + (east - west) * x / 4096, north - (north - south) * y / 4096)
            assert shapes[str(feature.properties["id"])].buffer(1e-5).contains(place)
            found.append(feature.properties["id"])
    assert sorted(found) == sorted(shapes)


async def test_a_label_has_the_properties_of_its_feature_and_another_etag(map_: Map) -> None:
    path = PATH.format(at(118.63, 32.01, 10))
    plain, labels, no = [
        await map_.raw(WHO, path, None, **asked) for asked in ({}, {"labels": "true"}, {"labels": "false"})
    ]
    assert labels.headers["etag"] != plain.headers["etag"]
    assert no.content == plain.content
    names = [{one.properties["name"] for one in mvt.layers(got.content)["areas"].features} for got in (plain, labels)]
    assert names[0] == names[1]


@pytest.mark.parametrize("value", ["yes", "", "TRUE", "1"])
async def test_labels_are_asked_for_or_not(map_: Map, value: str) -> None:
    answer = await map_.raw(WHO, PATH.format(at(118.63, 32.01, 10)), None, labels=value)
    assert answer.status_code == 400


async def test_points_have_no_labels_of_their_own(map_: Map) -> None:
    for one in COLLECTIONS.values():
        path = f"/collections/{one.id}/tiles/WebMercatorQuad/tilejson.json"
        answer = await map_.raw(WHO, path, None, labels="true")
        assert answer.status_code == (400 if one.shape is Shape.POINT else 200), one.id
        if answer.status_code == 200:
            assert answer.json()["tiles"][0].endswith("/{z}/{y}/{x}?labels=true")
