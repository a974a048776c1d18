"""Cells looked up and listed."""

from typing import Any

import pytest

from tests.grid.ground import ONE, STREET, TWO, Ground, cell, four, square, tree

CODES = [f"{ONE}001", f"{ONE}002", f"{TWO}001", f"{TWO}002"]


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ({}, CODES),
        ({"area": ONE}, CODES[:2]),
        ({"area": STREET}, CODES),
        ({"area": "nowhere"}, []),
        ({"kind": "unit"}, CODES),
        ({"kind": "general"}, []),
        ({"bbox": "118.6001,32.0001,118.6009,32.0009"}, CODES[:1]),
        ({"bbox": "118.6001,32.0001,118.6019,32.0009"}, [CODES[0], CODES[2]]),
        ({"at": "2019-06-01T00:00:00Z"}, []),
        ({"plan": "019c0000-0000-7000-8000-000000000000"}, []),
    ],
)
async def test_cells_are_filtered(town: Ground, query: dict[str, Any], codes: list[str]) -> None:
    found = (await town.get("/grid-cells", **query)).json()["items"]
    assert [one["code"] for one in found] == codes


async def test_pages_show_every_cell_once(town: Ground) -> None:
    first = (await town.get("/grid-cells", limit=3)).json()
    second = (await town.get("/grid-cells", limit=3, cursor=first["next"])).json()
    assert [one["code"] for one in first["items"] + second["items"]] == CODES


async def test_a_cell_shows_where_it_belongs_and_its_shape(town: Ground) -> None:
    answer = await town.get(f"/grid-cells/{ONE}001")
    shown = answer.json()
    assert (shown["community"], shown["scheme"], shown["kind"]) == (ONE, "unit-15", "unit")
    assert shown["boundary"]["coordinates"] == [square(0, 0)]
    assert answer.headers["ETag"] == '"1"'


async def test_lists_leave_the_shape_out_unless_asked(town: Ground) -> None:
    plain = (await town.get("/grid-cells")).json()["items"][0]
    full = (await town.get("/grid-cells", boundary=True)).json()["items"][0]
    assert (plain["boundary"], full["boundary"]["type"]) == (None, "Polygon")


async def test_an_unknown_cell_or_a_cell_of_another_time_is_not_found(town: Ground) -> None:
    assert (await town.get("/grid-cells/nowhere")).status_code == 404
    assert (await town.get(f"/grid-cells/{ONE}001", at="2019-06-01T00:00:00Z")).status_code == 404


async def test_a_free_code_may_hold_any_letters(ground: Ground) -> None:
    await ground.post("/areas", tree()[0])
    cells = [cell("A/1 东?", square(0, 0), home=tree()[0]["code"])]
    await ground.put_in_force(cells, scheme="free", community_property="home")
    assert (await ground.get("/grid-cells/A%2F1%20%E4%B8%9C%3F")).json()["code"] == "A/1 东?"


async def test_trees_may_use_the_same_code(town: Ground) -> None:
    await town.post("/areas", tree()[0] | {"code": "boston"})
    twin = cell(f"{ONE}001", square(50, 50), home="boston")
    await town.put_in_force([twin], area="boston", scheme="free", community_property="home")
    ours = (await town.get(f"/grid-cells/{ONE}001", area=STREET)).json()
    theirs = (await town.get(f"/grid-cells/{ONE}001", area="boston")).json()
    assert [ours["community"], theirs["community"]] == [ONE, "boston"]


@pytest.mark.parametrize(
    "bbox", ["", "1,2,3", "a,b,c,d", "nan,nan,nan,nan", "119,32,118,33", "0,0,0,91", "1e400,0,0,0"]
)
async def test_a_box_that_is_none_is_refused(town: Ground, bbox: str) -> None:
    assert (await town.get("/grid-cells", bbox=bbox)).status_code == 422


async def test_drafts_of_others_are_seen_only_by_their_plan(town: Ground, worker: Ground) -> None:
    made = await town.draft(four()[:1])
    assert len((await worker.get("/grid-cells")).json()["items"]) == 4
    assert len((await worker.get("/grid-cells", plan=made["id"])).json()["items"]) == 1
