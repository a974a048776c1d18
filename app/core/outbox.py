"""The one ordered log of what happened: rows written with the change, read only up to what is surely committed."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    DateTime,
    Identity,
    Index,
    String,
    Text,
    cast,
    func,
    select,
    text,
    tuple_,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, insert
from sqlalchemy.dialects.postgresql import UUID as PgUUID
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base


class Event(Base):
    """One fact. `scope` names the organisations or accounts that may see it; `(tx, id)` is its place in the log."""

    __tablename__ = "outbox"
    __table_args__ = (Index("outbox_order", "tx", "id"), Index("outbox_subject", "subject_id", "id"))

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    tx: Mapped[int] = mapped_column(BigInteger, server_default=text("(pg_current_xact_id()::text)::bigint"))
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    topic: Mapped[str] = mapped_column(String)
    subject_id: Mapped[UUID] = mapped_column(PgUUID(as_uuid=True))
    subject_version: Mapped[int | None]
    scope: Mapped[list[UUID]] = mapped_column(ARRAY(PgUUID(as_uuid=True)))
    payload: Mapped[dict[str, Any]] = mapped_column(JSONB)


def record(session: AsyncSession, topic: str, subject_id: UUID, scope: list[UUID], **payload: Any) -> None:
    """Add a fact to the log in the caller's transaction: `topic` is noun.past_tense, the payload plain JSON."""
    session.add(Event(topic=topic, subject_id=subject_id, scope=scope, payload=payload))


def settled() -> ColumnElement[bool]:
    """True for rows whose transaction no earlier commit can follow.

    Identity order is not commit order: a reader that takes everything above the last id it saw loses late commits.
    """
    horizon = func.pg_snapshot_xmin(func.pg_current_snapshot())
    return Event.tx < cast(cast(horizon, Text), BigInteger)


Reaction = Callable[[AsyncSession, Event], Awaitable[None]]
ReactionAtOnce = Callable[[AsyncSession, Sequence[Event]], Awaitable[None]]


class Subscriber(Base):
    """How far one reaction has read the log."""

    __tablename__ = "subscriber"

    name: Mapped[str] = mapped_column(String, primary_key=True)
    tx: Mapped[int] = mapped_column(BigInteger, default=0)
    id: Mapped[int] = mapped_column(BigInteger, default=0)


async def react(session: AsyncSession, name: str, topics: Collection[str], reaction: Reaction, batch: int = 200) -> int:
    """Let a reaction see the next facts of its topics in order, in the caller's transaction; says how many.

    Its place moves in the same transaction: each fact is reacted to once. Another process that reads for the same
    reaction meanwhile gets nothing.
    """

    async def one_by_one(session: AsyncSession, facts: Sequence[Event]) -> None:
        for fact in facts:
            await reaction(session, fact)

    return await react_at_once(session, name, topics, one_by_one, batch)


async def react_at_once(
    session: AsyncSession, name: str, topics: Collection[str], reaction: ReactionAtOnce, batch: int = 200
) -> int:
    """The same for a reaction that takes the next facts together."""
    await session.execute(insert(Subscriber).values(name=name, tx=0, id=0).on_conflict_do_nothing())
    place = await session.scalar(select(Subscriber).where(Subscriber.name == name).with_for_update(skip_locked=True))
    if place is None:
        return 0
    after = tuple_(Event.tx, Event.id) > (place.tx, place.id)
    page = select(Event).where(after, settled(), Event.topic.in_(topics)).order_by(Event.tx, Event.id).limit(batch)
    facts = (await session.scalars(page)).all()
    if facts:
        await reaction(session, facts)
        place.tx, place.id = facts[-1].tx, facts[-1].id
    return len(facts)
