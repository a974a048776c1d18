"""The ways to the database and the only place that commits.

Cold paths take a SQLAlchemy session (`Read`, `Write`). Hot paths take a lane: a bare driver connection (`ReadLane`,
`WriteLane`, `PositionLane`) on which statements built with SQLAlchemy Core, compiled once, are run (`Hot`). All of them
commit here.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime
from functools import cached_property
from typing import Annotated, Any, ClassVar, Protocol
from uuid import UUID

import asyncpg
import structlog
from fastapi import Depends, Request
from sqlalchemy import CheckConstraint, DateTime, Dialect, Executable, Integer, MetaData, func
from sqlalchemy.dialects.postgresql import UUID as PgUUID
from sqlalchemy.dialects.postgresql import asyncpg as asyncpg_dialect
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from app.core.ids import uuid7
from app.core.problems import OutOfRange, Unavailable, raises
from app.core.settings import Settings

log = structlog.get_logger()
NAMING = {
    "ix": "%(table_name)s_%(column_0_N_name)s",
    "uq": "%(table_name)s_%(column_0_N_name)s_key",
    "ck": "%(table_name)s_%(constraint_name)s_check",
    "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
    "pk": "%(table_name)s_pkey",
}
LOCK_TIMEOUT_S = 5
CHECKOUT_TIMEOUT_S = 2
CLOSE_S = 10
DURABILITY = ("fsync", "synchronous_commit", "full_page_writes")

Session = AsyncSession


class Lane(Protocol):
    """A bare driver connection; its rows answer to the column's name."""

    async def fetchrow(self, query: str, *args: Any) -> Mapping[str, Any] | None:
        """The first row."""

    async def fetch(self, query: str, *args: Any) -> list[Mapping[str, Any]]:
        """All rows."""

    def transaction(self) -> AbstractAsyncContextManager[Any]:
        """A transaction, or a savepoint inside one: what fails in the block is undone."""


class BulkLane(Lane, Protocol):
    """A lane on which many rows go at once."""

    async def copy_to_table(self, table_name: str, *, source: memoryview, columns: Sequence[str], format: str) -> str:  # noqa: A002  # the driver's own words
        """Add rows given as COPY takes them."""


class CursorLane(Lane, Protocol):
    """A lane in a transaction that only reads, on which a long answer is read piece by piece."""

    def cursor(self, query: str, *args: Any) -> Awaitable[Any]:
        """A cursor, whose `fetch(n)` gives the next rows."""


class Base(DeclarativeBase):
    """Every table of the product."""

    metadata = MetaData(naming_convention=NAMING)


class Row:
    """What every resource has: an id that may be made anywhere, a version that each change raises."""

    id: Mapped[UUID] = mapped_column(PgUUID(as_uuid=True), primary_key=True, default=uuid7)
    version: Mapped[int] = mapped_column(Integer, default=1, server_default="1")
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.now(), onupdate=func.now()
    )


def one_of(column: str, values: type[Any]) -> CheckConstraint:
    """The CHECK that keeps a text column to the members of an enum."""
    listed = ", ".join(f"'{value.value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


class Hot:
    """A Core statement compiled once to the driver's SQL; the driver prepares it once a connection."""

    dialect: ClassVar[Dialect] = asyncpg_dialect.dialect()  # type: ignore[no-untyped-call]

    def __init__(self, build: Callable[[], Executable]) -> None:
        self._build = build

    @cached_property
    def plain(self) -> Executable:
        """The statement itself, for a session."""
        return self._build()

    @cached_property
    def _compiled(self) -> tuple[str, tuple[str, ...], dict[str, Any]]:
        compiled = self.plain.compile(dialect=self.dialect)  # type: ignore[attr-defined]  # every Core statement has it
        fixed = {name: bind.effective_value for name, bind in compiled.binds.items() if not bind.required}
        return str(compiled), tuple(compiled.positiontup or ()), fixed

    @property
    def sql(self) -> str:
        """The statement as the driver sends it."""
        return self._compiled[0]

    def arguments(self, values: dict[str, Any]) -> list[Any]:
        """The values in the order of the statement's parameters."""
        _, order, fixed = self._compiled
        return [values[name] if name in values else fixed[name] for name in order]

    async def row(self, lane: Lane, **values: Any) -> Mapping[str, Any] | None:
        """The first row, or nothing."""
        return await lane.fetchrow(self.sql, *self.arguments(values))

    async def rows(self, lane: Lane, **values: Any) -> list[Mapping[str, Any]]:
        """All rows."""
        return await lane.fetch(self.sql, *self.arguments(values))


class Database:
    """One process's engine and lanes. Each kind has its own pool: neither readers nor positions can starve commands."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.engine: AsyncEngine = create_async_engine(
            settings.database_url,
            pool_size=settings.session_pool,
            max_overflow=0,
            pool_timeout=CHECKOUT_TIMEOUT_S,
            connect_args={"server_settings": _server_settings(settings)},
        )
        self._command: asyncpg.Pool | None = None
        self._query: asyncpg.Pool | None = None
        self._search: asyncpg.Pool | None = None
        self._position: asyncpg.Pool | None = None
        self._export: asyncpg.Pool | None = None

    async def open(self) -> None:
        """Connect the lanes."""
        # Hot statements are wide and found by key: planning one anew costs more than running it.
        self._command = await self._pool(self.settings.command_pool, plan_cache_mode="force_generic_plan")
        self._query = await self._pool(self.settings.query_pool, plan_cache_mode="force_generic_plan")
        self._search = await self._pool(self.settings.search_pool, 0, plan_cache_mode="force_custom_plan")
        self._position = await self._pool(self.settings.position_pool, 0, plan_cache_mode="force_generic_plan")
        limit = {"plan_cache_mode": "force_custom_plan", "statement_timeout": f"{self.settings.export_s}s"}
        self._export = await self._pool(self.settings.export_pool, 0, **limit)

    async def close(self) -> None:
        """Give every connection back."""
        for pool in (self._command, self._query, self._search, self._position, self._export):
            if pool is not None:
                await _closed(pool)
        await self.engine.dispose()

    async def _pool(self, size: int, least: int = 1, **more: str) -> asyncpg.Pool:
        return await asyncpg.create_pool(
            self.settings.driver_url,
            min_size=least,
            max_size=size,
            reset=_nothing_to_reset,
            max_cacheable_statement_size=0,  # the driver prepares a statement of more than 15 kB anew each time
            server_settings=_server_settings(self.settings) | more,
        )

    async def own_connection(self) -> asyncpg.Connection:
        """A connection outside the pools, to be closed by whoever asks: what it locks is free when its process dies."""
        return await asyncpg.connect(self.settings.driver_url, server_settings=_server_settings(self.settings))

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncSession]:
        """A session whose work is committed when the block ends well."""
        async with AsyncSession(self.engine, expire_on_commit=False) as session:
            yield session
            await session.commit()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """A session for looking; the database refuses its writes."""
        async with self.engine.connect() as plain:
            connection = await plain.execution_options(postgresql_readonly=True)
            async with AsyncSession(connection) as session:
                yield session

    @asynccontextmanager
    async def write_lane(self) -> AsyncIterator[Lane]:
        """A bare connection in a transaction that is committed when the block ends well."""
        assert self._command is not None, "open() comes first"  # noqa: S101  # a programming error
        async with self._command.acquire(timeout=CHECKOUT_TIMEOUT_S) as lane, lane.transaction():
            yield lane

    @asynccontextmanager
    async def read_lane(self) -> AsyncIterator[Lane]:
        """A bare connection without a transaction: each statement sees its own snapshot."""
        assert self._query is not None, "open() comes first"  # noqa: S101  # a programming error
        async with self._query.acquire(timeout=CHECKOUT_TIMEOUT_S) as lane:
            yield lane

    @asynccontextmanager
    async def search_lane(self) -> AsyncIterator[Lane]:
        """The same for statements whose best plan depends on what is looked for: planned for its values each time."""
        assert self._search is not None, "open() comes first"  # noqa: S101  # a programming error
        async with self._search.acquire(timeout=CHECKOUT_TIMEOUT_S) as lane:
            yield lane

    @asynccontextmanager
    async def export_lane(self) -> AsyncIterator[CursorLane]:
        """A bare connection in one reading transaction, for long answers: few of them, and none on anybody's way."""
        assert self._export is not None, "open() comes first"  # noqa: S101  # a programming error
        async with self._export.acquire(timeout=CHECKOUT_TIMEOUT_S) as lane, lane.transaction(readonly=True):
            yield lane

    @asynccontextmanager
    async def position_lane(self) -> AsyncIterator[BulkLane]:
        """A bare connection for positions, on which a statement commits by itself unless it stands in a transaction.

        A batch is judged by one statement and written by the next: nothing need hold between them.
        """
        assert self._position is not None, "open() comes first"  # noqa: S101  # a programming error
        async with self._position.acquire(timeout=CHECKOUT_TIMEOUT_S) as lane:
            yield lane


async def _closed(pool: asyncpg.Pool) -> None:
    """Close a pool; a connection that is still in use is given some time, and then cut."""
    try:
        async with asyncio.timeout(CLOSE_S):
            await pool.close()
    except TimeoutError:
        log.warning("connections cut", after_s=CLOSE_S)
        pool.terminate()


async def _nothing_to_reset(_: Any) -> None:
    """Lanes set no session state, so the reset query between uses would only cost a round trip."""


def _server_settings(settings: Settings) -> dict[str, str]:
    return {
        "application_name": "lianqin",
        "timezone": "UTC",
        "jit": "off",
        "statement_timeout": f"{settings.statement_timeout_s}s",
        "lock_timeout": f"{LOCK_TIMEOUT_S}s",
        "idle_in_transaction_session_timeout": "30s",
    }


async def lacking(database: "Database", revision: str | None) -> list[str]:
    """What keeps a process from serving: the database's answer, its schema, its durability."""
    try:
        async with database.engine.connect() as connection:
            found = (await connection.exec_driver_sql("SELECT version_num FROM alembic_version")).scalar_one_or_none()
            shown = [(name, (await connection.exec_driver_sql(f"SHOW {name}")).scalar_one()) for name in DURABILITY]
    except (SQLAlchemyError, OSError) as error:
        return [f"database: {type(error).__name__}"]
    missing = [] if found == revision else [f"schema: at {found}, needs {revision} (lianqin db migrate)"]
    unsafe = [f"{name} = {value} would lose acknowledged writes" for name, value in shown if value == "off"]
    return missing if database.settings.unsafe_database else [*missing, *unsafe]


def database(request: Request) -> Database:
    """The process's database."""
    found: Database = request.app.state.database
    return found


def _given(kind: str) -> Callable[[Request], AsyncIterator[Any]]:
    @raises(Unavailable, OutOfRange)
    async def dependency(request: Request) -> AsyncIterator[Any]:
        opened: AbstractAsyncContextManager[Any] = getattr(database(request), kind)()
        async with opened as connection:
            yield connection

    dependency.__name__ = kind
    return dependency


# scope="function": the commit comes before the answer, so nobody is told of a success that then fails.
Read = Annotated[AsyncSession, Depends(_given("read"), scope="function")]
Write = Annotated[AsyncSession, Depends(_given("write"), scope="function")]
ReadLane = Annotated[Lane, Depends(_given("read_lane"), scope="function")]
WriteLane = Annotated[Lane, Depends(_given("write_lane"), scope="function")]
PositionLane = Annotated[BulkLane, Depends(_given("position_lane"), scope="function")]
