"""Grid plans put in force, one after another."""

from uuid import UUID

from sqlalchemy import text

from app.core.db import Database
from tests.grid.ground import ONE, STREET, TOWN, TWO, Ground, cell, four, square, unit

FUTURE = "2100-01-01T00:00:00.000Z"


async def test_a_plan_with_errors_is_refused_with_its_report(ground: Ground) -> None:
    await ground.add_tree()
    made = await ground.draft([*four(), unit(ONE, 9, 0.5, 0)])
    answer = await ground.publish(made["id"])
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/plan-has-errors")
    assert answer.json()["report"]["counts"] == {"overlap": 2}
    assert (await ground.get(f"/grid-plans/{made['id']}")).json()["status"] == "draft"


async def test_a_published_plan_is_in_force_with_the_chain_of_areas_on_each_cell(ground: Ground) -> None:
    await ground.add_tree()
    made = await ground.put_in_force(four())
    cells = (await ground.get("/grid-cells")).json()["items"]
    assert (made["status"], made["version"], made["effective_until"]) == ("published", 2, None)
    assert [cells[0]["valid_from"], cells[0]["valid_until"]] == [made["effective_from"], None]
    assert [place["code"] for place in cells[0]["places"]] == [ONE, STREET, TOWN]


async def test_the_plan_before_ends_where_the_next_begins_and_its_cells_stay(town: Ground) -> None:
    await town.put_in_force(four()[:3], "2021-01-01T00:00:00Z")
    old, new = (await town.get("/grid-plans")).json()["items"]
    assert (old["effective_until"], new["effective_until"]) == ("2021-01-01T00:00:00.000Z", None)
    assert len((await town.get("/grid-cells")).json()["items"]) == 3
    then = (await town.get("/grid-cells", at="2020-12-31T23:59:59Z")).json()["items"]
    assert {one["valid_until"] for one in then} == {"2021-01-01T00:00:00.000Z"}
    assert len(then) == 4


async def test_a_plan_published_for_later_waits(town: Ground) -> None:
    made = await town.put_in_force([*four(), unit(ONE, 3, -1, 0)], FUTURE)
    assert made["effective_from"] == FUTURE
    assert len((await town.get("/grid-cells")).json()["items"]) == 4
    assert len((await town.get("/grid-cells", at=FUTURE)).json()["items"]) == 5


async def test_nothing_is_published_before_or_at_the_start_of_a_published_plan(town: Ground) -> None:
    made = await town.draft(four())
    for instant in ("2019-01-01T00:00:00Z", "2020-01-01T00:00:00Z"):
        answer = await town.publish(made["id"], instant)
        assert (answer.status_code, answer.json()["type"]) == (409, "/problems/plan-too-early")


async def test_a_plan_is_published_once(town: Ground) -> None:
    published = (await town.get("/grid-plans")).json()["items"][0]
    answer = await town.publish(published["id"], FUTURE)
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/plan-not-draft")
    assert (await town.post(f"/grid-plans/{published['id']}/check")).json()["errors"] == 0


async def test_an_area_is_divided_by_one_plan_not_also_by_one_of_its_parts(town: Ground) -> None:
    made = await town.draft([unit(ONE, 7, 9, 9)], area=STREET)
    answer = await town.publish(made["id"], "2021-01-01T00:00:00Z")
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/area-divided-elsewhere")


async def test_publishing_needs_the_version_and_a_key(town: Ground) -> None:
    made = await town.draft(four())
    path = f"/v1/grid-plans/{made['id']}/publish"
    keyless = await town.client.post(path, headers=town.headers | {"If-Match": "*"})
    bare = await town.client.post(path, headers=town.headers | {"Idempotency-Key": "k"})
    stale = await town.publish(made["id"], based_on='"9"')
    assert [keyless.status_code, bare.status_code, stale.status_code] == [400, 428, 412]


async def test_a_check_does_not_change_what_publishing_is_based_on(ground: Ground) -> None:
    await ground.add_tree()
    made = await ground.draft(four())
    await ground.post(f"/grid-plans/{made['id']}/check")
    assert (await ground.publish(made["id"], based_on='"1"')).status_code == 200


async def test_cells_that_share_a_border_are_neighbours_and_those_that_meet_in_a_corner_are_not(town: Ground) -> None:
    shown = (await town.get(f"/grid-cells/{ONE}001")).json()
    assert shown["neighbours"] == [f"{ONE}002", f"{TWO}001"]


async def test_borders_that_rounding_has_moved_by_a_centimetre_still_make_neighbours(ground: Ground) -> None:
    await ground.add_tree()
    tall = square(0, 0, 1, 2)
    off = [[lon + 1e-7 if lon == 118.601 else lon, lat] for lon, lat in square(1, 0)]
    await ground.put_in_force([cell(f"{ONE}001", tall), cell(f"{TWO}001", off), unit(TWO, 2, 1, 1)])
    assert (await ground.get(f"/grid-cells/{ONE}001")).json()["neighbours"] == [f"{TWO}001", f"{TWO}002"]


async def test_publishing_is_recorded_once(town: Ground, db: Database) -> None:
    made = (await town.get("/grid-plans")).json()["items"][0]
    async with db.read() as session:
        rows = await session.execute(text("SELECT subject_id FROM outbox WHERE topic = 'grid_plan.published'"))
        assert rows.scalars().all() == [UUID(made["id"])]
