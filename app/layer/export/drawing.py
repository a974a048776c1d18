"""The process that writes a file of the extra `gis`: Arrow columns from its input, the file where it is told.

It knows nothing of the service, loads only what it needs, and is as polite as a process can be:
`python -m app.layer.export.drawing FILE`.
"""

import json
import os
import sys
from collections.abc import Iterator
from typing import Any, BinaryIO

import pyarrow as pa

POLITE = 10
DEGREES = "EPSG:4326"
"""WGS 84 as files name it; their coordinates stand east first whatever the authority says."""
DRIVERS = {"gpkg": "GPKG", "fgb": "FlatGeobuf"}
NAMED = {"gpkg": ("IDENTIFIER", "DESCRIPTION"), "fgb": ("TITLE", "DESCRIPTION")}
SHAPES = {"point": "Point", "polygon": "Polygon", "multipolygon": "MultiPolygon"}
ROW_GROUP = 50_000
UNUSED = ("geopandas", "pandas", "shapely")
"""What pyogrio loads if it finds it: seconds, for nothing that is used here."""


def draw(source: BinaryIO, path: str) -> None:
    """Write what comes until it ends; a stream that is cut off is an error, and no file that looks whole."""
    with pa.ipc.open_stream(source) as stream:
        told = {name.decode(): value.decode() for name, value in stream.schema.metadata.items()}
        if told["form"] == "parquet":
            _write_parquet(stream, path, told)
        else:
            _write_by_gdal(stream, path, told)


def _write_by_gdal(stream: pa.RecordBatchReader, path: str, told: dict[str, str]) -> None:
    import pyogrio  # noqa: PLC0415  # see UNUSED

    title, about = NAMED[told["form"]]
    pyogrio.write_arrow(
        pa.RecordBatchReader.from_batches(stream.schema.remove_metadata(), stream),
        path,
        told["layer"],
        DRIVERS[told["form"]],
        "geometry",
        SHAPES[told["shape"]],
        f"EPSG:{told['srid']}" if told["srid"] != "0" else DEGREES,
        layer_options={title: told["title"], about: told["about"]},
    )


def _write_parquet(stream: pa.RecordBatchReader, path: str, told: dict[str, str]) -> None:
    """GeoParquet 1.1: the box is known at the end, so what says what is in the file is written there."""
    import pyarrow.parquet as pq  # noqa: PLC0415  # only here

    box: list[float] | None = None
    with pq.ParquetWriter(path, stream.schema.remove_metadata(), compression="zstd") as file:
        for batch in _gathered(stream):
            box = _around(box, batch.column("geometry"))
            file.write_batch(batch)
        file.add_key_value_metadata({"geo": json.dumps(_geo(told, box))})


def _around(box: list[float] | None, places: pa.BinaryArray) -> list[float]:
    """The box around these places, and around the one before."""
    import shapely  # noqa: PLC0415  # only here

    shapes = shapely.from_wkb(places.to_numpy(zero_copy_only=False))
    before = [] if box is None else [shapely.box(*box)]
    return [float(side) for side in shapely.total_bounds([*shapes, *before])]


def _gathered(stream: pa.RecordBatchReader) -> Iterator[pa.RecordBatch]:
    """Larger batches: each becomes a row group, and small ones make large files."""
    held: list[pa.RecordBatch] = []
    for batch in stream:
        held.append(batch)
        if sum(one.num_rows for one in held) >= ROW_GROUP:
            yield pa.concat_batches(held)
            held = []
    if held:
        yield pa.concat_batches(held)


def _geo(told: dict[str, str], box: list[float] | None) -> dict[str, Any]:
    column: dict[str, Any] = {"encoding": "WKB", "geometry_types": [SHAPES[told["shape"]]]}
    if told["srid"] != "0":
        from pyproj import CRS  # noqa: PLC0415  # only here

        column["crs"] = CRS.from_epsg(int(told["srid"])).to_json_dict()
    if box is not None:
        column["bbox"] = box
    return {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": column}}


if __name__ == "__main__":
    os.nice(POLITE)
    target = sys.argv[1]
    if target.endswith(tuple(DRIVERS)):
        sys.modules |= dict.fromkeys(UNUSED)  # type: ignore[arg-type]  # none: it is not there
    draw(sys.stdin.buffer, target)
