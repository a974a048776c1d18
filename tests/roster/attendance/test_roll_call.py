"""A roll call says of every shift that should be on who is there, who is late and who is missing."""

from typing import Any

import pytest
from sqlalchemy import text

from tests.roster.world import World, at

Seen = tuple[str, int, dict[str, str]]


async def roll(world: World, name: str = "a_dispatcher", **asked: Any) -> dict[str, Any]:
    """The roll call."""
    answer = await world.get(name, "/v1/roll-call", **asked)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def seen(world: World, **asked: Any) -> list[Seen]:
    """Each shift with its minutes late and where its people are."""
    shifts = (await roll(world, **asked))["shifts"]
    return [(s["presence"], s["late_min"], {m["number"]: m["presence"] for m in s["crew"]}) for s in shifts]


@pytest.mark.parametrize(
    ("start", "presence", "late_min"),
    [(-0.06, "expected", 3), (-0.21, "late", 12), (-0.61, "no_show", 36)],
)
async def test_a_crew_that_is_not_there_is_expected_then_late_then_missing(
    world: World, start: float, presence: str, late_min: int
) -> None:
    await world.shift(start=start)
    assert await seen(world) == [(presence, late_min, {"U1": presence, "M1": presence})]


async def test_a_crew_that_came_is_present_however_late(world: World) -> None:
    await world.on_duty(start=-0.61)
    assert await seen(world) == [("present", 36, {"U1": "present", "M1": "present"})]


async def test_of_a_crew_that_came_who_was_called_and_not_there_is_missing(world: World) -> None:
    made = await world.on_duty(start=-0.61)
    body = {"marks": [{"officer": "M1", "present": False, "note": "病假"}]}
    answer = await world.post("a_leader", f"/v1/shifts/{made['id']}/roll-call", body)
    assert answer.status_code == 201
    assert [(m["number"], m["presence"], m["note"]) for m in answer.json()["crew"]] == [
        ("U1", "present", None),
        ("M1", "no_show", "病假"),
    ]


async def test_the_newest_mark_counts_and_the_older_ones_stay(world: World) -> None:
    made = await world.on_duty(start=-0.61)
    for present in (False, True):
        body = {"marks": [{"officer": "M1", "present": present}]}
        await world.post("a_dispatcher", f"/v1/shifts/{made['id']}/roll-call", body)
    assert (await seen(world))[0][2] == {"U1": "present", "M1": "present"}
    async with world.database.read() as session:
        assert await session.scalar(text("SELECT count(*) FROM roll_call_mark")) == 2


async def test_somebody_is_there_before_the_crew_has_signed_on(world: World) -> None:
    made = await world.shift(start=-0.21)
    body = {"marks": [{"officer": "M1", "present": True}]}
    await world.post("a_leader", f"/v1/shifts/{made['id']}/roll-call", body)
    assert await seen(world) == [("late", 12, {"U1": "late", "M1": "present"})]


async def test_officers_are_counted_by_department(world: World) -> None:
    await world.on_duty(start=-0.21)
    await world.shift(start=-0.61, patrol="PA", crew=[{"officer": "U2", "is_leader": True}])
    totals = {one["department"]["code"]: one["officers"] for one in (await roll(world))["totals"]}
    assert totals == {"M": {"present": 1}, "U": {"present": 1, "no_show": 1}}


async def test_as_it_was_then_is_not_changed_by_what_came_later(world: World) -> None:
    await world.on_duty(start=-0.61)
    assert await seen(world, at=at(-0.4)) == [("late", 12, {"U1": "late", "M1": "late"})]
    assert await seen(world, at=at(-1)) == []


async def test_a_shift_that_went_over_its_end_is_still_called(world: World) -> None:
    made = await world.on_duty(start=-2, end=0.5)
    async with world.database.write() as session:
        await session.execute(text("UPDATE shift SET ends_at = now() - interval '20 min'"))
    (shown,) = (await roll(world))["shifts"]
    assert (shown["id"], shown["presence"], shown["overdue_min"]) == (made["id"], "present", 20)
    assert (await world.get("a_dispatcher", f"/v1/shifts/{made['id']}")).json()["is_overdue"] is True


async def test_who_joined_during_the_shift_is_late_from_then_on_only(world: World) -> None:
    made = await world.on_duty(start=-2.01)
    await world.post("a_leader", f"/v1/shifts/{made['id']}/crew", {"add": ["U2"], "remove": ["M1"], "reason": "r"})
    (shown,) = (await roll(world))["shifts"]
    assert [(m["number"], m["presence"], m["late_min"]) for m in shown["crew"]] == [
        ("U1", "present", 120),
        ("U2", "present", 0),
    ]


async def test_a_roll_call_is_of_what_the_caller_sees_at_a_centre(world: World) -> None:
    await world.on_duty()
    counts = {name: len((await roll(world, name))["shifts"]) for name in ("district", "u_desk", "b_dispatcher")}
    assert counts == {"district": 1, "u_desk": 1, "b_dispatcher": 0}
    assert (len(await seen(world, centre="D")), len(await seen(world, centre="B"))) == (1, 0)


async def test_the_leader_calls_a_crew_while_its_shift_is_on(world: World) -> None:
    made = await world.shift(start=2)
    body = {"marks": [{"officer": "M1", "present": True}]}
    path = f"/v1/shifts/{made['id']}/roll-call"
    assert (await world.post("a_leader", path, body)).status_code == 409
    made = await world.on_duty(end=1)
    path = f"/v1/shifts/{made['id']}/roll-call"
    answers = [(await world.post(name, path, body)).status_code for name in ("a_member", "b_dispatcher", "a_leader")]
    assert answers == [403, 404, 201]
    stranger = {"marks": [{"officer": "V1", "present": True}]}
    assert (await world.post("a_leader", path, stranger)).json()["unknown"] == ["V1"]
    await world.post("a_leader", f"/v1/shifts/{made['id']}/sign-off")
    assert (await world.post("a_leader", path, body)).status_code == 409


@pytest.mark.parametrize("asked", [{"at": "yesterday"}, {"at": "0001-01-01T00:00:00+14:00"}, {"centre": "\x00"}])
async def test_what_is_no_instant_or_code_is_refused(world: World, asked: dict[str, str]) -> None:
    assert (await world.get("a_dispatcher", "/v1/roll-call", **asked)).status_code == 422
