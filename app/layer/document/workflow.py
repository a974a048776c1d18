"""The documents of layers, made from the table of collections alone."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from app.layer.crs.workflow import CRS, CRS84
from app.layer.filter.workflow import CONFORMANCE as FILTERS
from app.layer.filter.workflow import Kind
from app.layer.http import HTML, JSON, OPENAPI, SCHEMA, link
from app.layer.workflow import COLLECTIONS, GEOJSON, Collection, Property, offered

FEATURES = "http://www.opengis.net/spec/ogcapi-features-{}/1.0/conf/{}"
COMMON = "http://www.opengis.net/spec/ogcapi-common-{}/1.0/conf/{}"
TILES = "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/{}"
MATRICES = "http://www.opengis.net/spec/tms/2.0/conf/{}"
TILESETS = "http://www.opengis.net/def/rel/ogc/1.0/tilesets-vector"
SCHEMES = "http://www.opengis.net/def/rel/ogc/1.0/tiling-schemes"
QUERYABLES = "http://www.opengis.net/def/rel/ogc/1.0/queryables"
TITLE = "Lianqin 联勤: layers"
CONFORMANCE = (
    *(FEATURES.format(1, name) for name in ("core", "geojson", "html", "oas30")),
    FEATURES.format(2, "crs"),
    *(FEATURES.format(3, name) for name in ("queryables", "queryables-query-parameters", "filter", "features-filter")),
    *FILTERS,
    COMMON.format(1, "core"),
    COMMON.format(1, "json"),
    COMMON.format(2, "collections"),
    *map(TILES.format, ("core", "tileset", "tilesets-list", "dataset-tilesets", "geodata-tilesets", "mvt", "oas30")),
    *map(TILES.format, ("collections-selection", "datetime")),
    *map(MATRICES.format, ("tilematrixset", "tilematrixsetlimits", "tilesetmetadata")),
    *map(MATRICES.format, ("json-tilematrixset", "json-tilematrixsetlimits", "json-tilesetmetadata")),
)
SCHEMAS: Mapping[Kind, dict[str, str]] = {
    Kind.STRING: {"type": "string"},
    Kind.INTEGER: {"type": "integer"},
    Kind.NUMBER: {"type": "number"},
    Kind.BOOLEAN: {"type": "boolean"},
    Kind.INSTANT: {"type": "string", "format": "date-time"},
    Kind.UUID: {"type": "string", "format": "uuid"},
}


class Extent(NamedTuple):
    """Where the caller's ground is, in degrees, and since when there is something in a collection."""

    box: tuple[float, float, float, float]
    since: Mapping[str, str]


def landing(root: str) -> dict[str, Any]:
    """The first page: where everything else is."""
    return {
        "title": TITLE,
        "description": "The grid, what happens in it and who is out, for QGIS, GDAL, MapLibre and everything like them.",
        "links": [
            link("self", f"{root}/", JSON, "This document"),
            link("alternate", f"{root}/?f=html", HTML, "This page for people"),
            link("service-desc", f"{root}/api", OPENAPI, "The API, in OpenAPI 3.0"),
            link("service-doc", f"{root.removesuffix('/ogc')}/docs", HTML, "The API, for people"),
            link("conformance", f"{root}/conformance", JSON, "What this conforms to"),
            link("data", f"{root}/collections", JSON, "The collections"),
            link(TILESETS, f"{root}/tiles", JSON, "All collections as vector tiles"),
            link(SCHEMES, f"{root}/tileMatrixSets", JSON, "The tile matrix sets"),
            link("styles", f"{root}/styles/board", "application/vnd.mapbox.style+json", "The board, for MapLibre"),
        ],
    }


def conformance() -> dict[str, Any]:
    """The classes of the standards that this conforms to."""
    return {"conformsTo": list(CONFORMANCE)}


def collections(root: str, extent: Extent) -> dict[str, Any]:
    """All collections."""
    return {
        "links": [link("self", f"{root}/collections", JSON), link("alternate", f"{root}/collections?f=html", HTML)],
        "crs": list(CRS),
        "collections": [collection(root, one, extent) for one in COLLECTIONS.values()],
    }


def collection(root: str, one: Collection, extent: Extent) -> dict[str, Any]:
    """One collection: what it is, where and when it is, and how it is read."""
    here = f"{root}/collections/{one.id}"
    temporal = {"temporal": {"interval": [[extent.since[one.id], None]]}} if one.id in extent.since else {}
    return {
        "id": one.id,
        "title": f"{one.en} {one.zh}",
        "description": one.about,
        "itemType": "feature",
        "extent": {"spatial": {"bbox": [list(extent.box)], "crs": CRS84}} | temporal,
        "crs": list(CRS),
        "storageCrs": CRS84,
        "links": [
            link("self", here, JSON),
            link("alternate", f"{here}?f=html", HTML),
            link("items", f"{here}/items", GEOJSON, f"{one.en} as GeoJSON"),
            link("items", f"{here}/items?f=html", HTML, f"{one.en} as a page"),
            *(link("enclosure", f"{here}/items?f={file.form}", file.media_type, file.about) for file in offered()),
            link(TILESETS, f"{here}/tiles", JSON, "As vector tiles"),
            link(QUERYABLES, f"{here}/queryables", SCHEMA, "What can be asked for"),
        ],
    }


def queryables(root: str, one: Collection) -> dict[str, Any]:
    """What a filter may name, as a JSON Schema."""
    geometry = {"title": "位置 Geometry", "format": f"geometry-{one.shape}"}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"{root}/collections/{one.id}/queryables",
        "type": "object",
        "title": f"{one.en} {one.zh}",
        "properties": {known.name: schema(known) for known in one.properties} | {"geometry": geometry},
        "additionalProperties": False,
    }


def schema(known: Property) -> dict[str, Any]:
    """A property, as a JSON Schema."""
    more: dict[str, Any] = {"x-ogc-unit": known.unit} if known.unit else {}
    if known.values:
        more["enum"] = list(known.values)
    return {"title": f"{known.en} {known.zh}"} | SCHEMAS[known.kind] | more


def items(root: str, one: Collection, links: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The links of a page of items, with that to its collection."""
    return [*links, link("collection", f"{root}/collections/{one.id}", JSON)]
