"""COPY and the statement store the same rows, whatever is left out and whatever words are said."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from app.core.db import Database
from app.patrol import queries, service
from app.patrol.batch import Batch
from app.patrol.schemas import Fix
from app.patrol.service import Sender
from tests.patrol.test_any_order import EMPTY, LATEST, patrol_on_duty
from tests.roster.world import World

ROWS = text(
    "SELECT to_jsonb(p) - 'received_at', ST_AsEWKB(location)::text FROM position p ORDER BY observed_at, device_id"
)
ON = datetime.now(UTC) - timedelta(hours=1)
told = st.fixed_dictionaries(
    {
        "observed_at": st.integers(0, 10**9).map(lambda after: ON + timedelta(microseconds=after)),
        "location": st.tuples(st.floats(-180, 180), st.floats(-90, 90)).map(list),
        "device_id": st.sampled_from([None, "a", "巡逻车-7", "x" * 100]),
        "datum": st.sampled_from(["wgs84", "gcj02"]),
        "accuracy_m": st.none() | st.floats(0, 1e6),
        "speed_mps": st.none() | st.floats(0, 1000),
        "heading_deg": st.none() | st.floats(0, 360),
        "battery": st.none() | st.floats(0, 100),
        "is_mock": st.booleans(),
    }
)


async def _stored(database: Database, sender: Sender, fixes: list[Fix]) -> tuple[Any, ...]:
    """The answer and the rows, which are deleted again."""
    async with database.position_lane() as lane:
        answer = await service.store(lane, sender, Batch.of(fixes), 30)
    async with database.write() as session:
        found = [[tuple(row) for row in await session.execute(asked)] for asked in (ROWS, LATEST)]
        await session.execute(EMPTY)
    return answer, *found


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(listed=st.lists(told, min_size=1, max_size=12))
async def test_copy_and_the_statement_store_the_same(
    world: World, monkeypatch: pytest.MonkeyPatch, listed: list[dict[str, Any]]
) -> None:
    sender = Sender(patrol_id=await patrol_on_duty(world))
    fixes = [Fix.model_validate(one) for one in listed]
    ways = []
    for bulk in (1, 10_000):
        monkeypatch.setattr(queries, "BULK", bulk)
        ways.append(await _stored(world.database, sender, fixes))
    copied, said = ways
    assert copied == said
    assert copied[0].stored == len({(one.observed_at, one.device_id) for one in fixes}) == len(copied[1])
