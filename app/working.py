"""How a command does its work on the database of the settings: in one transaction, or as it likes."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from app.core.db import Database, Session

T = TypeVar("T")


async def in_session(work: "Callable[[Session], Awaitable[T]]") -> "T":
    """Do some work in one transaction on the database of the settings."""

    async def at_once(database: "Database") -> "T":
        async with database.write() as session:
            return await work(session)

    return await on_database(at_once)


async def on_database(work: "Callable[[Database], Awaitable[T]]") -> "T":
    """Do some work on the database of the settings."""
    import app.models  # noqa: F401  # foreign keys are named by string
    from app.core.db import Database
    from app.core.settings import load_settings

    database = Database(load_settings())
    try:
        return await work(database)
    finally:
        await database.engine.dispose()
