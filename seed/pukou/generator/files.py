"""Decides how the data files are written: the same input always gives the same bytes, one record a line."""

import csv
import gzip
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import shapely
from shapely.geometry import mapping
from shapely.geometry.base import BaseGeometry

TABLES = Path(__file__).with_name("tables")
CRS84 = {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}
Record = Mapping[str, object]


def read_table(name: str) -> list[dict[str, str]]:
    """The rows of one hand-written table."""
    with (TABLES / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def _compact(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _block(value: object) -> str:
    if isinstance(value, Sequence) and value and isinstance(value[0], Mapping):
        return "[\n    " + ",\n    ".join(_compact(item) for item in value) + "\n  ]"
    return _compact(value)


def write_json(document: Record, path: Path) -> None:
    """Write a document whose lists of records take one line a record."""
    lines = ",\n  ".join(f"{_compact(key)}: {_block(value)}" for key, value in document.items())
    path.write_text("{\n  " + lines + "\n}\n", encoding="utf-8")


def write_features(name: str, features: Iterable[tuple[Record, BaseGeometry]], path: Path) -> None:
    """Write gzipped GeoJSON in WGS 84 (CRS 84: longitude first), outer rings counter-clockwise."""
    lines = [
        _compact({"type": "Feature", "properties": properties, "geometry": mapping(shapely.orient_polygons(boundary))})
        for properties, boundary in features
    ]
    head = f'{{"type": "FeatureCollection", "name": {_compact(name)}, "crs": {_compact(CRS84)}, "features": [\n'
    path.write_bytes(gzip.compress((head + ",\n".join(lines) + "\n]}\n").encode(), mtime=0))
