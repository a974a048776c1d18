"""A batch of positions is one reading and one writing statement."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from app.core.db import Database
from tests.command.test_statements import Counted
from tests.patrol.fixes import fix, send
from tests.roster.world import World


@pytest.mark.parametrize("count", [1, 50])
async def test_a_batch_takes_two_statements(
    world: World, db: Database, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    await world.on_duty()
    await send(world, fix(1))
    asked: list[str] = []
    opened = db.position_lane

    @asynccontextmanager
    async def counted() -> AsyncIterator[Any]:
        async with opened() as lane:
            yield Counted(lane, asked)

    monkeypatch.setattr(db, "position_lane", counted)
    assert await send(world, *(fix(2 + n / 10) for n in range(count))) == (count, 0, {})
    assert len(asked) == 2
