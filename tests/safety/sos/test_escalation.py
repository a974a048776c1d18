"""An SOS that nobody acknowledges goes up rung by rung, each exactly once, whatever happens to the workers."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from app.safety.sos import queries, service
from tests.roster.world import World

RUNGS = text("SELECT level, told_at IS NOT NULL, roles FROM sos_escalation ORDER BY level")
OLDER = text("UPDATE sos SET raised_at = raised_at - CAST(:by AS interval), due_at = due_at - CAST(:by AS interval)")
SCOPES = text("SELECT scope FROM outbox WHERE topic IN ('sos.escalated', 'sos.acknowledged')")
FACTS = text("SELECT payload FROM outbox WHERE topic = 'sos.escalated' ORDER BY id")


class Crash(BaseException):
    """The worker dies here."""


async def raised_ago(world: World, seconds: int) -> dict[str, Any]:
    """An SOS of a crew on duty, so many seconds old."""
    await world.on_duty()
    sos: dict[str, Any] = (await world.post("a_member", "/v1/sos")).json()
    await age(world, seconds)
    return sos


async def age(world: World, seconds: int) -> None:
    """Let time pass."""
    async with world.database.write() as session:
        await session.execute(OLDER, {"by": timedelta(seconds=seconds)})


async def sweep(world: World) -> int:
    """What the worker does every second."""
    async with world.database.write() as session:
        return await service.escalate(session, 100)


async def rungs(world: World) -> tuple[list[tuple[int, bool, list[str]]], list[dict[str, Any]]]:
    """The rungs on record, and the facts told."""
    async with world.database.read() as session:
        told = [(level, is_told, roles) for level, is_told, roles in await session.execute(RUNGS)]
        return told, list(await session.scalars(FACTS))


async def test_within_the_limit_nobody_else_is_told(world: World) -> None:
    await raised_ago(world, 59)
    assert await sweep(world) == 0
    assert await rungs(world) == ([], [])


async def test_after_the_limit_the_leader_is_told_then_the_district(world: World) -> None:
    sos = await raised_ago(world, 61)
    for _ in range(3):
        assert await sweep(world) == 1
        assert await sweep(world) == 0
        await age(world, 60)
    told, facts = await rungs(world)
    assert told == [(1, True, ["leader"]), (2, True, ["dispatcher", "shift_leader"]), (3, True, ["leader"])]
    centres = [fact["told_centre_id"] for fact in facts]
    assert centres == [str(world.places[code]) for code in "ADD"]
    shown = (await world.get("district", f"/v1/sos/{sos['id']}")).json()
    assert [(rung["level"], rung["centre"]) for rung in shown["escalations"]] == [(1, "A"), (2, "D"), (3, "D")]


async def test_every_step_is_a_fact_for_who_is_told_the_centre_and_the_crew(world: World) -> None:
    sos = await raised_ago(world, 121)
    await sweep(world)
    await world.post("a_dispatcher", f"/v1/sos/{sos['id']}/transitions", {"action": "acknowledge"})
    async with world.database.read() as session:
        scopes = [set(scope) for scope in await session.scalars(SCOPES)]
    crew = await world.told(*"AUM")
    assert scopes == [crew | {world.places["D"]}, crew]


async def test_above_the_top_there_is_nobody(world: World) -> None:
    sos = await raised_ago(world, 86_400)
    assert (await sweep(world), await sweep(world)) == (1, 0)
    shown = (await world.get("district", f"/v1/sos/{sos['id']}")).json()
    assert (shown["level"], shown["due_at"], shown["version"]) == (3, None, 1)


async def test_after_an_outage_the_highest_due_rung_is_told_once_and_the_skipped_are_on_record(world: World) -> None:
    await raised_ago(world, 130)
    await sweep(world)
    told, facts = await rungs(world)
    assert told == [(1, False, ["leader"]), (2, True, ["dispatcher", "shift_leader"])]
    assert [(fact["level"], fact["skipped"]) for fact in facts] == [(2, [1])]


async def test_what_is_acknowledged_goes_no_further(world: World) -> None:
    sos = await raised_ago(world, 30)
    await world.post("a_dispatcher", f"/v1/sos/{sos['id']}/transitions", {"action": "acknowledge"})
    await age(world, 600)
    assert (await sweep(world), await rungs(world)) == (0, ([], []))


async def test_the_limit_is_the_centres(world: World) -> None:
    async with world.database.write() as session:
        await session.execute(text("""UPDATE centre SET settings = '{"sos_limit_s": 600}'"""))
    await raised_ago(world, 590)
    assert await sweep(world) == 0
    await age(world, 20)
    assert await sweep(world) == 1


async def test_several_workers_tell_each_rung_once(racing: World) -> None:
    await raised_ago(racing, 61)
    assert sorted(await asyncio.gather(*(sweep(racing) for _ in range(6)))) == [0] * 5 + [1]
    told, facts = await rungs(racing)
    assert (len(told), len(facts)) == (1, 1)


@pytest.mark.parametrize("point", ["claimed", "rung decided", "all written"])
async def test_a_worker_that_dies_loses_nothing_and_repeats_nothing(
    racing: World, point: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await raised_ago(racing, 61)
    with monkeypatch.context() as patched:
        if point == "claimed":
            patched.setattr(queries, "chains", _dies)
        if point == "rung decided":
            patched.setattr(service, "_record", _dies)
        with pytest.raises(Crash):
            await _sweep_and_die(racing)
    assert await rungs(racing) == ([], [])
    assert (await sweep(racing), await sweep(racing)) == (1, 0)
    told, facts = await rungs(racing)
    assert (len(told), len(facts)) == (1, 1)


async def _dies(*_: Any, **__: Any) -> None:
    raise Crash


async def _sweep_and_die(world: World) -> None:
    async with world.database.write() as session:
        await service.escalate(session, 100)
        raise Crash
