"""The document of the layers' API in OpenAPI 3.0, as GDAL and QGIS read it: a path for each collection."""

from typing import Any

from app.layer.crs.workflow import CRS, CRS84
from app.layer.document.workflow import SCHEMAS, TITLE
from app.layer.filter.workflow import Language
from app.layer.http import FORMS, JSON, MVT, SCHEMA
from app.layer.workflow import COLLECTIONS, DEFAULT_LIMIT, FILES, GEOJSON, MAX_LIMIT, Collection

PARAMETERS: dict[str, dict[str, Any]] = {
    "f": {"type": "string", "enum": [*FORMS, *FILES], "default": FORMS[0]},
    "limit": {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT},
    "bbox": {"type": "array", "minItems": 4, "maxItems": 6, "items": {"type": "number"}},
    "bbox-crs": {"type": "string", "format": "uri", "enum": list(CRS), "default": CRS84},
    "datetime": {"type": "string"},
    "crs": {"type": "string", "format": "uri", "enum": list(CRS), "default": CRS84},
    "filter": {"type": "string"},
    "filter-lang": {"type": "string", "enum": [*Language], "default": Language.TEXT.value},
    "filter-crs": {"type": "string", "format": "uri", "enum": list(CRS), "default": CRS84},
    "sortby": {"type": "array", "items": {"type": "string"}},
    "properties": {"type": "array", "items": {"type": "string"}},
    "offset": {"type": "integer", "minimum": 0},
    "cursor": {"type": "string"},
    "datum": {"type": "string", "enum": ["wgs84", "gcj02"], "default": "wgs84"},
    "labels": {"type": "boolean", "default": False},
}
OF_ONE = ("crs", "datum")
OF_TILE = ("datetime", "filter", "filter-lang", "filter-crs", "labels")
OF_ITEMS = tuple(name for name in PARAMETERS if name != "labels")
TOLD = {
    "f": "A page as JSON or for people; or the whole selection as a file, without `limit`, `offset` and `cursor`.",
    "limit": "Features on a page; more than the most means the most.",
    "bbox": "Only what meets this box, in the system of `bbox-crs`.",
    "bbox-crs": "The system that `bbox` is in, by its URI.",
    "datetime": "An instant, or an interval `begin/until` that may be open at an end (`..`).",
    "crs": "The system of the coordinates in the answer, by its URI.",
    "filter": "Only what this CQL2 is true of.",
    "filter-lang": "How `filter` is written; `cql-text` is read as `cql2-text`.",
    "filter-crs": "The system of coordinates in `filter`, by its URI.",
    "sortby": "Properties to sort by; `-` before one turns it round.",
    "properties": "Only these properties.",
    "offset": "Leave out so many first; `next` links do without.",
    "cursor": "Where a page before ended: part of its `next` link.",
    "datum": "`gcj02` shifts coordinates in degrees as Chinese consumer maps draw them.",
    "labels": "Of each shape only the point where its label stands, in one tile alone.",
}
EXAMPLES = {
    "limit": 100,
    "bbox": [118.6, 32.0, 118.7, 32.1],
    "datetime": "2026-11-01T00:00:00Z/..",
    "filter": "status = 'handling' AND priority <= 2",
    "sortby": ["-reported_at"],
    "properties": ["number", "status"],
    "offset": 0,
    "cursor": "WyJiZWF0cyIsIjAxYTIyMzk5LTdkOGQtNzIwMi04ODk0LTNlYjg0MTBlNzJjNiJd",
}


def document(root: str) -> dict[str, Any]:
    """The whole document; `root` is the address of the layers."""
    paths: dict[str, Any] = {
        "/": _get("The landing page", JSON),
        "/conformance": _get("What this conforms to", JSON),
        "/collections": _get("The collections", JSON),
        "/tileMatrixSets": _get("The tile matrix sets", JSON),
        "/tileMatrixSets/{tileMatrixSetId}": _get("A tile matrix set", JSON, _in_path("tileMatrixSetId")),
        "/styles/board": _get("The board as a MapLibre style", "application/vnd.mapbox.style+json"),
    } | _tiles("/tiles", "All collections", [_query("collections", {"type": "array", "items": {"type": "string"}}, "")])
    for one in COLLECTIONS.values():
        paths |= _of(one)
    return {
        "openapi": "3.0.3",
        "info": {"title": TITLE, "version": "1.0.0", "description": "OGC API - Features and Tiles, read only."},
        "servers": [{"url": root}],
        "paths": paths,
        "components": {
            "parameters": {name: _parameter(name) for name in PARAMETERS},
            "securitySchemes": {
                "key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
                "token": {"type": "http", "scheme": "bearer"},
                "basic": {"type": "http", "scheme": "basic", "description": "A key as the password."},
            },
        },
        "security": [{"key": []}, {"token": []}, {"basic": []}],
    }


def _of(one: Collection) -> dict[str, Any]:
    here = f"/collections/{one.id}"
    own = [_query(known.name, SCHEMAS[known.kind], known.en) for known in one.properties]
    id_ = {"name": "featureId", "in": "path", "required": True, "schema": {"type": "string"}}
    return {
        here: _get(f"About {one.en}", JSON),
        f"{here}/queryables": _get(f"What can be asked of {one.en}", SCHEMA),
        f"{here}/items": _get(one.en, GEOJSON, [*map(_named, OF_ITEMS), *own]),
        f"{here}/items/{{featureId}}": _get(f"One of {one.en}", GEOJSON, [id_, *map(_named, OF_ONE)]),
    } | _tiles(f"{here}/tiles", one.en, [*map(_named, OF_TILE), *own])


def _tiles(here: str, title: str, asked: list[dict[str, Any]]) -> dict[str, Any]:
    """The tilesets of a collection, or of all, and their tiles."""
    place = ("tileMatrixSetId", "tileMatrix", "tileRow", "tileCol")
    there = f"{here}/{{tileMatrixSetId}}"
    return {
        here: _get(f"The tilesets of {title}", JSON),
        there: _get(f"A tileset of {title}", JSON, _in_path("tileMatrixSetId")),
        f"{there}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}": _get(f"A tile of {title}", MVT, [*_in_path(*place), *asked]),
    }


def _in_path(*names: str) -> list[dict[str, Any]]:
    return [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names]


def _get(summary: str, media_type: str, parameters: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    answers = {
        "200": {"description": summary, "content": {media_type: {"schema": {"type": "object"}}}},
        "default": {
            "description": "A problem",
            "content": {"application/problem+json": {"schema": {"type": "object"}}},
        },
    }
    return {"get": {"summary": summary, "responses": answers, "parameters": parameters or []}}


def _named(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/parameters/{name}"}


def _parameter(name: str) -> dict[str, Any]:
    return _query(name, PARAMETERS[name], TOLD[name])


def _query(name: str, schema: dict[str, Any], told: str) -> dict[str, Any]:
    return {
        "name": name,
        "in": "query",
        "required": False,
        "style": "form",
        "explode": False,
        "schema": schema,
        "description": told,
    }
