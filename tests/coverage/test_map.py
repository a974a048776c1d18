"""The coverage map as a dispatcher sees it: figures of places, of the caller's own ground, in any period."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import shapely

from app.core.db import Database
from tests import make
from tests.coverage import ground
from tests.coverage.plain import Fix
from tests.hands import Hands

START = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=10)
CELLS = {"A1-00": make.A1, "A1-10": (118.615, 32.005), "B1-30": make.B1}


def fix(cell: str, minutes: float, patrol: str = "P-001", **more: Any) -> Fix:
    """A fix in the middle of a cell, so many minutes after the start."""
    return Fix(patrol, more.get("device", ""), START + timedelta(minutes=minutes), *CELLS[cell], *more.values())


@pytest.fixture
async def walked(db: Database, town: make.Town) -> None:
    """P-001 is in one cell for half an hour, then in the next; hours later P-101 passes through a third."""
    await ground.put(db, town, [fix("A1-00", at) for at in range(10, 41, 5)])
    await ground.put(db, town, [fix("A1-10", 45), fix("A1-10", 50), fix("B1-30", 200, "P-101")])
    await ground.work(db)


async def shown(hands: Hands, who: str = "district.dispatcher", **asked: Any) -> dict[str, Any]:
    """The page's items by code, in the ten hours from the start."""
    period = {"from": START.isoformat(), "until": (START + timedelta(hours=10)).isoformat()}
    answer = await hands.get(who, "/v1/coverage", **(period | asked))
    assert answer.status_code == 200, answer.text
    return {item["code"]: item for item in answer.json()["items"]}


async def test_a_cell_shows_stays_dwell_last_visit_and_gap(hands: Hands, walked: None) -> None:
    cells = await shown(hands)
    assert len(cells) == 12
    seen = cells["A1-00"]
    assert (seen["visited"], seen["share"], seen["visits"], seen["dwell_s"]) == (1, 1.0, 1, 35 * 60)
    assert (seen["since_s"], seen["gap_s"]) == ((600 - 45) * 60, (600 - 45) * 60)
    assert cells["B1-30"]["gap_s"] == 400 * 60
    unseen = cells["A1-01"]
    assert (unseen["visited"], unseen["last_at"], unseen["since_s"], unseen["gap_s"]) == (0, None, None, 36000)


@pytest.mark.parametrize(
    ("asked", "shares"),
    [
        ({"by": "area", "level": "street"}, {"A": 2 / 6, "B": 1 / 6}),
        ({"by": "area", "level": "community"}, {"A1": 2 / 4, "A2": 0, "B1": 1 / 6}),
        ({"by": "area", "level": "street", "area": "B"}, {"B": 1 / 6}),
        ({"by": "beat"}, {"P-001": 2 / 4, "P-002": 2 / 4, "P-101": 1 / 6}),
    ],
)
async def test_beats_and_areas_put_their_cells_together(
    hands: Hands, walked: None, asked: dict[str, str], shares: dict[str, float]
) -> None:
    places = await shown(hands, **asked)
    assert {code: item["share"] for code, item in places.items()} == pytest.approx(shares, abs=1e-4)


async def test_what_the_areas_say_is_the_sum_of_their_cells(hands: Hands, walked: None) -> None:
    streets = await shown(hands, by="area")
    whole: dict[str, float] = defaultdict(float)
    for code, cell in (await shown(hands)).items():
        whole[code[0]] += cell["dwell_s"]
    assert {code: street["dwell_s"] for code, street in streets.items()} == whole


async def test_a_street_sees_its_own_ground_only(hands: Hands, walked: None) -> None:
    assert {code[:2] for code in await shown(hands, "street2.dispatcher")} == {"B1"}
    assert set(await shown(hands, "street2.dispatcher", by="area")) == {"B"}
    assert set(await shown(hands, "street2.dispatcher", by="beat")) == {"P-101"}
    assert await shown(hands, "urban_management.desk") == {}


async def test_unvisited_cells_can_be_asked_for_and_pages_go_on(hands: Hands, walked: None) -> None:
    assert len(await shown(hands, visited=False)) == 9
    assert set(await shown(hands, visited=True)) == set(CELLS)
    first = (await hands.get("district.dispatcher", "/v1/coverage", limit=7)).json()
    second = (await hands.get("district.dispatcher", "/v1/coverage", limit=7, cursor=first["next"])).json()
    assert [len(first["items"]), len(second["items"]), second["next"]] == [7, 5, None]


async def test_a_map_is_geojson_with_the_boundaries(hands: Hands, walked: None) -> None:
    answer = await hands.get("district.dispatcher", "/v1/coverage", f="geojson", by="area", level="community")
    assert answer.headers["content-type"] == "application/geo+json"
    drawn = answer.json()
    assert drawn["type"] == "FeatureCollection"
    bounds = {
        one["properties"]["code"]: shapely.from_geojson(str(one["geometry"]).replace("'", '"')).bounds
        for one in drawn["features"]
    }
    assert bounds["A1"] == pytest.approx((118.6, 32.0, 118.62, 32.02))


async def test_no_figure_names_a_patrol_or_a_person(hands: Hands, walked: None) -> None:
    text = (await hands.get("district.dispatcher", "/v1/coverage")).text
    assert not any(word in text for word in ("P-001", "patrol_id", "officer", "device"))


async def test_the_aggregates_stay_when_the_tracks_have_gone(hands: Hands, db: Database, walked: None) -> None:
    before = await shown(hands)
    await ground.expire(db)
    await ground.work(db)
    assert await shown(hands) == before


@pytest.mark.parametrize(
    "asked",
    [
        {"from": "2026-01-01T00:00:00Z"},
        {"from": "9999-12-31T23:59:59Z"},
        {"until": "0001-01-01T00:00:00Z"},
        {"from": "yesterday"},
        {"by": "officer"},
        {"cursor": "bad"},
        {"area": "\x00"},
        {"level": "\x00"},
    ],
)
async def test_a_wrong_question_is_a_problem(hands: Hands, asked: dict[str, str]) -> None:
    answer = await hands.get("district.dispatcher", "/v1/coverage", **asked)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
