"""A batch is one reading and one writing statement; a large one COPY, and a statement for the latest position."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from app.core.db import Database
from tests.command.test_statements import Counted
from tests.patrol.fixes import fix, send
from tests.roster.world import World


@pytest.mark.parametrize(("count", "statements"), [(1, 2), (50, 2), (100, 3)])
async def test_a_batch_takes_two_statements_or_three(
    world: World, db: Database, monkeypatch: pytest.MonkeyPatch, count: int, statements: int
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
    assert len(asked) == statements
