"""The area tree."""

from typing import Any

import pytest

from app.core.pages import encode
from tests.grid.ground import ONE, STREET, TOWN, TWO, Ground, four, polygon, square, tree


async def test_a_tree_is_added_from_a_list_in_any_order(ground: Ground) -> None:
    answer = await ground.post("/areas", tree()[::-1])
    assert [area["code"] for area in answer.json()["items"]] == [TWO, ONE, STREET, TOWN]
    shown = await ground.get(f"/areas/{ONE}")
    assert shown.json()["lineage"] == [ONE, STREET, TOWN]
    assert shown.headers["ETag"] == '"1"'


async def test_one_area_is_answered_as_one(ground: Ground) -> None:
    answer = await ground.post("/areas", tree()[0])
    assert (answer.status_code, answer.json()["parent"], answer.headers["ETag"]) == (201, None, '"1"')


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ({"root": True}, [TOWN]),
        ({"parent": STREET}, [ONE, TWO]),
        ({"level": "street"}, [STREET]),
        ({"within": STREET}, [STREET, ONE, TWO]),
        ({"within": "nowhere"}, []),
    ],
)
async def test_areas_are_found_by_their_place_in_the_tree(
    ground: Ground, query: dict[str, Any], codes: list[str]
) -> None:
    await ground.add_tree()
    assert [area["code"] for area in (await ground.get("/areas", **query)).json()["items"]] == sorted(codes)


async def test_pages_show_every_area_once(ground: Ground) -> None:
    await ground.add_tree()
    first = (await ground.get("/areas", limit=3)).json()
    second = (await ground.get("/areas", limit=3, cursor=first["next"])).json()
    assert [area["code"] for area in first["items"] + second["items"]] == [TOWN, STREET, ONE, TWO]
    assert second["next"] is None


async def test_a_list_with_an_unknown_parent_is_refused_whole(ground: Ground) -> None:
    answer = await ground.post("/areas", [tree()[0], tree()[2]])
    assert (answer.status_code, answer.json()["unknown"]) == (422, [STREET])
    assert (await ground.get("/areas")).json()["items"] == []


async def test_areas_cannot_stand_in_a_circle(ground: Ground) -> None:
    answer = await ground.post("/areas", [tree()[0] | {"parent": STREET}, tree()[1]])
    assert (answer.status_code, answer.json()["areas"]) == (422, [TOWN, STREET])


async def test_a_code_is_taken_once(ground: Ground) -> None:
    await ground.add_tree()
    assert (await ground.post("/areas", tree()[0])).status_code == 409


async def test_a_new_name_shows_on_the_cells_in_force_and_not_on_those_of_an_ended_plan(town: Ground) -> None:
    await town.put_in_force(four(), "2021-01-01T00:00:00Z")
    changed = await town.patch(f"/areas/{STREET}", {"name": "新街道"}, '"1"')
    assert (changed.status_code, changed.json()["name"], changed.json()["version"]) == (200, "新街道", 2)
    now = await town.get(f"/grid-cells/{ONE}001")
    then = await town.get(f"/grid-cells/{ONE}001", at="2020-06-01T00:00:00Z")
    assert [now.json()["places"][1]["name"], then.json()["places"][1]["name"]] == ["新街道", "泰山街道"]


async def test_a_moved_area_takes_everything_below_along(ground: Ground) -> None:
    await ground.add_tree()
    await ground.post("/areas", {"code": "320111", "level": "city", "name": "城", "name_en": "City"})
    assert (await ground.patch(f"/areas/{TOWN}", {"parent": "320111"})).status_code == 200
    assert (await ground.get(f"/areas/{ONE}")).json()["lineage"] == [ONE, STREET, TOWN, "320111"]


async def test_an_area_cannot_be_moved_below_itself(ground: Ground) -> None:
    await ground.add_tree()
    assert (await ground.patch(f"/areas/{STREET}", {"parent": ONE})).status_code == 422
    assert (await ground.get(f"/areas/{ONE}")).json()["lineage"] == [ONE, STREET, TOWN]


async def test_a_boundary_is_shown_only_on_request_and_kept_in_wgs84(ground: Ground) -> None:
    shape = polygon(square(0, 0))
    await ground.post("/areas", tree()[0] | {"boundary": shape, "datum": "gcj02"})
    plain = (await ground.get(f"/areas/{TOWN}")).json()
    full = (await ground.get(f"/areas/{TOWN}", boundary=True)).json()
    assert (plain["has_boundary"], plain["boundary"]) == (True, None)
    assert full["boundary"]["type"] == "MultiPolygon"
    assert full["boundary"]["coordinates"][0][0][0][0] == pytest.approx(118.6 - 0.005, abs=0.001)


async def test_a_boundary_that_crosses_itself_is_refused(ground: Ground) -> None:
    bow = [[118.6, 32.0], [118.7, 32.1], [118.7, 32.0], [118.6, 32.1], [118.6, 32.0]]
    answer = await ground.post("/areas", tree()[0] | {"boundary": polygon(bow)})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/boundary")


async def test_a_change_needs_the_version_it_is_based_on(ground: Ground) -> None:
    await ground.add_tree()
    silent = await ground.client.patch(f"/v1/areas/{TOWN}", json={"name": "x"}, headers=ground.headers)
    stale = await ground.patch(f"/areas/{TOWN}", {"name": "x"}, '"7"')
    assert [silent.status_code, stale.status_code] == [428, 412]


async def test_a_grid_worker_looks_and_does_not_touch(worker: Ground) -> None:
    assert (await worker.get("/areas")).status_code == 200
    assert (await worker.post("/areas", tree())).status_code == 403


async def test_a_cursor_made_up_is_refused(ground: Ground) -> None:
    cursor = encode("areas", "\0")
    assert (await ground.get("/areas", cursor=cursor)).status_code == 422


@pytest.mark.parametrize("path", ["/areas/%00", "/areas?limit=0", "/areas?levl=street", "/areas?cursor=zzz"])
async def test_what_cannot_be_asked_is_refused(ground: Ground, path: str) -> None:
    assert (await ground.get(path)).status_code == 422


@pytest.mark.parametrize("name", ["a\0b", "", "\ud800", "x" * 201])
async def test_a_name_that_cannot_be_stored_is_refused(ground: Ground, name: str) -> None:
    body = '{"code": "1", "level": "city", "name": "%s", "name_en": "x"}'
    escaped = "".join(f"\\u{ord(letter):04x}" for letter in name)
    headers = ground.headers | {"Idempotency-Key": "k", "Content-Type": "application/json"}
    answer = await ground.client.post("/v1/areas", content=body % escaped, headers=headers)
    assert answer.status_code == 422
