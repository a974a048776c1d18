"""A fix belongs to the duty during which it was observed, whenever it comes; off duty nothing is kept."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from app.core.settings import Settings
from app.patrol import service
from app.patrol.batch import Batch
from app.patrol.schemas import Fix
from app.patrol.service import Sender
from tests.patrol.fixes import fix, history, latest, send
from tests.roster.world import World

DUTY = text(
    "UPDATE shift SET signed_on_at = now() - :on * interval '1 minute', starts_at = now() - :on * interval '1 minute',"
    " ends_at = now() + (:planned - :on) * interval '1 minute', signed_off_at = now() - :off * interval '1 minute'"
)
SEATS = text("UPDATE crew_member SET during = tstzrange(starts_at, ends_at) FROM shift WHERE id = shift_id")
MINUTE = 60


async def on_duty(world: World, on: float, off: float | None = None, planned: float = 480) -> None:
    """PA was on duty from so many minutes ago to so many minutes ago; its shift was planned for so many minutes."""
    await world.on_duty()
    async with world.database.write() as session:
        await session.execute(DUTY, {"on": on, "off": off, "planned": planned})
        await session.execute(SEATS)


@pytest.mark.parametrize(("minutes_ago", "kept"), [(126, 0), (124, 1), (90, 1), (60, 1), (56, 1), (54, 0), (1, 0)])
async def test_a_fix_that_comes_after_duty_is_kept_if_it_was_observed_on_duty(
    world: World, minutes_ago: float, kept: int
) -> None:
    await on_duty(world, on=120, off=60)
    stored, _, refused = await send(world, fix(minutes_ago * MINUTE))
    assert (stored, refused) == ((1, {}) if kept else (0, {0: "not_on_duty"}))
    assert (await latest(world), len(await history(world))) == ([], stored)


async def test_of_a_mixed_batch_the_late_fixes_are_history_and_nobody_is_put_back_on_the_map(world: World) -> None:
    await on_duty(world, on=120, off=60)
    assert await send(world, fix(70 * MINUTE), fix(0)) == (1, 0, {1: "not_on_duty"})
    async with world.database.read() as session:
        assert await session.scalar(text("SELECT every(p.shift_id = s.id) FROM position p, shift s"))
    assert await latest(world) == []


async def test_a_crew_that_forgets_to_sign_off_is_not_followed_home(world: World) -> None:
    await on_duty(world, on=800, planned=480)
    assert await send(world, fix(90 * MINUTE), fix(70 * MINUTE)) == (1, 0, {1: "not_on_duty"})
    assert await latest(world) == []


async def test_who_is_off_duty_or_forgot_to_sign_off_is_forgotten_by_the_next_sweep(world: World) -> None:
    await world.on_duty()
    await send(world, fix(1))
    async with world.database.write() as session:
        assert await service.forget_off_duty(session) == 0
        await session.execute(DUTY, {"on": 800, "off": None, "planned": 480})
        assert await service.forget_off_duty(session) == 1
    assert await latest(world) == []


async def test_between_two_shifts_a_fix_is_of_the_one_that_runs(world: World) -> None:
    await on_duty(world, on=120, off=60)
    async with world.database.write() as session:
        await session.execute(text("UPDATE crew_member SET during = 'empty'"))
    second = await world.shift()
    assert (await world.post("a_leader", f"/v1/shifts/{second['id']}/sign-on")).status_code == 200
    await send(world, fix(62 * MINUTE), fix(2 * MINUTE))
    async with world.database.read() as session:
        of_second = [str(one) == second["id"] for one in await session.scalars(text("SELECT shift_id FROM position"))]
    assert sorted(of_second) == [False, True]


@pytest.mark.parametrize("bound", ["patrol_id", "officer_id", "account_id"])
async def test_a_device_gives_positions_of_what_it_is_bound_to_only(
    world: World, settings: Settings, bound: str
) -> None:
    made: dict[str, Any] = await world.on_duty()
    officer = made["crew"][0]["members"][0]["officer_id"]
    ids = {"patrol_id": made["patrol"]["id"], "officer_id": officer, "account_id": str(world.accounts["a_leader"])}
    given: dict[str, Any] = {bound: UUID(ids[bound])}
    sender = Sender(**given)
    batch = Batch.of(Fix.model_validate(one) for one in (fix(5), fix(4, patrol="PA")))
    async with world.database.position_lane() as lane:
        answer = await service.store(lane, sender, batch, settings.track_keep_days)
    assert (answer.stored, [one.reason.value for one in answer.not_stored]) == (1, ["unknown_patrol"])


async def test_who_joins_or_leaves_during_the_shift_gives_positions_only_meanwhile(world: World) -> None:
    await on_duty(world, on=120)
    async with world.database.write() as session:
        await session.execute(
            text("UPDATE crew_member SET during = tstzrange(now() - interval '1 hour', upper(during))")
        )
        await session.execute(text("UPDATE crew_member SET left_at = now() - interval '20 minutes'"))
    sent = (fix(100 * MINUTE), fix(40 * MINUTE), fix(5 * MINUTE))
    assert await send(world, *sent) == (1, 0, {0: "not_on_duty", 2: "not_on_duty"})
