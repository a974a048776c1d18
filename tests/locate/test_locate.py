"""Which cell holds a point, when, and who commands there."""

from collections.abc import Mapping
from typing import Any

import pytest
from sqlalchemy import select

from app.agency.models import Centre, CentreArea
from app.core.db import Database
from app.core.geo import LonLat, wgs84_to_gcj02
from app.grid.models import Area
from app.identity.models import Organisation
from app.locate.schemas import Spot
from app.locate.service import locate
from tests.grid.ground import ONE, STREET, TOWN, TWO, Ground, cell, four, square, unit

IN_ONE = {"lon": 118.6005, "lat": 32.0005}


async def test_a_point_is_in_the_cell_around_it_with_all_areas_above(town: Ground) -> None:
    found = (await town.get("/locate", **IN_ONE)).json()
    assert (found["cell"]["code"], found["cell"]["kind"]) == (f"{ONE}001", "unit")
    assert [place["code"] for place in found["areas"]] == [ONE, STREET, TOWN]
    assert found["distance_to_border_m"] == pytest.approx(47.2, abs=0.5)
    assert (found["candidates"], found["centre"]) == ([], None)


@pytest.mark.parametrize(("lon", "lat"), [(118.601, 32.0005), (118.601, 32.001), (118.6005, 32.0)])
async def test_a_point_on_a_border_is_in_the_cell_with_the_smallest_code(town: Ground, lon: float, lat: float) -> None:
    found = (await town.get("/locate", lon=lon, lat=lat)).json()
    assert (found["cell"]["code"], found["distance_to_border_m"]) == (f"{ONE}001", 0)


async def test_cells_nearer_than_asked_are_candidates_by_distance(town: Ground) -> None:
    near = {"lon": 118.6009, "lat": 32.0008}
    found = (await town.get("/locate", **near)).json()
    wide = (await town.get("/locate", **near, accuracy_m=60)).json()
    assert [one["code"] for one in found["candidates"]] == [f"{TWO}001", f"{ONE}002", f"{TWO}002"]
    assert found["candidates"][0]["distance_m"] == pytest.approx(9.44, abs=0.1)
    assert (await town.get("/locate", **near, near_m=5)).json()["candidates"] == []
    assert len(wide["candidates"]) == 3


async def test_a_point_out_of_town_is_outside_jurisdiction(town: Ground) -> None:
    far = await town.get("/locate", lon=-71.06, lat=42.36)
    close = await town.get("/locate", lon=118.5999, lat=32.0005)
    assert (far.status_code, far.json()["type"]) == (404, "/problems/outside-jurisdiction")
    assert (close.status_code, [one["code"] for one in close.json()["candidates"]]) == (404, [f"{ONE}001"])


async def test_a_point_in_the_hole_of_a_cell_is_in_the_cell_that_fills_it(ground: Ground) -> None:
    await ground.add_tree()
    around = cell(f"{ONE}001", square(0, 0, 3, 3), square(1, 1)[::-1])
    await ground.put_in_force([around, unit(TWO, 1, 1, 1)])
    assert (await ground.get("/locate", lon=118.6015, lat=32.0015)).json()["cell"]["code"] == f"{TWO}001"
    found = (await ground.get("/locate", lon=118.6008, lat=32.0015)).json()
    assert (found["cell"]["code"], found["distance_to_border_m"]) == (f"{ONE}001", pytest.approx(18.9, abs=0.2))


async def test_the_instant_chooses_the_plan(town: Ground) -> None:
    swapped = [unit(TWO, 7, 0, 0), *four()[1:3], unit(TWO, 2, 1, 1)]
    await town.put_in_force(swapped, "2100-01-01T00:00:00Z")
    codes = [
        (await town.get("/locate", **IN_ONE, at=at)).json().get("cell", {}).get("code")
        for at in ("2019-12-31T23:59:59Z", "2020-01-01T00:00:00Z", "2099-12-31T23:59:59Z", "2100-01-01T00:00:00Z")
    ]
    assert codes == [None, f"{ONE}001", f"{ONE}001", f"{TWO}007"]


async def test_a_draft_locates_nothing(ground: Ground) -> None:
    await ground.add_tree()
    await ground.draft(four())
    assert (await ground.get("/locate", **IN_ONE)).status_code == 404


async def test_a_gcj02_fix_is_put_back_before_it_is_located(town: Ground) -> None:
    lon, lat = wgs84_to_gcj02(LonLat(**IN_ONE))
    found = (await town.get("/locate", lon=lon, lat=lat, datum="gcj02")).json()
    assert found["cell"]["code"] == f"{ONE}001"
    assert found["location"] == pytest.approx([118.6005, 32.0005], abs=1e-9)


async def test_the_centre_that_commands_there_first_is_named(town: Ground, db: Database) -> None:
    async with db.write() as session:
        centre_id = (await session.scalars(select(Organisation.id))).one()
        area_id = (await session.scalars(select(Area.id).where(Area.code == ONE))).one()
        session.add(Centre(id=centre_id, level=1, area_id=area_id, settings={}))
        await session.flush()
        session.add(CentreArea(area_id=area_id, centre_id=centre_id))
    assert (await town.get("/locate", **IN_ONE)).json()["centre"]["code"] == "centre-1"


class Counting:
    """A lane that counts what is asked of it."""

    def __init__(self, lane: Any) -> None:
        self.lane, self.asked = lane, 0

    async def fetch(self, query: str, *args: Any) -> list[Mapping[str, Any]]:
        self.asked += 1
        return list(await self.lane.fetch(query, *args))

    async def fetchrow(self, query: str, *_: Any) -> Mapping[str, Any] | None:
        raise AssertionError(query)

    def transaction(self) -> Any:
        raise AssertionError


async def test_one_statement_is_enough(town: Ground, db: Database) -> None:
    async with db.read_lane() as lane:
        counting = Counting(lane)
        await locate(counting, Spot(lon=IN_ONE["lon"], lat=IN_ONE["lat"]))
    assert counting.asked == 1


@pytest.mark.parametrize(
    "query",
    [
        {"lon": "nan", "lat": 1},
        {"lon": 181, "lat": 0},
        {"lon": 0},
        {"lon": "1e400", "lat": 0},
        IN_ONE | {"datum": "bd09"},
        IN_ONE | {"near_m": -1},
        IN_ONE | {"at": "2020-01-01T00:00:00"},
        IN_ONE | {"at": "0001-01-01T00:00:00+14:00"},
        IN_ONE | {"lng": 1},
    ],
)
async def test_what_cannot_be_asked_is_refused(town: Ground, query: dict[str, Any]) -> None:
    assert (await town.get("/locate", **query)).status_code == 422


@pytest.mark.parametrize(("lon", "lat"), [(0, 90), (180, -90), (-180, 0)])
async def test_the_ends_of_the_earth_are_outside(town: Ground, lon: float, lat: float) -> None:
    assert (await town.get("/locate", lon=lon, lat=lat)).status_code == 404
