"""The rows of a recorded file in the order of their times, with a few numbers a row in memory.

Rows pass once through a temporary file; their times and places in it are sorted, the rows themselves are not held.
"""

import csv
import gzip
import tempfile
from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

import numpy as np
import orjson

from app.replay.mapping import Mapping, Recorded, Unreadable
from app.replay.reading import Values, instant, told

BATCH_ROWS = 2048
UNTIMED = np.iinfo(np.int64).max
"""Rows without a time come last."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A row: its values, nothing if it could not be read, and whether another row has the same reference."""

    values: Values | None
    is_doubled: bool


class Recording:
    """A recorded file, opened: its rows in time order, as often as wanted."""

    def __init__(self, path: Path, mapping: Mapping) -> None:
        self._spill = tempfile.TemporaryFile()  # noqa: SIM115  # closed with the recording
        times, places, references = array("q"), array("q"), array("q")
        for values in rows(path, mapping):
            times.append(_microseconds(values, mapping))
            references.append(hash(told(mapping.report.external_ref, values)) if values else 0)
            places.append(self._spill.tell())
            self._spill.write(orjson.dumps(values) + b"\n")
        order = np.argsort(np.frombuffer(times, np.int64), kind="stable") if times else np.empty(0, np.int64)
        self._places = np.frombuffer(places, np.int64)[order] if times else order
        self._doubled = _doubled(np.frombuffer(references, np.int64)[order]) if times else order

    def __len__(self) -> int:
        return len(self._places)

    def __iter__(self) -> Iterator[Entry]:
        for place, doubled in zip(self._places, self._doubled, strict=True):
            self._spill.seek(int(place))
            yield Entry(orjson.loads(self._spill.readline()), bool(doubled))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._spill.close()


def _doubled(references: Any) -> Any:
    _, which, times = np.unique(references, return_inverse=True, return_counts=True)
    return times[which] > 1


def _microseconds(values: Values | None, mapping: Mapping) -> int:
    at = instant(values, mapping.time.opened_at, mapping.time) if values else None
    return UNTIMED if at is None else int(at.timestamp() * 1_000_000)


def rows(path: Path, mapping: Recorded) -> Iterator[Values | None]:
    """The rows of a file in its own order, only the columns that are looked at; nothing for one that cannot be read.

    Raises:
        Unreadable: it is not such a file, or a column is missing.
    """
    stem = path.name.removesuffix(".gz")
    kind = mapping.format or stem.rpartition(".")[2]
    if kind not in READERS:
        raise Unreadable(f"{path.name}: say the format in the mapping: {', '.join(READERS)}.")
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            yield from READERS[kind](file, mapping)  # type: ignore[arg-type]  # gzip's file reads like any
    except (OSError, EOFError) as error:
        raise Unreadable(f"{path.name}: {error}") from None


def _demand(columns: tuple[str, ...], found: list[str]) -> None:
    if missing := [column for column in columns if column not in found]:
        raise Unreadable(f"There is no column {', '.join(missing)}; there are {', '.join(found[:50])}.")


def _parquet(file: IO[bytes], mapping: Recorded) -> Iterator[Values | None]:
    try:
        import pyarrow as pa  # noqa: PLC0415  # an extra: CSV needs nothing
        from pyarrow import parquet  # noqa: PLC0415  # as above
    except ImportError:
        raise Unreadable("Parquet needs pyarrow: pip install 'lianqin[replay]'.") from None
    try:
        held = parquet.ParquetFile(file)
        _demand(mapping.columns, held.schema_arrow.names)
        for batch in held.iter_batches(BATCH_ROWS, columns=list(mapping.columns)):
            yield from batch.to_pylist()
    except pa.ArrowException as error:
        raise Unreadable(f"Not Parquet: {error}") from None


def _csv(file: IO[bytes], mapping: Recorded) -> Iterator[Values | None]:
    lines = csv.DictReader((line.decode("utf-8", "replace").removeprefix("\ufeff") for line in file), strict=True)
    columns = mapping.columns
    _demand(columns, list(lines.fieldnames or []))
    while True:
        try:
            row = next(lines)
        except StopIteration:
            return
        except csv.Error:
            yield None
            continue
        whole = None not in row and None not in row.values()
        yield {column: row[column] for column in columns} if whole else None


def _jsonl(file: IO[bytes], mapping: Recorded) -> Iterator[Values | None]:
    for line in file:
        if not line.strip():
            continue
        try:
            row: Any = orjson.loads(line)
        except orjson.JSONDecodeError:
            row = None
        for one in _records(row, mapping.records):
            yield {column: _inside(one, column) for column in mapping.columns} if isinstance(one, dict) else None


def _records(line: Any, name: str | None) -> Iterator[Any]:
    """The rows of a line: itself, or the members of a list in it with what stands beside the list."""
    if name is None:
        yield line
        return
    held = line.get(name) if isinstance(line, dict) else None
    if not isinstance(held, list):
        yield None
        return
    beside = {key: value for key, value in line.items() if key != name}
    yield from (beside | one if isinstance(one, dict) else None for one in held)


def _inside(row: Any, column: str) -> Any:
    """A value by its name; dots lead inside, into lists by number."""
    for name in column.split("."):
        if isinstance(row, list) and name.isdecimal() and int(name) < len(row):
            row = row[int(name)]
        elif isinstance(row, dict):
            row = row.get(name)
        else:
            return None
    return row


READERS: dict[str, Callable[[IO[bytes], Recorded], Iterator[Values | None]]] = {
    "parquet": _parquet,
    "csv": _csv,
    "jsonl": _jsonl,
}
