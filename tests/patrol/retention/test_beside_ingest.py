"""Dropping a day waits for nobody long, and nobody waits long for it."""

import asyncio
from datetime import UTC, datetime, timedelta

import asyncpg
import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.core.db import Database, Session
from app.patrol.retention import queries, service
from tests.patrol.fixes import fix, send
from tests.roster import world as small


async def _in_forty_days(_: Session) -> datetime:
    return datetime.now(UTC) + timedelta(days=40)


async def test_a_day_that_is_read_is_dropped_another_time(own_db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "instant", _in_forty_days)
    async with own_db.read() as reader:
        await reader.execute(text("SELECT count(*) FROM position"))
        started = asyncio.get_running_loop().time()
        with pytest.raises(DBAPIError) as refused:
            await _drop(own_db)
        assert asyncio.get_running_loop().time() - started < 2
        assert isinstance(refused.value.orig.__cause__, asyncpg.LockNotAvailableError)  # type: ignore[union-attr]
    assert await _drop(own_db) == 1


async def test_days_come_and_go_while_fixes_are_stored(
    api: FastAPI, own_db: Database, own_client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = await small.make(api, own_client, own_db)
    await world.on_duty()
    monkeypatch.setattr(service, "instant", _in_forty_days)

    async def days() -> None:
        for _ in range(9):
            async with own_db.write() as session:
                assert await service.make_day(session, 60) == 1
        async with own_db.write() as session:
            old = min(await queries.days(session))
            await queries.drop_day(session, old)

    sent = await asyncio.gather(
        *(send(world, fix(n)) for n in range(15)), days(), *(send(world, fix(n + 15)) for n in range(15))
    )
    assert [one for one in sent if one is not None] == [(1, 0, {})] * 30


async def _drop(db: Database) -> int:
    async with db.write() as session:
        return await service.drop_day(session, 30)
