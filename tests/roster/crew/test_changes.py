"""A crew's members change during a shift, on record, and never without exactly one leader."""

from typing import Any

import httpx
import pytest
from sqlalchemy import text

from tests.roster.world import World, shift

SEATS = text(
    "SELECT o.number, c.is_leader, c.left_at IS NULL, upper(c.during) = s.ends_at, lower(c.during) > s.starts_at"
    " FROM crew_member c JOIN officer o ON o.id = c.officer_id JOIN shift s ON s.id = c.shift_id ORDER BY 1"
)


async def change(world: World, made: dict[str, Any], name: str = "a_leader", **body: Any) -> httpx.Response:
    """Change the crew of a shift."""
    return await world.post(name, f"/v1/shifts/{made['id']}/crew", {"reason": "M1 送医"} | body)


async def test_who_leaves_is_cut_off_at_that_instant_and_who_joins_sits_from_then_on(world: World) -> None:
    made = await world.on_duty()
    shown = (await change(world, made, add=["U2"], remove=["M1"])).json()
    assert (shown["mix"], shown["version"]) == ({"U": 2}, 3)
    async with world.database.read() as session:
        seats = [tuple(row) for row in await session.execute(SEATS)]
    assert seats == [
        ("M1", False, False, False, False),
        ("U1", True, True, True, False),
        ("U2", False, True, True, True),
    ]


async def test_who_left_is_free_for_another_shift_from_then_on(world: World) -> None:
    made = await world.on_duty()
    body = shift(start=1, end=3, crew=[{"officer": "M1", "is_leader": True}])
    assert (await world.post("a_dispatcher", "/v1/shifts", body)).status_code == 409
    await change(world, made, remove=["M1"])
    assert (await world.post("a_dispatcher", "/v1/shifts", body)).status_code == 201


async def test_who_sits_elsewhere_does_not_join(world: World) -> None:
    made = await world.on_duty()
    await world.shift(start=1, end=3, crew=[{"officer": "U2", "is_leader": True}])
    answer = await change(world, made, add=["U2"])
    assert (answer.status_code, answer.json()["detail"]) == (
        409,
        "An officer would sit on two shifts at the same time.",
    )


async def test_a_leader_leaves_only_when_somebody_else_leads(world: World) -> None:
    made = await world.on_duty()
    assert (await change(world, made, remove=["U1"])).status_code == 422
    shown = (await change(world, made, remove=["U1"], leader="M1")).json()
    assert [(m["number"], m["is_leader"]) for group in shown["crew"] for m in group["members"]] == [("M1", True)]


async def test_the_lead_passes_and_comes_back(world: World) -> None:
    made = await world.on_duty()
    for leader in ("M1", "U1"):
        shown = (await change(world, made, "a_dispatcher", leader=leader)).json()
        leads = [m["number"] for group in shown["crew"] for m in group["members"] if m["is_leader"]]
        assert leads == [leader]


async def test_who_left_may_come_back(world: World) -> None:
    made = await world.on_duty()
    await change(world, made, remove=["M1"])
    assert (await change(world, made, add=["M1"])).json()["mix"] == {"U": 1, "M": 1}


async def test_every_change_is_on_record_with_its_reason(world: World) -> None:
    made = await world.on_duty()
    await change(world, made, add=["U2"], remove=["U1"], leader="U2")
    items = (await world.get("a_dispatcher", f"/v1/shifts/{made['id']}/crew")).json()["items"]
    assert [(one["step"], one["officer"], one["department"], one["by"]) for one in items] == [
        ("left", "U1", "U", "a_leader"),
        ("joined", "U2", "U", "a_leader"),
        ("took_lead", "U2", "U", "a_leader"),
    ]
    assert {one["reason"] for one in items} == {"M1 送医"}
    assert (await world.get("b_dispatcher", f"/v1/shifts/{made['id']}/crew")).status_code == 404


async def test_who_left_does_not_act_for_the_crew_any_more(world: World) -> None:
    made = await world.on_duty()
    await change(world, made, remove=["M1"])
    assert (await world.post("a_member", f"/v1/shifts/{made['id']}/sign-off")).status_code == 403
    sos = (await world.post("a_member", "/v1/sos")).json()
    assert sos["patrol"] is None


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"add": ["V1"]}, 422),
        ({"add": ["X9"]}, 422),
        ({"add": ["M1"]}, 422),
        ({"remove": ["U2"]}, 422),
        ({"leader": "U2"}, 422),
        ({"remove": ["U1", "M1"]}, 422),
        ({"add": ["U2"], "remove": ["U2"]}, 422),
        ({"reason": ""}, 422),
        ({}, 422),
    ],
)
async def test_a_change_that_cannot_be_is_refused(world: World, body: dict[str, Any], status: int) -> None:
    assert (await change(world, await world.on_duty(), **body)).status_code == status


async def test_the_leader_or_who_runs_the_duty_changes_it(world: World) -> None:
    made = await world.on_duty()
    answers = [(await change(world, made, name, add=["U2"])).status_code for name in ("a_member", "b_dispatcher")]
    assert answers == [403, 404]


async def test_a_crew_changes_while_its_shift_runs(world: World) -> None:
    made = await world.shift(start=2)
    early = await change(world, made, add=["U2"])
    assert (early.status_code, early.json()["type"]) == (409, "/problems/not-running")
    made = await world.on_duty(end=1.5)
    await world.post("a_leader", f"/v1/shifts/{made['id']}/sign-off")
    assert (await change(world, made, "a_dispatcher", add=["U2"])).status_code == 409


async def test_of_a_crew_that_signed_on_early_nothing_stays_of_who_never_began(world: World) -> None:
    made = await world.on_duty(start=0.9)
    assert (await change(world, made, remove=["M1"])).json()["mix"] == {"U": 1}
    assert (await change(world, made, add=["M1"])).json()["mix"] == {"U": 1, "M": 1}
