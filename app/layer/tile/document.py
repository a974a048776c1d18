"""What tiles say about themselves: tilesets by OGC, and TileJSON as MapLibre and QGIS read it."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from app.layer.crs.workflow import CRS84
from app.layer.document.workflow import schema
from app.layer.filter.workflow import Kind
from app.layer.http import JSON, MVT, link
from app.layer.tile.workflow import COUNTED, MATRICES, WHOLE_ZOOM, Matrices, limits, properties
from app.layer.workflow import Collection, Property, Shape

REL = "http://www.opengis.net/def/rel/ogc/1.0/{}"
SCHEME, SCHEMES = REL.format("tiling-scheme"), REL.format("tiling-schemes")
Box = Sequence[float]
FIELDS = {Kind.INTEGER: "Number", Kind.NUMBER: "Number", Kind.BOOLEAN: "Boolean"}
HOW_COUNTED = f"Below zoom {WHOLE_ZOOM} counted in squares: the open ones, unless a request says which it wants."


def address(here: str, query: Mapping[str, str], row: str = "{y}", column: str = "{x}", matrix: str = "{z}") -> str:
    """The template of tiles at an address, with what was asked of them."""
    asked = f"?{urlencode(query)}" if query else ""
    return f"{here}/{matrix}/{row}/{column}{asked}"


def schemes(root: str) -> dict[str, Any]:
    """The tile matrix sets that are offered."""
    return {
        "links": [link("self", f"{root}/tileMatrixSets", JSON)],
        "tileMatrixSets": [
            {
                "id": one.id,
                "title": one.definition.title,
                "uri": str(one.definition.uri),
                "crs": _crs(one),
                "links": [link("self", f"{root}/tileMatrixSets/{one.id}", JSON)],
            }
            for one in MATRICES.values()
        ],
    }


def scheme(one: Matrices) -> dict[str, Any]:
    """A tile matrix set, as far down as tiles are cut."""
    told: dict[str, Any] = one.definition.model_dump(mode="json", exclude_none=True)
    return told | {"crs": _crs(one), "tileMatrices": told["tileMatrices"][: one.max_zoom + 1]}


def tilesets(root: str, of: Sequence[Collection], here: str, title: str, box: Box) -> dict[str, Any]:
    """The tilesets of a collection, or of all: one a tile matrix set."""
    described = [tileset(root, of, here, title, one, box) for one in MATRICES.values()]
    brief = ("title", "dataType", "crs", "tileMatrixSetURI", "links")
    return {
        "links": [link("self", here, JSON)],
        "tilesets": [{name: one[name] for name in brief} for one in described],
    }


def tileset(root: str, of: Sequence[Collection], here: str, title: str, one: Matrices, box: Box) -> dict[str, Any]:
    """One tileset: where it lies, what is in it, and how its tiles are named."""
    there = f"{here}/{one.id}"
    item = address(there, {}, "{tileRow}", "{tileCol}", "{tileMatrix}")
    return {
        "title": title,
        "dataType": "vector",
        "crs": _crs(one),
        "tileMatrixSetURI": str(one.definition.uri),
        "tileMatrixSetLimits": limits(one, min(of, key=one.min_zoom), box),
        "boundingBox": {"lowerLeft": list(box[:2]), "upperRight": list(box[2:]), "crs": CRS84},
        "layers": [_layer(collection, one) for collection in of],
        "links": [
            link("self", there, JSON),
            link(SCHEME, f"{root}/tileMatrixSets/{one.id}", JSON),
            link("item", item, MVT, "A tile", templated=True),
            *([link("describedby", f"{there}/tilejson.json", JSON, "TileJSON")] if one.finer == 0 else []),
        ],
    }


def _layer(collection: Collection, one: Matrices) -> dict[str, Any]:
    return {
        "id": collection.id,
        "title": f"{collection.en} {collection.zh}",
        "description": _about(collection),
        "dataType": "vector",
        "geometryDimension": 0 if collection.shape is Shape.POINT else 2,
        "minTileMatrix": str(one.min_zoom(collection)),
        "maxTileMatrix": str(one.max_zoom),
        "propertiesSchema": {
            "type": "object",
            "properties": {known.name: schema(known) for known in properties(collection)},
        },
    }


def _about(collection: Collection) -> str:
    return f"{collection.about} {HOW_COUNTED}" if collection.id in COUNTED else collection.about


def tilejson(of: Sequence[Collection], template: str, title: str, box: Box) -> dict[str, Any]:
    """The same as TileJSON 3."""
    one = MATRICES["WebMercatorQuad"]
    first = min(one.min_zoom(collection) for collection in of)
    west, south, east, north = box
    return {
        "tilejson": "3.0.0",
        "name": title,
        "scheme": "xyz",
        "tiles": [template],
        "minzoom": first,
        "maxzoom": one.max_zoom,
        "bounds": list(box),
        "center": [(west + east) / 2, (south + north) / 2, max(first, 12)],
        "vector_layers": [
            {
                "id": collection.id,
                "description": _about(collection),
                "minzoom": one.min_zoom(collection),
                "maxzoom": one.max_zoom,
                "fields": {known.name: _field(known) for known in properties(collection)},
            }
            for collection in of
        ],
    }


def _field(known: Property) -> str:
    return f"{FIELDS.get(known.kind, 'String')}: {known.en} {known.zh}"


def _crs(one: Matrices) -> str:
    return str(one.definition.crs.root)
