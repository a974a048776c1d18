"""The migrations and the models say the same, and every migration can be taken back."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from app import migrating
from tests import databases

TABLES = text("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
NOT_OURS = {"alembic_version", "spatial_ref_sys"}


@pytest.fixture(scope="module")
async def scratch(template: str) -> AsyncIterator[str]:
    async with databases.copied(template, "scratch") as url:
        yield url


async def our_tables(url: str) -> set[str]:
    engine = create_async_engine(url)
    async with engine.connect() as connection:
        found = set((await connection.execute(TABLES)).scalars())
    await engine.dispose()
    return found - NOT_OURS


def test_models_say_nothing_that_no_migration_says(scratch: str) -> None:
    migrating.compare(scratch)


async def test_a_migrated_database_has_tables(scratch: str) -> None:
    assert "outbox" in await our_tables(scratch)


def test_every_migration_can_be_taken_back_and_made_again(scratch: str) -> None:
    migrating.take_back(scratch)
    migrating.migrate(scratch)
    migrating.compare(scratch)
