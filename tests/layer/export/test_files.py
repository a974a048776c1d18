"""Every form of a file holds what `items` says to the same caller, in every coordinate system."""

import io
import os
import subprocess
import threading
from pathlib import Path
from typing import Any

import orjson
import pyarrow.parquet as pq
import pyogrio
import pytest
import shapely
from pyproj import CRS as SYSTEM

from app.layer.crs.workflow import CRS, CRS84, EPSG
from app.layer.export import drawing
from app.layer.workflow import COLLECTIONS, FILES
from tests import make
from tests.hands import Hands
from tests.layer.export.reading import READERS, alike, download
from tests.layer.reading import features

DISPATCHER, STREET = "district.dispatcher", "street1.dispatcher"


class Thread:
    """The process that writes, in a thread: the same code, without the seconds that a process takes to begin."""

    def __init__(self, command: tuple[str, ...], **_: Any) -> None:
        end, begin = os.pipe()
        self.stdin, self.error = os.fdopen(begin, "wb"), True
        self._thread = threading.Thread(target=self._run, args=(os.fdopen(end, "rb"), command[-1]))
        self._thread.start()

    def _run(self, source: Any, path: str) -> None:
        with source:
            drawing.draw(source, path)
            self.error = False

    def wait(self) -> int:
        self._thread.join()
        return int(self.error)

    def kill(self) -> None:
        self.stdin.close()


@pytest.fixture
def in_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subprocess, "Popen", Thread)


@pytest.fixture
async def reported(hands: Hands) -> None:
    """Incidents of two streets, some of them accepted."""
    for number, where in enumerate((make.A1, make.B1, make.A1, make.A1)):
        incident = await hands.report(at=where)
        if number in (0, 2):
            await hands.moved("street1.acceptor", incident, "accept", category="E0406")


@pytest.mark.parametrize("form", FILES)
@pytest.mark.parametrize("collection", COLLECTIONS)
async def test_a_file_holds_what_items_say(
    hands: Hands, reported: None, in_thread: None, tmp_path: Path, form: str, collection: str
) -> None:
    for who in (DISPATCHER, STREET):
        expected = await features(hands, who, collection, limit=1000)
        found = READERS[form]((await download(hands, who, collection, form)).content, tmp_path)
        assert alike(found, expected, 0)


@pytest.mark.parametrize("uri", list(CRS))
@pytest.mark.parametrize("form", [form for form in FILES if form != "geojson-seq"])
async def test_a_file_holds_it_in_every_system_east_first(
    hands: Hands, reported: None, in_thread: None, tmp_path: Path, form: str, uri: str
) -> None:
    for collection in ("incidents", "grid_cells"):
        expected = await features(hands, DISPATCHER, collection, crs=uri)
        answer = await download(hands, DISPATCHER, collection, form, crs=uri)
        assert alike(READERS[form](answer.content, tmp_path), expected, CRS[uri])
        assert (f"EPSG{CRS[uri]}" in answer.headers["content-disposition"]) == bool(CRS[uri])


@pytest.mark.parametrize("srid", [0, 3857, 4490, 4549])
async def test_a_file_says_its_system(hands: Hands, reported: None, in_thread: None, tmp_path: Path, srid: int) -> None:
    uri = EPSG.format(srid) if srid else CRS84
    for form in ("gpkg", "fgb"):
        path = tmp_path / f"file.{form}"
        path.write_bytes((await download(hands, DISPATCHER, "incidents", form, crs=uri)).content)
        assert SYSTEM(pyogrio.read_info(path)["crs"]).to_epsg() == (srid or 4326)
    whole = orjson.loads((await download(hands, DISPATCHER, "incidents", "geojson", crs=uri)).content)
    assert whole.get("crs", {}).get("properties") == ({"name": f"urn:ogc:def:crs:EPSG::{srid}"} if srid else None)
    file = io.BytesIO((await download(hands, DISPATCHER, "incidents", "parquet", crs=uri)).content)
    geo = orjson.loads(pq.read_metadata(file).metadata[b"geo"])
    column = geo["columns"][geo["primary_column"]]
    assert (geo["version"], column["encoding"], column["geometry_types"]) == ("1.1.0", "WKB", ["Point"])
    assert (SYSTEM.from_json_dict(column["crs"]).to_epsg() if srid else column.get("crs")) == (srid or None)
    places = shapely.from_wkb(pq.read_table(file).column("geometry").to_pylist())
    assert column["bbox"] == pytest.approx(list(shapely.total_bounds(places)))


@pytest.mark.parametrize("form", ["gpkg", "fgb", "parquet"])
async def test_a_process_writes_it(hands: Hands, reported: None, tmp_path: Path, form: str) -> None:
    expected = await features(hands, DISPATCHER, "incidents", is_open="true")
    answer = await download(hands, DISPATCHER, "incidents", form, is_open="true")
    assert alike(READERS[form](answer.content, tmp_path), expected, 0)
