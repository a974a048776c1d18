"""Beats: the cells one crew looks after."""

from typing import Any

from tests.grid.conftest import CENTRE, OTHER
from tests.grid.ground import ONE, TWO, Ground, four, unit

BEAT = {
    "organisation": CENTRE,
    "code": "B1",
    "name": "一号责任网格",
    "name_en": "Beat 1",
    "cells": [f"{ONE}001", f"{ONE}002"],
}


async def make(town: Ground, **changes: Any) -> dict[str, Any]:
    answer = await town.post("/beats", BEAT | changes)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def test_a_beat_has_cells_in_force_and_the_cells_name_it(town: Ground) -> None:
    made = await make(town)
    shown = (await town.get(f"/grid-cells/{ONE}001")).json()
    assert (made["cells"], made["parts"]) == (BEAT["cells"], 1)
    assert [(beat["id"], beat["organisation"]) for beat in shown["beats"]] == [(made["id"], CENTRE)]


async def test_cells_of_a_beat_need_not_hang_together_but_it_is_said(town: Ground) -> None:
    assert (await make(town, cells=[f"{ONE}001", f"{TWO}002"]))["parts"] == 2


async def test_beats_are_found_by_centre_and_by_cell(town: Ground) -> None:
    made = await make(town)
    for query in ({"organisation": CENTRE}, {"cell": f"{ONE}002"}):
        assert [one["id"] for one in (await town.get("/beats", **query)).json()["items"]] == [made["id"]]
    assert (await town.get("/beats", cell=f"{TWO}001")).json()["items"] == []
    assert len((await town.get("/grid-cells", beat=made["id"])).json()["items"]) == 2


async def test_a_cell_that_is_not_in_force_is_named(town: Ground) -> None:
    answer = await town.post("/beats", BEAT | {"cells": [f"{ONE}001", f"{ONE}009"]})
    assert (answer.status_code, answer.json()["missing"]) == (422, [f"{ONE}009"])


async def test_cells_given_replace_those_it_has(town: Ground) -> None:
    made = await make(town)
    changed = await town.patch(f"/beats/{made['id']}", {"cells": [f"{TWO}001"]}, '"1"')
    assert (changed.json()["cells"], changed.json()["version"], changed.json()["name"]) == (
        [f"{TWO}001"],
        2,
        BEAT["name"],
    )


async def test_a_new_plan_keeps_beats_by_the_codes_of_their_cells(town: Ground) -> None:
    made = await make(town)
    await town.put_in_force([*four()[:1], *four()[2:], unit(ONE, 3, 0, 1)], "2021-01-01T00:00:00Z")
    assert (await town.get(f"/beats/{made['id']}")).json()["cells"] == [f"{ONE}001"]


async def test_a_beat_changed_before_a_plan_of_later_is_changed_for_then_too(town: Ground) -> None:
    made = await make(town)
    await town.put_in_force(four(), "2100-01-01T00:00:00Z")
    await town.patch(f"/beats/{made['id']}", {"cells": [f"{TWO}001"]})
    then = (await town.get("/grid-cells", beat=made["id"], at="2100-06-01T00:00:00Z")).json()["items"]
    assert [one["code"] for one in then] == [f"{TWO}001"]


async def test_a_code_is_taken_once_a_centre(town: Ground) -> None:
    await make(town)
    assert (await town.post("/beats", BEAT)).status_code == 409


async def test_another_centres_beats_are_not_there(town: Ground, outsider: Ground) -> None:
    made = await make(town)
    assert (await outsider.get("/beats")).json()["items"] == []
    assert (await outsider.get(f"/beats/{made['id']}")).status_code == 404
    assert (await outsider.patch(f"/beats/{made['id']}", {"name": "x"})).status_code == 404
    assert (await outsider.get(f"/grid-cells/{ONE}001")).json()["beats"] == []


async def test_a_beat_is_made_only_for_a_centre_one_administers(town: Ground, outsider: Ground) -> None:
    assert (await town.post("/beats", BEAT | {"organisation": OTHER})).status_code == 422
    assert (await town.post("/beats", BEAT | {"organisation": "nowhere"})).status_code == 422


async def test_a_grid_worker_makes_no_beats(worker: Ground) -> None:
    assert (await worker.post("/beats", BEAT)).status_code == 403
