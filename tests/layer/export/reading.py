"""Files read back, by what other programs read them with, and compared with what `items` says."""

import csv
import io
import math
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import orjson
import pyarrow.parquet as pq
import pyogrio
import shapely
from shapely.geometry import shape

from app.layer.crs.workflow import NORTH_FIRST, is_in_metres
from tests.hands import Hands
from tests.layer.reading import items

Feature = tuple[str, Any, dict[str, Any]]
"""An id, a shape with east first, properties."""


def read_csv(body: bytes, tmp_path: Path) -> list[Feature]:
    rows = csv.DictReader(io.StringIO(body.decode("utf-8-sig"), newline=""))
    return [(row.pop("id"), _place(row), dict(row)) for row in rows]


def _place(row: dict[str, str]) -> Any:
    if "wkt" in row:
        return shapely.from_wkt(row.pop("wkt"))
    x, y = ("lon", "lat") if "lon" in row else ("east", "north")
    return shapely.Point(float(row.pop(x)), float(row.pop(y)))


def read_geojson(body: bytes, tmp_path: Path) -> list[Feature]:
    return [(one["id"], shape(one["geometry"]), one["properties"]) for one in orjson.loads(body)["features"]]


def read_sequence(body: bytes, tmp_path: Path) -> list[Feature]:
    texts = body.split(b"\x1e")
    assert texts[0] == b""
    found = [orjson.loads(text) for text in texts[1:]]
    return [(one["id"], shape(one["geometry"]), one["properties"]) for one in found]


def read_by_gdal(body: bytes, tmp_path: Path) -> list[Feature]:
    path = tmp_path / ("file.gpkg" if body.startswith(b"SQLite") else "file.fgb")
    path.write_bytes(body)
    told, table = pyogrio.read_arrow(path, datetime_as_string=True)
    place = told["geometry_name"] or "wkb_geometry"
    found = _of_table(table.rename_columns({place: "geometry"}))
    # FlatGeobuf keeps its features along a curve, so that those near each other lie near each other.
    return found if path.suffix == ".gpkg" else sorted(found, key=lambda one: one[0])


def read_parquet(body: bytes, tmp_path: Path) -> list[Feature]:
    return _of_table(pq.read_table(io.BytesIO(body)))


def _of_table(table: Any) -> list[Feature]:
    rows = table.to_pylist()
    return [(row.pop("id"), shapely.from_wkb(row.pop("geometry")), row) for row in rows]


READERS: dict[str, Callable[[bytes, Path], list[Feature]]] = {
    "csv": read_csv,
    "geojson": read_geojson,
    "geojson-seq": read_sequence,
    "gpkg": read_by_gdal,
    "fgb": read_by_gdal,
    "parquet": read_parquet,
}


async def download(hands: Hands, who: str, collection: str, form: str, **asked: Any) -> httpx.Response:
    answer = await items(hands, who, collection, f=form, **asked)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-length"] == str(len(answer.content))
    return answer


def same(value: Any, expected: Any) -> bool:
    """The same, as far as a form can say it."""
    if value in ("", None):
        return expected is None
    if isinstance(expected, bool):
        return str(value).lower() == str(expected).lower()
    if isinstance(expected, float | int):
        return math.isclose(float(value), expected, rel_tol=1e-12)
    if isinstance(value, datetime) or (isinstance(expected, str) and expected[10:11] == "T"):
        at = value if isinstance(value, datetime) else datetime.fromisoformat(value)
        return abs((at - datetime.fromisoformat(expected)).total_seconds()) < 0.001
    return bool(value == expected)


def alike(found: list[Feature], expected: list[dict[str, Any]], srid: int) -> bool:
    """The same features in the same order, to the digits that items have."""
    assert [one[0] for one in found] == [one["id"] for one in expected]
    near = 2e-3 if is_in_metres(srid) else 2e-7
    for (_, place, properties), one in zip(found, expected, strict=True):
        there = shape(one["geometry"])
        if srid in NORTH_FIRST:
            there = shapely.transform(there, lambda corners: corners[:, ::-1])
        assert shapely.equals_exact(place, there, near), (place, there)
        assert properties.keys() == one["properties"].keys()
        for name, value in properties.items():
            assert same(value, one["properties"][name]), (name, value, one["properties"][name])
    return True
