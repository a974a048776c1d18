"""A crew is on duty from signing on to signing off."""

from typing import Any

import pytest
from sqlalchemy import text

from tests.roster.world import HERE, World


async def _refused(world: World, name: str, shift_id: str) -> tuple[int, Any]:
    answer = await world.post(name, f"/v1/shifts/{shift_id}/sign-on", HERE)
    return answer.status_code, answer.json().get("reason")


@pytest.mark.parametrize(
    ("start", "end", "refusal"),
    [(1.1, 8, (409, "too_early")), (-8, -0.1, (409, "over")), (0.9, 8, (200, None)), (-8, 0.1, (200, None))],
)
async def test_a_crew_signs_on_from_an_hour_before_the_start_to_the_end(
    world: World, start: float, end: float, refusal: tuple[int, Any]
) -> None:
    made = await world.shift(start=start, end=end)
    assert await _refused(world, "a_member", made["id"]) == refusal


async def test_a_crew_signs_on_once(world: World) -> None:
    made = await world.on_duty()
    assert await _refused(world, "a_leader", made["id"]) == (409, "signed_on")


async def test_a_crew_that_signed_off_does_not_come_back(world: World) -> None:
    made = await world.on_duty()
    await world.post("a_leader", f"/v1/shifts/{made['id']}/sign-off")
    assert await _refused(world, "a_leader", made["id"]) == (409, "signed_off")


async def test_late_is_more_than_five_minutes_after_the_start(world: World) -> None:
    for start, late in ((-0.2, True), (-0.05, False)):
        made = await world.on_duty(start=start, end=0.5)
        shown = (await world.get("a_leader", f"/v1/shifts/{made['id']}")).json()
        assert (shown["is_late"], shown["on_duty"]) == (late, True)
        async with world.database.write() as session:
            await session.execute(text("DELETE FROM shift"))


async def test_a_dispatcher_of_the_centre_may_sign_a_crew_on(world: World) -> None:
    made = await world.shift()
    assert await _refused(world, "a_dispatcher", made["id"]) == (200, None)


async def test_others_may_not_sign_a_crew_on(world: World) -> None:
    made = await world.shift()
    assert await _refused(world, "a_idle", made["id"]) == (403, None)
    assert await _refused(world, "u_desk", made["id"]) == (403, None)
    assert await _refused(world, "b_dispatcher", made["id"]) == (404, None)


async def test_a_patrol_is_on_duty_on_one_shift(world: World) -> None:
    await world.on_duty()
    second = await world.shift(crew=[{"officer": "U2", "is_leader": True}])
    answer = await world.post("a_dispatcher", f"/v1/shifts/{second['id']}/sign-on")
    assert (answer.status_code, answer.json()["detail"]) == (409, "This patrol is on duty on another shift.")


async def test_signing_on_is_a_change_with_key_and_version(world: World) -> None:
    made = await world.shift()
    path = f"/v1/shifts/{made['id']}/sign-on"
    stale = await world.post("a_leader", path, **{"If-Match": '"9"'})
    token = {"Authorization": world.who("a_leader")["Authorization"]}
    bare = await world.client.post(path, headers=token)
    unversioned = await world.client.post(path, headers=token | {"Idempotency-Key": "k"})
    assert (stale.status_code, bare.status_code, unversioned.status_code) == (412, 400, 428)


async def test_a_handover_note_stays_with_the_shift(world: World) -> None:
    made = await world.on_duty()
    answer = await world.post("a_member", f"/v1/shifts/{made['id']}/sign-off", {"handover_note": "钥匙在值班室"})
    assert (answer.status_code, answer.json()["handover_note"], answer.json()["version"]) == (200, "钥匙在值班室", 3)
    assert answer.json()["on_duty"] is False


async def test_nobody_signs_off_from_a_shift_that_is_not_on_duty(world: World) -> None:
    made = await world.shift()
    answer = await world.post("a_leader", f"/v1/shifts/{made['id']}/sign-off")
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/not-on-duty")


async def test_each_step_is_a_fact_for_the_centre_and_the_departments(world: World) -> None:
    made = await world.on_duty()
    await world.post("a_leader", f"/v1/shifts/{made['id']}/sign-off")
    async with world.database.read() as session:
        rows = await session.execute(text("SELECT topic, scope FROM outbox WHERE topic LIKE 'shift.%' ORDER BY id"))
        facts = [(topic, set(scope)) for topic, scope in rows]
    scope = await world.told(*"AUM")
    assert facts == [(f"shift.{step}", scope) for step in ("planned", "signed_on", "signed_off")]
