"""Files of features in every form that is read, and what is refused."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import pytest
import shapely

from app.core.geo import Datum
from app.core.problems import Unprocessable
from app.grid import files
from app.grid.geojson import Reading

WKB = {"ARROW:extension:name": "geoarrow.wkb"}
SCHEMA = pa.schema([pa.field("code", pa.string()), pa.field("geometry", pa.binary(), metadata=WKB)])
PLACE = shapely.Point(118.6, 32.0)


def _table() -> Any:
    return pa.table([["X-1"], [shapely.to_wkb(PLACE)]], schema=SCHEMA)


def _written(path: Path, crs: str | None = "EPSG:4490", **more: Any) -> Path:
    driver = {"gpkg": "GPKG", "fgb": "FlatGeobuf"}[path.suffix[1:]]
    how = {"layer": "cells", "driver": driver, "geometry_name": "geometry", "geometry_type": "Point", "crs": crs}
    pyogrio.write_arrow(_table(), path, **(how | more))
    return path


def _parquet(path: Path, crs: Any) -> Path:
    column = {"encoding": "WKB", "geometry_types": ["Point"]} | ({} if crs == "left out" else {"crs": crs})
    geo = {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": column}}
    pq.write_table(_table().replace_schema_metadata({"geo": json.dumps(geo)}), path)
    return path


@pytest.mark.parametrize("form", ["gpkg", "fgb"])
def test_what_gdal_writes_is_read_with_its_system(tmp_path: Path, form: str) -> None:
    found = files.read(_written(tmp_path / f"cells.{form}"))
    assert found["crs"] == "EPSG:4490"
    [one] = found["features"]
    assert (one["properties"], one["geometry"]["coordinates"]) == ({"code": "X-1"}, [118.6, 32.0])


@pytest.mark.parametrize(
    ("crs", "named"),
    [("left out", "CRS84"), (None, None), ({"id": {"authority": "EPSG", "code": 4549}}, "4549"), ({"name": "x"}, "x")],
)
def test_geoparquet_says_its_system(tmp_path: Path, crs: Any, named: str | None) -> None:
    found = files.read(_parquet(tmp_path / "cells.parquet", crs))
    assert (found["crs"], found["features"][0]["properties"]) == (named, {"code": "X-1"})


@pytest.mark.parametrize(
    ("text", "geometry"),
    [
        ("code,lon,lat\r\nX-1,118.6,32\r\n", {"type": "Point", "coordinates": [118.6, 32.0]}),
        ("\ufeffcode,wkt\nX-1,POINT (1 2)\n", {"type": "Point", "coordinates": [1.0, 2.0]}),
        ("code,lon\nX-1,118.6\n", None),
    ],
)
def test_a_table_says_where_things_are(tmp_path: Path, text: str, geometry: Any) -> None:
    (tmp_path / "cells.csv").write_text(text, "utf-8")
    [one] = files.read(tmp_path / "cells.csv")["features"]
    assert (one["geometry"], one["properties"]["code"]) == (geometry, "X-1")


def test_what_was_guarded_is_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "cells.csv").write_text("code,a,b,c,d\n'=1,''x,'y,,-\n", "utf-8")
    [one] = files.read(tmp_path / "cells.csv")["features"]
    assert one["properties"] == {"code": "=1", "a": "'x", "b": "'y", "c": None, "d": "-"}


BROKEN = {
    "a.csv": b"code,lon,lat\nX,east,32\n",
    "b.csv": b"code,lon\nX,1,2,3\n",
    "c.csv": b"code\n\xff\xfe\n",
    "d.csv": b"code,wkt\nX,POINT (\n",
    "a.gpkg": b"SQLite format 3\0" + b"\0" * 200,
    "a.fgb": b"fgb\x03fgb\x01" + b"\xff" * 200,
    "a.parquet": b"PAR1" + b"\0" * 200,
    "a.vrt": b"<OGRVRTDataSource><OGRVRTLayer name='x'/></OGRVRTDataSource>",
    "a.shp": b"\x00\x00\x27\x0a" + b"\0" * 100,
    "a.geojson": b"[1, 2",
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_broken_or_of_another_kind_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(BROKEN[name])
    with pytest.raises(Unprocessable):
        files.read(tmp_path / name)


def test_a_table_without_geometry_is_no_geoparquet(tmp_path: Path) -> None:
    pq.write_table(pa.table({"code": ["X"]}), tmp_path / "a.parquet")
    with pytest.raises(Unprocessable, match="no GeoParquet"):
        files.read(tmp_path / "a.parquet")


def test_a_file_of_two_layers_is_refused(tmp_path: Path) -> None:
    path = _written(tmp_path / "cells.gpkg")
    _written(path, layer="others", append=True)
    with pytest.raises(Unprocessable, match="one layer"):
        files.read(path)


def test_more_than_a_file_may_hold_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MAX_FEATURES", 0)
    (tmp_path / "a.csv").write_text("code\nX\n", "utf-8")
    for path in (tmp_path / "a.csv", _written(tmp_path / "a.fgb"), _parquet(tmp_path / "a.parquet", None)):
        with pytest.raises(Unprocessable, match="at most"):
            files.read(path)


def test_without_the_extra_its_forms_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = _written(tmp_path / "a.gpkg")
    monkeypatch.setattr(files, "find_spec", lambda _: None)
    with pytest.raises(Unprocessable, match="gis"):
        files.read(path)


def test_a_zone_is_used_near_itself() -> None:
    west, south, east, north = Reading("4549", Datum.WGS84).extent
    assert (west < 118.5, east > 121.5) == (True, True)
    assert (south > 0, north < 90) == (True, True)
    assert Reading("4490", Datum.WGS84).extent == (-180.0, -90.0, 180.0, 90.0)
