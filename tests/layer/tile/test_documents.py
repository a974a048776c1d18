"""Tilesets, TileJSON and the style of the board say what is really there; what is not there is 404."""

from typing import Any

import httpx
import pytest

from app.layer.tile.style import LABELS, Light
from app.layer.tile.workflow import MATRICES, WHOLE_ZOOM, properties
from app.layer.workflow import COLLECTIONS
from tests.layer.tile import mvt
from tests.layer.tile.conftest import Map, at

WHO = "district.dispatcher"


async def test_a_tileset_names_its_tiles_its_limits_and_what_is_in_them(map_: Map) -> None:
    listed = (await map_.raw(WHO, "/collections/grid_cells/tiles")).json()
    assert {one["tileMatrixSetURI"].rpartition("/")[2] for one in listed["tilesets"]} == set(MATRICES)
    for one in listed["tilesets"]:
        own = next(link["href"] for link in one["links"] if link["rel"] == "self")
        told = (await map_.raw(WHO, own.partition("/ogc")[2])).json()
        item = next(link for link in told["links"] if link["rel"] == "item")
        assert (item["templated"], item["type"]) == (True, "application/vnd.mapbox-vector-tile")
        assert [layer["id"] for layer in told["layers"]] == ["grid_cells"]
        west, south = told["boundingBox"]["lowerLeft"]
        assert 118.5 < west < 118.6
        assert 118.66 < told["boundingBox"]["upperRight"][0] < 118.7
        scheme = next(link["href"] for link in told["links"] if link["rel"].endswith("tiling-scheme"))
        assert (await map_.raw(WHO, scheme.partition("/ogc")[2])).json()["id"] == one["tileMatrixSetURI"].rpartition(
            "/"
        )[2]
        assert south < 32
        for limit in told["tileMatrixSetLimits"]:
            place = {"tileRow": limit["minTileRow"], "tileCol": limit["maxTileCol"]}
            path = item["href"].partition("/ogc")[2].format(tileMatrix=limit["tileMatrix"], **place)
            assert (await map_.raw(WHO, path)).status_code in {200, 204}


async def test_limits_hold_every_tile_with_something_and_no_others_around(map_: Map) -> None:
    told = (await map_.raw(WHO, "/collections/grid_cells/tiles/WebMercatorQuad")).json()
    limit = next(one for one in told["tileMatrixSetLimits"] if one["tileMatrix"] == "14")
    for lon, lat in ((118.6001, 32.0001), (118.6599, 32.0199)):
        tile = at(lon, lat, 14)
        assert limit["minTileRow"] <= tile.y <= limit["maxTileRow"]
        assert limit["minTileCol"] <= tile.x <= limit["maxTileCol"]
    assert limit["maxTileCol"] - limit["minTileCol"] < 8


@pytest.mark.parametrize(
    "path",
    [
        "WebMercatorQuad/14/0/16384",
        "WebMercatorQuad/14/16384/0",
        "WebMercatorQuad/14/0/-1",
        "WebMercatorQuad/99/0/0",
        "WebMercatorQuad/17/0/0",
        "WebMercatorQuad/9/0/0",
        "WebMercatorQuad/14/0/1e3",
        "WebMercatorQuad/14/0/٣",
        "WebMercatorQuad/14/0/123456789012345678901234567890",
        "WebMercatorQuad/14/0/0.5",
        "WorldCRS84Quad/16/0/0",
        "WorldCRS84Quad/8/0/0",
        "NoSuchSet/14/0/0",
    ],
)
async def test_there_is_no_tile_outside_the_limits(map_: Map, path: str) -> None:
    answer = await map_.raw(WHO, f"/collections/grid_cells/tiles/{path}")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("params", [{"colour": "red"}, {"datetime": "soon"}, {"area_m2": "wide"}, {"limit": "3"}])
async def test_what_cannot_be_asked_of_a_tile_is_refused(map_: Map, params: dict[str, str]) -> None:
    for path in ("14/6655/13590", "tilejson.json"):
        answer = await map_.raw(WHO, f"/collections/grid_cells/tiles/WebMercatorQuad/{path}", None, **params)
        assert answer.status_code == 400
    assert (await map_.raw(WHO, "/tiles/WebMercatorQuad/14/0/0", collections="nothing")).status_code == 400
    assert (await map_.raw(WHO, "/tiles/WebMercatorQuad/14/0/0", is_open="true")).status_code == 400


async def test_far_away_there_is_nothing_and_at_the_poles_too(map_: Map) -> None:
    for name in MATRICES:
        for y, x in ((0, 0), (2**12, 2**12), (2**13 - 1, 0)):
            for one in COLLECTIONS:
                answer = await map_.raw(WHO, f"/collections/{one}/tiles/{name}/13/{y}/{x}")
                assert (answer.status_code, answer.content) == (204, b""), (name, y, x, one)
                assert answer.headers["etag"]


async def test_tilejson_leads_to_tiles_with_the_fields_it_names(map_: Map) -> None:
    for one in COLLECTIONS.values():
        told = (await map_.raw(WHO, f"/collections/{one.id}/tiles/WebMercatorQuad/tilejson.json")).json()
        (layer,) = told["vector_layers"]
        assert (told["tilejson"], told["scheme"], layer["id"]) == ("3.0.0", "xyz", one.id)
        assert (told["minzoom"], told["maxzoom"]) == (one.min_zoom, 16)
        west, south, east, north = told["bounds"]
        assert west < told["center"][0] < east
        assert south < told["center"][1] < north
        for zoom in (max(one.min_zoom, 12), WHOLE_ZOOM):
            tile = at(118.6449, 32.0101, zoom)
            (template,) = told["tiles"]
            path = template.format(z=zoom, x=tile.x, y=tile.y)
            assert path.startswith("http://test/ogc/")
            answer = await map_.raw(WHO, path.partition("/ogc")[2])
            for found in mvt.layers(answer.content).values():
                for feature in found.features:
                    assert set(feature.properties) <= set(layer["fields"])
        assert set(layer["fields"]) == {known.name for known in properties(one)}


async def test_what_is_asked_of_tilejson_is_asked_of_its_tiles(map_: Map) -> None:
    path = "/collections/incidents/tiles/WebMercatorQuad/tilejson.json"
    told = (await map_.raw(WHO, path, is_open="true", datetime="2026-01-01/..")).json()
    assert told["tiles"][0].endswith("/{z}/{y}/{x}?is_open=true&datetime=2026-01-01%2F..")


async def test_a_key_is_in_templates_only_for_whoever_showed_it_in_the_address(
    map_: Map, client: httpx.AsyncClient
) -> None:
    account = str(map_.hands.town.accounts[WHO])
    body = {"account_id": account, "label": "map", "scopes": ["layers:read"]}
    made = await map_.hands.post("admin", "/v1/api-keys", body)
    assert made.status_code == 201, made.text
    key = made.json()["key"]
    for path in (
        "/collections/grid_cells/tiles/WebMercatorQuad/tilejson.json",
        "/styles/board",
        "/tiles/WebMercatorQuad",
    ):
        by_header = await client.get(f"/ogc{path}", headers={"X-API-Key": key})
        by_address = await client.get(f"/ogc{path}", params={"key": key})
        assert by_header.status_code == by_address.status_code == 200
        assert key not in by_header.text
        is_for_maps = not path.endswith("Quad")
        assert (key in by_address.text) == is_for_maps
        assert ("no-store" in by_address.headers["cache-control"]) == is_for_maps


async def test_the_matrix_sets_are_those_of_ogc_down_to_the_last_zoom(client: httpx.AsyncClient) -> None:
    listed = (await client.get("/ogc/tileMatrixSets")).json()["tileMatrixSets"]
    assert [one["id"] for one in listed] == list(MATRICES)
    for one in MATRICES.values():
        told = (await client.get(f"/ogc/tileMatrixSets/{one.id}")).json()
        assert told["uri"] == f"http://www.opengis.net/def/tilematrixset/OGC/1.0/{one.id}"
        assert len(told["tileMatrices"]) == one.max_zoom + 1
        assert told["crs"].startswith("http://www.opengis.net/def/crs/")
    assert (await client.get("/ogc/tileMatrixSets/Other")).status_code == 404


KINDS = {"background", "fill", "line", "circle", "symbol"}
PAINTS = ("fill-", "line-", "circle-", "text-", "background-")
LISTS = {"text-font", "text-variable-anchor"}
OPERATORS = {
    "match", "get", "case", "==", "!", "has", "in", "literal", "interpolate", "linear", "zoom", "sqrt", "coalesce",
    "to-string", "-", "all", ">",
}  # fmt: skip


@pytest.mark.parametrize("light", [None, *Light])
async def test_the_style_of_the_board_is_one_that_maplibre_draws(map_: Map, light: Light | None) -> None:
    style = (await map_.raw(WHO, "/styles/board", None, **({"light": light} if light else {}))).json()
    assert style["version"] == 8
    assert set(style["metadata"]["lianqin:titles"]) == set(COLLECTIONS)
    assert set(style["sources"]) == {*COLLECTIONS, *LABELS}
    assert not {"glyphs", "sprite"} & set(style), "nothing from any other address"
    ids = [layer["id"] for layer in style["layers"]]
    assert len(ids) == len(set(ids))
    assert {layer.get("source") for layer in style["layers"]} - {None} == set(style["sources"]), "all is drawn"
    for layer in style["layers"]:
        assert layer["type"] in KINDS
        prefixes = tuple(one for one in PAINTS if one.startswith(layer["type"]) or layer["type"] == "symbol")
        assert all(name.startswith(prefixes) for name in layer["paint"]), layer["id"]
        of = LABELS.get(layer.get("source"), layer.get("source"))
        assert layer.get("source-layer") == of
        assert layer.get("minzoom", 0) < layer.get("maxzoom", 24)
        if layer["type"] != "background":
            fields = {known.name for known in properties(COLLECTIONS[of])}
            for part in (layer["paint"], layer.get("layout", {}), layer.get("filter", [])):
                _is_expression(part, fields)
    for source in style["sources"].values():
        assert all(one.startswith("http://test/ogc/collections/") for one in source["tiles"])
    assert "is_open=true" in style["sources"]["incidents"]["tiles"][0]
    assert all("labels=true" in style["sources"][name]["tiles"][0] for name in LABELS)


async def test_a_board_is_for_the_day_or_the_night(map_: Map) -> None:
    assert (await map_.raw(WHO, "/styles/board", None, light="dusk")).status_code == 400


def _is_expression(part: Any, fields: set[str]) -> None:
    """Operators that MapLibre knows, and properties that the tiles have."""
    if isinstance(part, dict):
        for name, value in part.items():
            if name not in LISTS:
                _is_expression(value, fields)
    elif isinstance(part, list) and part and isinstance(part[0], str):
        if part[0] == "literal":
            return
        assert part[0] in OPERATORS, part
        if part[0] in {"get", "has"}:
            assert part[1] in fields, part
        for value in part[1:]:
            _is_expression(value, fields)


async def test_nobody_without_the_right_gets_a_tile(map_: Map, client: httpx.AsyncClient) -> None:
    path = "/ogc/collections/grid_cells/tiles/WebMercatorQuad/14/6655/13590"
    assert (await client.get(path)).status_code == 401
    assert (await map_.raw("channel", path.removeprefix("/ogc"))).status_code == 403
