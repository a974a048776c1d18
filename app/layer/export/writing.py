"""How rows become a file, some at a time: the forms that are text; what else there is, is in `drawn`."""

import csv
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import orjson

from app.layer.crs.workflow import digits
from app.layer.export.workflow import cell, place_columns
from app.layer.workflow import Collection, File

Rows = Sequence[Mapping[str, Any]]
NEWLINE, RECORD = b"\n", b"\x1e"
"""What ends and begins a text of a sequence (RFC 8142)."""


class Contents(NamedTuple):
    """What is to be written: of which collection, in which system, with which properties."""

    file: File
    collection: Collection
    srid: int
    names: tuple[str, ...]


class Writer(Protocol):
    """A file that grows. Its methods block: they are called in a thread."""

    def add(self, rows: Rows) -> None:
        """Write more rows."""

    def finish(self) -> None:
        """Make it whole."""

    def give_up(self) -> None:
        """Let go of it, whatever is under way."""


class CsvFile:
    """A table as spreadsheets and scripts read it: marked as UTF-8, since Excel in China takes it for GBK otherwise."""

    def __init__(self, contents: Contents, path: Path) -> None:
        self._file = path.open("w", encoding="utf-8-sig", newline="")
        self._table = csv.writer(self._file)
        self._place = place_columns(contents.collection.shape, contents.srid)
        self._digits = digits(contents.srid)
        self._names = contents.names
        self._table.writerow(["id", *self._place, *contents.names])

    def add(self, rows: Rows) -> None:
        """Write more rows."""
        for row in rows:
            place = (self._written(row[name]) for name in self._place)
            self._table.writerow([row["id"], *place, *(cell(row[name]) for name in self._names)])

    def _written(self, value: Any) -> Any:
        return round(value, self._digits) if isinstance(value, float) else value

    def finish(self) -> None:
        """Make it whole."""
        self._file.close()

    give_up = finish


class GeoJsonFile:
    """One feature collection. What is not CRS 84 names its system as GDAL, QGIS and our own imports read it."""

    def __init__(self, contents: Contents, path: Path) -> None:
        self._file = path.open("wb")
        named = {"type": "name", "properties": {"name": f"urn:ogc:def:crs:EPSG::{contents.srid}"}}
        system = b'"crs":%s,' % orjson.dumps(named) if contents.srid else b""
        self._file.write(b'{"type":"FeatureCollection","name":"%s",%s' % (contents.collection.id.encode(), system))
        self._file.write(b'"features":[\n')
        self._between = b""

    def add(self, rows: Rows) -> None:
        """Write more rows."""
        self._file.write(self._between + b",\n".join(row["feature"].encode() for row in rows))
        self._between = b",\n"

    def finish(self) -> None:
        """Make it whole."""
        with self._file:
            self._file.write(b"\n]}\n")

    def give_up(self) -> None:
        """Let go of it."""
        self._file.close()


class SequenceFile:
    """A text for each feature: what has come can be read before the rest."""

    def __init__(self, _: Contents, path: Path) -> None:
        self._file = path.open("wb")

    def add(self, rows: Rows) -> None:
        """Write more rows."""
        self._file.write(b"".join(RECORD + row["feature"].encode() + NEWLINE for row in rows))

    def finish(self) -> None:
        """Make it whole."""
        self._file.close()

    give_up = finish


TEXT: Mapping[str, Callable[[Contents, Path], Writer]] = {
    "csv": CsvFile,
    "geojson": GeoJsonFile,
    "geojson-seq": SequenceFile,
}
