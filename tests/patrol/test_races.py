"""Positions that come at the same time as each other, or as signing off."""

import asyncio
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from app.core.db import Database
from app.patrol import queries
from tests.patrol.fixes import fix, history
from tests.roster import world as small
from tests.roster.world import World


@pytest.fixture
async def racing(api: FastAPI, own_db: Database, own_client: httpx.AsyncClient) -> World:
    """The district on a database where transactions race."""
    made = await small.make(api, own_client, own_db)
    await made.on_duty()
    return made


async def _newest(world: World) -> datetime | None:
    async with world.database.read() as session:
        found: datetime | None = await session.scalar(text("SELECT max(observed_at) FROM latest_position"))
        return found


async def test_of_many_at_once_the_newest_stays(racing: World) -> None:
    instants = [datetime.now(UTC) - timedelta(milliseconds=100 * n) for n in range(20)]

    async def send(instant: datetime) -> int:
        fixes: list[dict[str, Any]] = [{"observed_at": instant.isoformat(), "location": [118.6, 32]}]
        return (await racing.post("a_member", "/v1/positions", {"positions": fixes})).status_code

    assert set(await asyncio.gather(*map(send, reversed(instants)))) == {200}
    assert await _newest(racing) == instants[0]


async def test_a_position_that_meets_the_signing_off_is_not_left_behind(racing: World) -> None:
    shift_id = (await racing.get("a_member", "/v1/shifts")).json()["items"][0]["id"]

    async def send() -> int:
        fixes = [{"observed_at": datetime.now(UTC).isoformat(), "location": [118.6, 32]}]
        return (await racing.post("a_member", "/v1/positions", {"positions": fixes})).status_code

    async def sign_off() -> int:
        return (await racing.post("a_leader", f"/v1/shifts/{shift_id}/sign-off")).status_code

    answers = await asyncio.gather(*(send() for _ in range(10)), sign_off(), *(send() for _ in range(10)))
    assert set(answers) <= {200, 503}, "busy is an answer too"
    assert answers[10] == 200
    assert await _newest(racing) is None


@pytest.mark.parametrize("bulk", [1, 1000])
async def test_batches_that_hold_the_same_fixes_do_not_stop_each_other(
    racing: World, monkeypatch: pytest.MonkeyPatch, bulk: int
) -> None:
    monkeypatch.setattr(queries, "BULK", bulk)
    fixes = [fix(n / 10, device_id=device) for n in range(100) for device in "ab"]
    shuffled = [random.Random(n).sample(fixes, 150) for n in range(6)]
    answers = await asyncio.gather(*(racing.post("a_member", "/v1/positions", {"positions": s}) for s in shuffled))
    assert {answer.status_code for answer in answers} == {200}
    there = {(one["observed_at"], one["device_id"]) for batch in shuffled for one in batch}
    assert sum(answer.json()["stored"] for answer in answers) == len(there) == len(await history(racing))
