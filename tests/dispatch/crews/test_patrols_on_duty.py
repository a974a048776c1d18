"""Dispatchers see who is on duty, where and how busy; nobody leaves with work in hand."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from app.core.db import Session
from app.dispatch.models import Assignment
from app.incident.models import Incident
from app.incident.workflow import Status
from tests.roster.world import World

HERE = {"location": [118.5, 32.1]}


async def assigned(world: World, *, is_active: bool) -> str:
    """An incident that PA is on its way to, or will be after another."""
    async with world.database.write() as session:
        return await assign(world, session, is_active=is_active)


async def assign(world: World, session: Session, *, is_active: bool) -> str:
    """The same in a transaction that is somebody else's."""
    rows = await session.execute(text("SELECT code, id FROM patrol UNION SELECT code, id FROM grid_cell"))
    ids = {code: found for code, found in rows}  # noqa: C416  # rows are not pairs to the type checker
    centre: UUID = world.places["A"]
    incident = Incident(
        number=f"N{is_active}",
        status=next(iter(Status)).value,
        status_since=datetime.now(UTC),
        description="",
        priority=3,
        source="test",
        reporter_id=world.accounts["a_dispatcher"],
        location="SRID=4326;POINT(118.5 32.1)",
        cell_id=ids["C1"],
        area_id=world.places["area A"],
        home_centre_id=centre,
        commanding_centre_id=centre,
        root_centre_id=world.places["D"],
    )
    session.add(incident)
    await session.flush()
    session.add(
        Assignment(
            incident_id=incident.id,
            patrol_id=ids["PA"],
            state="accepted",
            is_active=is_active,
            is_stacked=not is_active,
            offered_at=datetime.now(UTC),
        )
    )
    await session.flush()
    return f"N{is_active}"


async def found(world: World, name: str = "district", **wanted: Any) -> list[str]:
    answer = await world.get(name, "/v1/patrols", **wanted)
    assert answer.status_code == 200, answer.text
    return [patrol["code"] for patrol in answer.json()["items"]]


async def test_a_patrol_on_duty_shows_crew_beat_and_position(world: World) -> None:
    made = await world.shift()
    await world.post("a_leader", f"/v1/shifts/{made['id']}/sign-on", HERE)
    answer = await world.get("a_dispatcher", "/v1/patrols/PA")
    seen = answer.json()
    assert (seen["availability"], seen["shift"]["id"], seen["shift"]["beat"]["code"]) == ("available", made["id"], "A1")
    assert (seen["shift"]["mix"], seen["shift"]["crew"][0]["members"][0]["number"]) == ({"U": 1, "M": 1}, "U1")
    assert seen["position"]["location"] == {"type": "Point", "coordinates": [118.5, 32.1]}
    assert (seen["position"]["age_s"], seen["active"], seen["stacked"], answer.headers["etag"]) == (0, None, [], '"1"')


async def test_a_patrol_is_found_by_id_as_by_code(world: World) -> None:
    one = (await world.get("a_dispatcher", "/v1/patrols/PA")).json()
    assert (await world.get("a_dispatcher", f"/v1/patrols/{one['id']}")).json()["code"] == "PA"


async def test_availability_follows_duty_and_assignments(world: World) -> None:
    async def now() -> tuple[str, Any, list[str]]:
        seen = (await world.get("district", "/v1/patrols/PA")).json()
        return (
            seen["availability"],
            seen["active"] and seen["active"]["incident"],
            [s["incident"] for s in seen["stacked"]],
        )

    assert await now() == ("off_duty", None, [])
    await world.on_duty()
    await assigned(world, is_active=False)
    assert await now() == ("available", None, ["NFalse"])
    await assigned(world, is_active=True)
    assert await now() == ("busy", "NTrue", ["NFalse"])
    assert await found(world, availability="busy") == ["PA"]
    assert await found(world, availability="available") == []


@pytest.mark.parametrize("is_active", [True, False])
async def test_nobody_signs_off_with_work_in_hand(world: World, is_active: bool) -> None:  # noqa: FBT001  # a case
    made = await world.on_duty()
    number = await assigned(world, is_active=is_active)
    answer = await world.post("a_leader", f"/v1/shifts/{made['id']}/sign-off")
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/still-assigned")
    assert answer.json()["incidents"] == [number]


async def test_patrols_are_found_by_duty_centre_cell_beat_and_box(world: World) -> None:
    made = await world.shift()
    await world.post("a_leader", f"/v1/shifts/{made['id']}/sign-on", HERE)
    assert await found(world) == ["PA", "PB"]
    assert await found(world, on_duty="false") == ["PB"]
    for wanted in ({"on_duty": "true"}, {"centre": "A"}, {"cell": "C1"}, {"beat": "A1"}, {"bbox": "118,32,119,33"}):
        assert await found(world, **wanted) == ["PA"]
    assert await found(world, centre="D") == ["PA", "PB"]
    assert await found(world, bbox="110,32,111,33") == await found(world, cell="C2") == []


async def test_a_street_does_not_see_anothers_patrols(world: World) -> None:
    await world.on_duty()
    assert await found(world, "b_dispatcher") == ["PB"]
    assert (await world.get("b_dispatcher", "/v1/patrols/PA")).status_code == 404


async def test_a_desk_sees_a_patrol_while_its_people_are_on_it(world: World) -> None:
    assert await found(world, "u_desk") == []
    await world.on_duty()
    assert await found(world, "u_desk") == ["PA"]


async def test_pages_of_patrols_follow_each_other(world: World) -> None:
    page = (await world.get("district", "/v1/patrols", limit=1)).json()
    rest = (await world.get("district", "/v1/patrols", limit=1, cursor=page["next"])).json()
    assert ([p["code"] for p in page["items"] + rest["items"]], rest["next"]) == (["PA", "PB"], None)


@pytest.mark.parametrize("wanted", [{"bbox": "1,2,3"}, {"bbox": "a,b,c,d"}, {"cell": "\x00"}, {"cursor": "WzFd"}])
async def test_a_question_of_the_wrong_shape_is_refused(world: World, wanted: dict[str, str]) -> None:
    assert (await world.get("district", "/v1/patrols", **wanted)).status_code == 422
