"""Departments and the tree they stand in."""

from typing import Any

from tests.agency.town import Town, named


def department(**facts: Any) -> dict[str, Any]:
    return named(**{"code": "fire", "parent": "A", "area": "alpha", **facts})


async def test_a_department_has_a_territory_and_a_line(town: Town) -> None:
    admin = await town.caller("administrator", "A")
    made = await admin.post("/v1/departments", department(functional_parent="province.fire", is_vertical=True))
    assert made.status_code == 201
    shown = await admin.get("/v1/departments/fire")
    assert (shown["parent"], shown["functional_parent"], shown["is_vertical"]) == ("A", "province.fire", True)
    assert shown["kind"] == "government"


async def test_a_street_sees_the_departments_it_may_call_and_its_own(town: Town) -> None:
    street1, street2 = await town.caller("dispatcher", "A1"), await town.caller("dispatcher", "A2")
    assert {d["code"] for d in (await street1.get("/v1/departments"))["items"]} == {"water", "police", "watch1"}
    assert {d["code"] for d in (await street2.get("/v1/departments"))["items"]} == {"water", "police"}
    assert (await street2.look("/v1/departments/watch1")).status_code == 404


async def test_the_department_of_another_jurisdiction_is_not_there(town: Town) -> None:
    desk = await town.caller("department_desk", "water")
    assert (await desk.look("/v1/departments/beta.water")).status_code == 404
    assert (await desk.get("/v1/departments/water"))["code"] == "water"


async def test_an_area_of_another_jurisdiction_is_refused(town: Town) -> None:
    admin = await town.caller("administrator", "A")
    assert (await admin.post("/v1/departments", department(area="beta"))).status_code == 422
    assert (await admin.change("PATCH", "/v1/departments/water", {"area": "beta"})).status_code == 422


async def test_a_department_changes_and_keeps_what_is_left_out(town: Town) -> None:
    admin = await town.caller("administrator", "A")
    changed = await admin.change("PATCH", "/v1/departments/water", {"is_vertical": True, "name_en": "Water Works"}, 1)
    shown = changed.json()
    assert changed.headers["ETag"] == '"2"'
    assert (shown["name"], shown["name_en"], shown["is_vertical"]) == ("water号", "Water Works", True)


async def test_the_tree_starts_at_the_highest_node_in_sight(town: Town) -> None:
    tree = await (await town.caller("dispatcher", "A1")).get("/v1/agencies")
    (district,) = tree["items"]
    assert (district["code"], district["level"], district["area"]) == ("A", 2, "alpha")
    assert {node["code"] for node in district["children"]} == {"A1", "police", "water"}
    street = next(node for node in district["children"] if node["code"] == "A1")
    assert [node["code"] for node in street["children"]] == ["watch1"]


async def test_a_repeated_key_opens_one_department(town: Town) -> None:
    admin = await town.caller("administrator", "A")
    key = {"Idempotency-Key": "fire-1"}
    first, again = [await admin.post("/v1/departments", department(), **key) for _ in range(2)]
    assert (again.status_code, again.content) == (201, first.content)
    other = await admin.post("/v1/departments", department(code="fire2"), **key)
    assert other.status_code == 422


async def test_an_id_that_is_taken_is_a_conflict(town: Town) -> None:
    admin = await town.caller("administrator", "A")
    water = await admin.get("/v1/departments/water")
    assert (await admin.post("/v1/departments", department(id=water["id"]))).status_code == 409
