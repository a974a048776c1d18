"""Codes of the BeiDou grid at the API: of a position, looked up, and refused; always said to be unofficial."""

from typing import Any

import pytest

from app.core import beidou
from app.core.geo import LonLat, wgs84_to_gcj02
from tests.grid.ground import ONE, STREET, TOWN, TWO, Ground

IN_ONE = {"lon": 118.6005, "lat": 32.0005}


async def test_a_point_is_located_with_its_code(town: Ground) -> None:
    found = (await town.get("/locate", **IN_ONE)).json()["beidou"]
    assert found == {"code": beidou.encode(LonLat(**IN_ONE)), "level": 7, "standing": "unofficial 非官方"}


async def test_a_code_is_looked_up(town: Ground) -> None:
    code = beidou.encode(LonLat(**IN_ONE))
    found = (await town.get(f"/beidou-grid-codes/{code}")).json()
    west, south, east, north = found["box"]
    assert west <= IN_ONE["lon"] <= east
    assert south <= IN_ONE["lat"] <= north
    assert found["location"] == pytest.approx([(west + east) / 2, (south + north) / 2])
    assert (found["code"], found["level"], found["standing"]) == (code, 7, "unofficial 非官方")
    assert code == f"{found['parent']}{code[-2:]}"
    assert found["size_m"] == {"east_west": pytest.approx(6.55, abs=0.02), "north_south": pytest.approx(7.72, abs=0.02)}
    assert (found["cell"]["code"], found["centre"], found["candidates"]) == (f"{ONE}001", None, [])
    assert [place["code"] for place in found["areas"]] == [ONE, STREET, TOWN]


async def test_the_code_of_a_position_is_the_same_document(town: Ground) -> None:
    asked = (await town.get("/beidou-grid-codes", **IN_ONE, level=6)).json()
    assert asked == (await town.get(f"/beidou-grid-codes/{asked['code']}")).json()
    assert asked["level"] == 6
    lon, lat = wgs84_to_gcj02(LonLat(**IN_ONE))
    assert (await town.get("/beidou-grid-codes", lon=lon, lat=lat, datum="gcj02", level=6)).json() == asked


async def test_cells_that_a_wide_code_may_mean_are_candidates(town: Ground) -> None:
    found = (await town.get("/beidou-grid-codes", **IN_ONE, level=5)).json()
    assert {found["cell"]["code"], *(one["code"] for one in found["candidates"])} == {
        *(f"{ONE}001", f"{ONE}002", f"{TWO}001", f"{TWO}002"),
    }
    wider = (await town.get("/beidou-grid-codes", **IN_ONE, level=4)).json()
    assert (wider["cell"], wider["areas"], wider["candidates"]) == (None, [], [])
    assert found["code"].startswith(wider["code"])
    assert found["parent"] == wider["code"]
    assert (await town.get("/beidou-grid-codes", **IN_ONE, level=1)).json()["parent"] is None


async def test_a_code_outside_is_a_place_without_a_cell(town: Ground) -> None:
    found = await town.get("/beidou-grid-codes/N50J47539B8255346152")
    assert (found.status_code, found.json()["cell"], found.json()["areas"]) == (200, None, [])
    beside = (await town.get("/beidou-grid-codes", lon=118.5999, lat=32.0005, level=5)).json()
    assert f"{ONE}001" in {one["code"] for one in (*beside["candidates"], *filter(None, [beside["cell"]]))}


async def test_the_instant_chooses_the_plan(town: Ground) -> None:
    found = await town.get("/beidou-grid-codes", **IN_ONE, at="2019-12-31T23:59:59Z")
    assert found.json()["cell"] is None
    again = await town.get(f"/beidou-grid-codes/{found.json()['code']}", at="2019-12-31T23:59:59Z")
    assert again.json()["cell"] is None


@pytest.mark.parametrize("written", ["n50j-47-5 39", "N50J 47 5 39", "%EF%BC%AE50j47539", "N50J%2D47539"])
async def test_a_code_is_read_as_people_write_it(town: Ground, written: str) -> None:
    assert (await town.get(f"/beidou-grid-codes/{written}")).json()["code"] == "N50J47539"


@pytest.mark.parametrize(
    ("written", "position", "character"),
    [("N50J48", 6, "8"), ("N50J-4", 7, None), ("N50J/47", 5, "/"), ("N5%00", 3, "\x00"), ("9", 1, "9"), ("-", 2, None)],
)
async def test_a_wrong_code_is_told_where(town: Ground, written: str, position: int, character: str | None) -> None:
    refused = await town.get(f"/beidou-grid-codes/{written}")
    assert (refused.status_code, refused.json()["type"]) == (422, "/problems/invalid-beidou-grid-code")
    assert (refused.json()["position"], refused.json()["character"]) == (position, character)


@pytest.mark.parametrize(
    "query",
    [
        IN_ONE | {"level": 0},
        IN_ONE | {"level": 11},
        IN_ONE | {"lat": 88},
        IN_ONE | {"lat": -90},
        IN_ONE | {"near_m": 5},
        {"lon": 118.6},
        {"lon": "nan", "lat": 1},
    ],
)
async def test_what_cannot_be_asked_is_refused(town: Ground, query: dict[str, Any]) -> None:
    assert (await town.get("/beidou-grid-codes", **query)).status_code == 422


async def test_too_long_a_code_is_refused_unread(town: Ground) -> None:
    assert (await town.get("/beidou-grid-codes/" + "N" * 65)).json()["type"] == "/problems/invalid-request"
