"""Grid plans drafted from GeoJSON."""

import json
from typing import Any

import pytest

from app.core.geo import LonLat, gcj02_to_wgs84
from tests.grid.ground import ONE, TOWN, TWO, Ground, cell, four, plan, polygon, square, unit


@pytest.fixture
async def ground(ground: Ground) -> Ground:
    await ground.add_tree()
    return ground


async def refused(ground: Ground, body: dict[str, Any]) -> str:
    answer = await ground.post("/grid-plans", body)
    assert answer.status_code == 422, answer.text
    assert (await ground.get("/grid-plans")).json()["items"] == []
    return str(answer.json().get("errors", [{}])[0].get("pointer"))


async def test_a_draft_keeps_its_cells_and_says_how_they_were_read(ground: Ground) -> None:
    made = await ground.draft(four())
    assert (made["status"], made["cells"], made["read_as"], made["report"]) == ("draft", 4, "CRS84", None)
    cells = (await ground.get("/grid-cells", plan=made["id"], boundary=True)).json()["items"]
    assert cells[0]["boundary"]["coordinates"] == [square(0, 0)]
    assert cells[0]["area_m2"] == pytest.approx(94.4 * 110.9, rel=0.01)


async def test_a_draft_is_not_in_force(ground: Ground) -> None:
    await ground.draft(four())
    assert (await ground.get("/grid-cells")).json()["items"] == []


async def test_the_coordinate_system_is_never_guessed(ground: Ground) -> None:
    body = plan(four())
    del body["datum"]
    assert await refused(ground, body) == "/datum"


async def test_positions_shifted_as_gcj02_are_put_back(ground: Ground) -> None:
    made = await ground.draft(four(), datum="gcj02")
    shown = (await ground.get("/grid-cells", plan=made["id"], boundary=True)).json()["items"][0]
    assert made["read_as"] == "CRS84, shifted as GCJ-02"
    assert shown["boundary"]["coordinates"][0][0] == pytest.approx(gcj02_to_wgs84(LonLat(118.6, 32.0)), abs=1e-9)


async def test_projected_positions_are_converted(ground: Ground) -> None:
    east, north = 367800.0, 3541900.0
    ring = [[east, north], [east + 100, north], [east + 100, north + 100], [east, north + 100], [east, north]]
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4549"}}
    made = await ground.draft([cell(f"{ONE}001", ring)], crs=crs)
    shown = (await ground.get("/grid-cells", plan=made["id"])).json()["items"][0]
    assert made["read_as"] == "EPSG:4549"
    assert shown["area_m2"] == pytest.approx(10_000, rel=0.001)


@pytest.mark.parametrize("name", ["EPSG:1", "EPSG:104990", "urn:x", "EPSG:5773", "EPSG:4978", "", 7, None])
async def test_an_unknown_coordinate_system_is_refused(ground: Ground, name: Any) -> None:
    answer = await ground.post("/grid-plans", plan(four(), crs={"type": "name", "properties": {"name": name}}))
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/unknown-reference")


@pytest.mark.parametrize(
    ("geometry", "pointer"),
    [
        (None, "/features/1/geometry/type"),
        ({"type": "Point", "coordinates": [118.6, 32.0]}, "/features/1/geometry/type"),
        (polygon(), "/features/1/geometry/coordinates"),
        (polygon(square(0, 0)[:4]), "/features/1/geometry/coordinates/0"),
        (polygon(square(0, 0), square(0, 0)[:3]), "/features/1/geometry/coordinates/1"),
        (polygon([["a", "b"]] * 4), "/features/1/geometry/coordinates/0"),  # type: ignore[list-item]
        (polygon([[True, False]] * 4), "/features/1/geometry/coordinates/0"),
        (polygon([*square(0, 0)[:4], [118.6]]), "/features/1/geometry/coordinates/0"),
        (polygon([[lat, lon] for lon, lat in square(0, 0)]), "/features/1/geometry"),
        (polygon([[1e308, 1e308], [1, 2], [3, 4], [1e308, 1e308]]), "/features/1/geometry"),
        (polygon([[0, 0]] * 20_001), "/features/1/geometry/coordinates"),
        ({"type": "MultiPolygon", "coordinates": [[square(0, 0)], [square(2, 2)]]}, "/features/1/geometry/coordinates"),
        ({"type": "MultiPolygon", "coordinates": []}, "/features/1/geometry/coordinates"),
    ],
)
async def test_a_geometry_that_cannot_be_stored_is_pointed_at(ground: Ground, geometry: Any, pointer: str) -> None:
    wrong = unit(ONE, 2, 1, 1) | {"geometry": geometry}
    assert await refused(ground, plan([unit(ONE, 1, 0, 0), wrong])) == pointer


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e999"])
async def test_a_position_that_is_no_number_is_refused(ground: Ground, number: str) -> None:
    body = json.dumps(plan(four())).replace("118.601", number, 1)
    headers = ground.headers | {"Idempotency-Key": "k", "Content-Type": "application/json"}
    answer = await ground.client.post("/v1/grid-plans", content=body, headers=headers)
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/wrong-geometry")


async def test_a_reference_system_of_a_strange_shape_is_refused(ground: Ground) -> None:
    strange: tuple[Any, ...] = ({"type": "link"}, {"properties": "x"}, {"properties": {"name": {}}})
    for crs in strange:
        assert (await ground.post("/grid-plans", plan(four(), crs=crs))).json()["type"] == "/problems/unknown-reference"


async def test_heights_are_dropped_and_a_multipolygon_of_one_part_is_taken(ground: Ground) -> None:
    high = {"type": "MultiPolygon", "coordinates": [[[[*position, 12.5] for position in square(0, 0)]]]}
    made = await ground.draft([unit(ONE, 1, 0, 0) | {"geometry": high}])
    shown = (await ground.get("/grid-cells", plan=made["id"], boundary=True)).json()["items"][0]
    assert shown["boundary"] == polygon(square(0, 0))


async def test_too_many_vertices_are_too_large(ground: Ground) -> None:
    ring = [[118.6, 32.0]] * 19_000
    answer = await ground.post("/grid-plans", plan([cell(f"{ONE}{n:03d}", ring) for n in range(27)]))
    assert (answer.status_code, answer.json()["max_vertices"]) == (413, 500_000)


@pytest.mark.parametrize(
    ("properties", "pointer"),
    [
        ({"code": None}, "/features/0/properties/code"),
        ({"code": 1.5}, "/features/0/properties/code"),
        ({"code": "a\0"}, "/features/0/properties/code"),
        ({"code": "\ud800"}, "/features/0/properties/code"),
        ({"code": f"{ONE}001", "kind": "big"}, "/features/0/properties/kind"),
    ],
)
async def test_a_property_that_cannot_be_read_is_pointed_at(
    ground: Ground, properties: dict[str, Any], pointer: str
) -> None:
    assert await refused(ground, plan([unit(ONE, 1, 0, 0) | {"properties": properties}])) == pointer


async def test_codes_kinds_and_communities_are_read_from_named_properties(ground: Ground) -> None:
    feature = cell("-", square(0, 0), number=320111001002007, sort="专属网格", home=TWO)
    made = await ground.draft([feature], code_property="number", kind_property="sort", community_property="home")
    shown = (await ground.get("/grid-cells", plan=made["id"])).json()["items"][0]
    assert (shown["code"], shown["kind"], shown["community"]) == ("320111001002007", "dedicated", TWO)


async def test_a_free_code_needs_a_property_that_names_the_community(ground: Ground) -> None:
    assert await refused(ground, plan([cell("A-1", square(0, 0))], scheme="free")) == "/features/0/properties/code"


async def test_an_unknown_area_and_an_empty_collection_are_refused(ground: Ground) -> None:
    await refused(ground, plan(four(), area="nowhere"))
    assert await refused(ground, plan([])) == "/features"


async def test_a_draft_is_thrown_away_with_its_cells_and_a_published_plan_is_not(ground: Ground) -> None:
    made, kept = await ground.draft(four()), await ground.put_in_force(four())
    based = ground.headers | {"If-Match": "*"}
    answers = [await ground.client.delete(f"/v1/grid-plans/{one['id']}", headers=based) for one in (made, kept)]
    assert [answer.status_code for answer in answers] == [204, 409]
    assert (await ground.get("/grid-cells", plan=made["id"])).json()["items"] == []


async def test_an_id_is_taken_once(ground: Ground) -> None:
    made = await ground.draft(four())
    assert (await ground.post("/grid-plans", plan(four(), id=made["id"]))).status_code == 409


async def test_the_same_draft_sent_twice_is_one_plan(ground: Ground) -> None:
    first = await ground.post("/grid-plans", plan(four()), **{"Idempotency-Key": "same"})
    again = await ground.post("/grid-plans", plan(four()), **{"Idempotency-Key": "same"})
    assert first.content == again.content
    assert [one["area"] for one in (await ground.get("/grid-plans", area=TOWN)).json()["items"]] == [TOWN]
