"""How Alembic reaches the database, and what it compares it with."""

import asyncio
import os
from collections.abc import Collection
from typing import Any

from alembic import context
from geoalchemy2 import alembic_helpers
from sqlalchemy import Connection, func, make_url, pool, select, text
from sqlalchemy.ext.asyncio import create_async_engine

import app.models  # noqa: F401  # every table must be known before the comparison
from app.core.db import Base

ONE_AT_A_TIME = 5_202_611
"""The advisory lock that lets only one process migrate."""
PARTITIONS = text("SELECT relname FROM pg_class WHERE relispartition AND relkind = 'r'")
"""Made and dropped as days go by: no model and no migration names them."""


def address() -> str:
    """The database named by the caller, else by the environment."""
    url = make_url(context.config.attributes.get("url") or os.environ["DATABASE_URL"])
    return url.set(drivername="postgresql+asyncpg").render_as_string(hide_password=False)


def configure(*, partitions: Collection[str] = (), **where: Any) -> None:
    """Set the comparison up, without PostGIS's own tables, the indexes of geometry columns, and partitions."""

    def include(*found: Any) -> bool:
        _, name, kind, *_ = found
        is_partition = kind == "table" and name in partitions
        return not is_partition and bool(alembic_helpers.include_object(*found))  # type: ignore[no-untyped-call]

    context.configure(
        target_metadata=Base.metadata,
        include_object=include,
        process_revision_directives=alembic_helpers.writer,
        render_item=alembic_helpers.render_item,
        compare_server_default=True,
        transaction_per_migration=True,
        **where,
    )


def migrate(connection: Connection) -> None:
    """Run what is asked, alone, and never wait long for a lock that live requests hold."""
    connection.execute(select(func.pg_advisory_lock(ONE_AT_A_TIME)))
    connection.execute(select(func.set_config("lock_timeout", "10s", False)))
    partitions = set(connection.scalars(PARTITIONS))
    connection.commit()  # the lock is the session's; in a transaction still open Alembic would not commit its own
    configure(connection=connection, partitions=partitions)
    with context.begin_transaction():
        context.run_migrations()


async def online() -> None:
    """Migrate over one connection of our own."""
    engine = create_async_engine(address(), poolclass=pool.NullPool)
    async with engine.connect() as connection:
        await connection.run_sync(migrate)
    await engine.dispose()


if context.is_offline_mode():
    configure(dialect_name="postgresql", literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()
else:
    asyncio.run(online())
