"""A file's rows come in time order, whatever their order and format."""

import gzip
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from app.replay.mapping import Unreadable
from app.replay.recording import Recording, rows
from tests.replay.town import COLUMNS, MAPPING, csv_file, jsonl, row

ROWS = [row(ref, opened=f"2026-03-0{day}T09:00:00") for ref, day in (("c", 3), ("a", 1), ("b", 2))]


def _parquet(folder: Path) -> Path:
    table = pa.table({name: [str(row[name]) for row in ROWS] for name in COLUMNS})
    parquet.write_table(table, folder / "town.parquet")
    return folder / "town.parquet"


def _zipped(folder: Path) -> Path:
    file = folder / "town.csv.gz"
    file.write_bytes(gzip.compress(csv_file(folder, *ROWS).read_bytes()))
    return file


def references(file: Path) -> list[str]:
    with Recording(file, MAPPING) as recording:
        return [entry.values["ref"] for entry in recording if entry.values]


@pytest.mark.parametrize("written", [_parquet, _zipped, lambda folder: jsonl(folder, *ROWS)])
def test_every_format_gives_its_rows_in_time_order(tmp_path: Path, written: Callable[[Path], Path]) -> None:
    assert references(written(tmp_path)) == ["a", "b", "c"]


def test_rows_without_a_time_come_last(tmp_path: Path) -> None:
    assert references(jsonl(tmp_path, row("x", opened=None), *ROWS)) == ["a", "b", "c", "x"]


def test_rows_of_one_reference_know_of_each_other(tmp_path: Path) -> None:
    with Recording(jsonl(tmp_path, row("1"), row("2"), row("1")), MAPPING) as recording:
        assert [entry.is_doubled for entry in recording] == [True, False, True]


def test_an_empty_file_has_no_rows(tmp_path: Path) -> None:
    with Recording(jsonl(tmp_path), MAPPING) as recording:
        assert len(recording) == 0
        assert not list(recording)


def test_a_short_or_long_line_of_csv_is_a_row_that_cannot_be_read(tmp_path: Path) -> None:
    file = csv_file(tmp_path, row("1"))
    with file.open("a", encoding="utf-8") as lines:
        lines.write("2,2026-03-02\n" + ",".join("x" * 30) + "\n")
    assert [values is None for values in rows(file, MAPPING)] == [False, True, True]


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    file = tmp_path / "town.csv"
    file.write_text("ref,opened\n1,2026-03-02\n", encoding="utf-8")
    with pytest.raises(Unreadable, match="There is no column lon, lat"):
        list(rows(file, MAPPING))


@pytest.mark.parametrize("name", ["town.parquet", "town.csv.gz", "town.xlsx"])
def test_a_file_that_is_something_else_is_refused_in_one_line(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    file.write_bytes(b"something else")
    with pytest.raises(Unreadable) as refused:
        list(rows(file, MAPPING))
    assert "\n" not in str(refused.value)
