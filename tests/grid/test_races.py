"""Plans published at the same time."""

import asyncio
from datetime import UTC, datetime

import httpx
from fastapi import FastAPI
from sqlalchemy import func, select

from app.core.db import Database
from app.grid.models import GridCell, GridPlan
from tests.grid.conftest import CENTRE, centre, headers
from tests.grid.ground import Ground, four


async def test_of_plans_published_at_once_one_is_in_force_at_any_instant(
    own_client: httpx.AsyncClient, api: FastAPI, own_db: Database
) -> None:
    ground = Ground(own_client, await headers(api, own_db, "administrator", await centre(own_db, CENTRE)))
    await ground.add_tree()
    drafts = [await ground.draft(four()) for _ in range(6)]
    instant = datetime(2020, 1, 1, tzinfo=UTC).isoformat()
    answers = await asyncio.gather(*(ground.publish(one["id"], instant) for one in drafts))
    assert sorted(one.status_code for one in answers) == [200, 409, 409, 409, 409, 409]
    async with own_db.read() as session:
        assert await session.scalar(select(func.count()).where(GridPlan.status == "published")) == 1
        assert await session.scalar(select(func.count()).where(GridCell.valid_from.is_not(None))) == 4
