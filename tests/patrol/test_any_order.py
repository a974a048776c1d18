"""Any order, repetition and splitting of the same fixes ends in the same history and the same latest position."""

import random
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from app.core.db import Database
from app.patrol import queries, service
from app.patrol.batch import Batch
from app.patrol.schemas import Fix
from app.patrol.service import Sender
from tests.roster.world import World

ON = datetime.now(UTC) - timedelta(hours=2)
DUTY = text("UPDATE shift SET signed_on_at = :on, starts_at = :on")
HISTORY = text("SELECT to_jsonb(p) - 'received_at' FROM position p ORDER BY observed_at, device_id")
LATEST = text("SELECT patrol_id, observed_at, device_id, ST_AsText(location) FROM latest_position")
EMPTY = text("WITH gone AS (DELETE FROM latest_position) DELETE FROM position")

moments = st.tuples(st.integers(-600, 7200), st.sampled_from(["a", "b"]))
places = st.tuples(st.floats(118, 119), st.floats(31, 33))
marks = st.tuples(st.none() | st.floats(0, 500), st.none() | st.floats(0, 100))
fixes = st.dictionaries(moments, st.tuples(places, marks), min_size=1, max_size=25)


def written(moment: tuple[int, str], told: Any) -> Fix:
    """A fix so many seconds after signing on, of one of two devices; some are from before it."""
    (second, device), ((lon, lat), (accuracy_m, speed_mps)) = moment, told
    at = ON + timedelta(seconds=second)
    return Fix(device_id=device, observed_at=at, location=[lon, lat], accuracy_m=accuracy_m, speed_mps=speed_mps)


async def outcome(database: Database, sender: Sender, batches: list[list[Fix]]) -> Any:
    """What is stored after these batches, and after that nothing again."""
    async with database.position_lane() as lane:
        for batch in batches:
            await service.store(lane, sender, Batch.of(batch), 30)
    async with database.write() as session:
        stored = [tuple(await session.scalars(HISTORY)), [tuple(row) for row in await session.execute(LATEST)]]
        await session.execute(EMPTY)
    return stored


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(told=fixes, cuts=st.lists(st.integers(0, 60), max_size=4), seed=st.integers(0, 9), bulk=st.sampled_from([1, 99]))
async def test_any_order_repetition_and_splitting_end_in_the_same(
    world: World, monkeypatch: Any, told: dict[Any, Any], cuts: list[int], seed: int, bulk: int
) -> None:
    monkeypatch.setattr(queries, "BULK", bulk)
    sender = Sender(patrol_id=await patrol_on_duty(world))
    once = [written(moment, said) for moment, said in told.items()]
    history, latest = await outcome(world.database, sender, [once])
    shuffled = random.Random(seed).sample(once * 2, 2 * len(once))
    places = sorted({0, *(min(cut, len(shuffled)) for cut in cuts), len(shuffled)})
    batches = [shuffled[a:b] for a, b in pairwise(places)]
    assert await outcome(world.database, sender, batches) == [history, latest]
    kept = {(one.observed_at, one.device_id) for one in once if one.observed_at >= ON - timedelta(minutes=5)}
    assert len(history) == len(kept)
    assert [(at, device) for _, at, device, _ in latest] == sorted(kept)[-1:]


async def patrol_on_duty(world: World) -> Any:
    """PA, on duty since two hours ago."""
    async with world.database.write() as session:
        found = await session.scalar(text("SELECT patrol_id FROM shift"))
    if found is None:
        await world.on_duty()
        async with world.database.write() as session:
            await session.execute(DUTY, {"on": ON})
            found = await session.scalar(text("SELECT patrol_id FROM shift"))
    return found
