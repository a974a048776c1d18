"""The one ordered log of what happened: rows written with the change, read only up to what is surely committed."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ColumnElement, DateTime, Identity, Index, String, Text, cast, func, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.dialects.postgresql import UUID as PgUUID
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base


class Event(Base):
    """One fact. `scope` names the organisations that may see it; `(tx, id)` is its place in the log."""

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
