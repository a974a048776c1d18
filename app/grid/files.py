"""How files of features are read: GeoJSON, CSV, and with the extra `gis` GeoPackage, FlatGeobuf and GeoParquet.

Whatever the form, what comes out is a GeoJSON feature collection with east first and, if the file says it, its system.
Which form it is, its first bytes say: GDAL is shown nothing else, since it would open whatever it knows.
"""

import csv
import io
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import orjson
import shapely

from app.core.problems import Unprocessable
from app.grid import geojson

Collection = dict[str, Any]
MAX_FEATURES = 50_000
FORMULA = tuple("=+-@\t\r\n＝＋－＠")
"""What a spreadsheet takes a text for a formula by (OWASP, CSV injection)…"""
GUARD = "'"
"""…and what our own tables put before it. A text that begins with it gets one more: so it can be taken off again."""
PLACES = (("lon", "lat"), ("east", "north"), ("x", "y"))


def read(path: Path) -> Collection:
    """The feature collection in a file.

    Raises:
        Unprocessable: it is none of these forms, or broken, or holds too much.
    """
    with path.open("rb") as file:
        begins = file.read(16)
    for mark, form in FORMS.items():
        if begins.startswith(mark):
            _have_extra(path)
            return form(path)
    return _csv(path) if path.suffix.lower() == ".csv" else geojson.read_file(path)


def _have_extra(path: Path) -> None:
    if find_spec("pyogrio") is None or find_spec("pyarrow") is None:
        raise Unprocessable(f"{path.name} needs the extra `gis`: pip install lianqin[gis].")


def _csv(path: Path) -> Collection:
    try:
        rows = csv.DictReader(io.StringIO(path.read_text("utf-8-sig"), newline=""), strict=True)
        features = [_line(number, row) for number, row in enumerate(_few(rows), 2)]
    except (UnicodeDecodeError, csv.Error) as error:
        raise Unprocessable(f"{path.name} is no CSV in UTF-8: {error}.") from None
    return {"type": "FeatureCollection", "crs": None, "features": features}


def _few(rows: Iterable[dict[str, str]]) -> Iterator[dict[str, str]]:
    for number, row in enumerate(rows):
        if number == MAX_FEATURES:
            raise Unprocessable(f"A file has at most {MAX_FEATURES} features.")
        yield row


def _line(number: int, row: dict[str, str]) -> Collection:
    if None in row or None in row.values():
        raise Unprocessable(f"Line {number} has not as many values as the table has columns.")
    return {"type": "Feature", "geometry": _place(number, row), "properties": {k: _value(v) for k, v in row.items()}}


def _place(number: int, row: dict[str, str]) -> Any:
    try:
        if wkt := row.pop("wkt", None):
            return orjson.loads(shapely.to_geojson(shapely.from_wkt(wkt)))
        for x, y in PLACES:
            if x in row and y in row:
                return {"type": "Point", "coordinates": [float(row.pop(x)), float(row.pop(y))]}
    except (ValueError, shapely.GEOSException):
        raise Unprocessable(f"Line {number} says no place that can be read.") from None
    return None


def _value(text: str) -> str | None:
    if text.startswith(GUARD) and text[1:].startswith((*FORMULA, GUARD)):
        return text[1:]
    return text or None


def _by_gdal(path: Path) -> Collection:
    import pyogrio  # noqa: PLC0415  # of an extra
    from pyogrio.errors import DataLayerError, DataSourceError  # noqa: PLC0415  # same

    try:
        with warnings.catch_warnings(action="ignore", category=RuntimeWarning):  # remarks on what it then refuses
            layers = [str(name) for name, shape in pyogrio.list_layers(path) if shape]
            if len(layers) != 1:
                raise Unprocessable(f"{path.name} must hold one layer, not {', '.join(layers) or 'none'}.")
            told, table = pyogrio.read_arrow(path, layers[0], max_features=MAX_FEATURES + 1, datetime_as_string=True)
    except (DataLayerError, DataSourceError):
        raise Unprocessable(f"{path.name} cannot be read.") from None
    return _of_table(table, told["geometry_name"] or "wkb_geometry", told["crs"])


def _parquet(path: Path) -> Collection:
    import pyarrow as pa  # noqa: PLC0415  # of an extra
    import pyarrow.parquet as pq  # noqa: PLC0415  # same

    try:
        with pq.ParquetFile(path) as file:
            geo = orjson.loads((file.metadata.metadata or {})[b"geo"])
            if file.metadata.num_rows > MAX_FEATURES:
                raise Unprocessable(f"A file has at most {MAX_FEATURES} features.")
            table = file.read()
        column = geo["columns"][geo["primary_column"]]
        return _of_table(table, geo["primary_column"], _named(column.get("crs", {"id": {"code": "CRS84"}})))
    except (pa.ArrowException, KeyError, TypeError, AttributeError, orjson.JSONDecodeError, OSError):
        raise Unprocessable(f"{path.name} is no GeoParquet.") from None


def _named(crs: Any) -> str | None:
    """The name of a system that is told as PROJJSON; none where it is not known."""
    return None if crs is None else str(crs.get("id", {}).get("code", crs.get("name")))


def _of_table(table: Any, place: str, crs: str | None) -> Collection:
    if table.num_rows > MAX_FEATURES:
        raise Unprocessable(f"A file has at most {MAX_FEATURES} features.")
    rows = table.to_pylist()
    shapes = shapely.to_geojson(shapely.from_wkb([row.pop(place) for row in rows])).tolist() if rows else []
    features = [
        {"type": "Feature", "geometry": None if shape is None else orjson.loads(shape), "properties": row}
        for shape, row in zip(shapes, rows, strict=True)
    ]
    return {"type": "FeatureCollection", "crs": crs, "features": features}


FORMS: Mapping[bytes, Callable[[Path], Collection]] = {
    b"SQLite format 3\0": _by_gdal,
    b"fgb": _by_gdal,
    b"PAR1": _parquet,
}
