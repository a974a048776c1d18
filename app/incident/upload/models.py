"""The table of uploads: how far each has come, and where its pieces are until it is whole."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, ForeignKey, Index, Integer, Text, UniqueConstraint, func
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.dialects.postgresql import UUID as PgUUID
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base
from app.core.ids import uuid7

AT = DateTime(timezone=True)


class Upload(Base):
    """A picture on its way: its creator's alone. `received` bytes lie in `pieces`, one after the other.

    It is whole only when the picture is on record (`evidence_id`): the last piece counts with it or not at all.
    `refused` names the problem that ended it.
    """

    __tablename__ = "evidence_upload"
    __table_args__ = (UniqueConstraint("account_id", "key"), Index("evidence_upload_expires_at", "expires_at"))

    id: Mapped[UUID] = mapped_column(PgUUID(as_uuid=True), primary_key=True, default=uuid7)
    incident_id: Mapped[UUID] = mapped_column(ForeignKey("incident.id"))
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    key: Mapped[str | None]
    said: Mapped[dict[str, Any]] = mapped_column(JSONB)
    size_bytes: Mapped[int] = mapped_column(Integer)
    received: Mapped[int] = mapped_column(Integer, default=0)
    pieces: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    refused: Mapped[str | None]
    evidence_id: Mapped[UUID | None] = mapped_column(ForeignKey("evidence.id"))
    created_at: Mapped[datetime] = mapped_column(AT, server_default=func.now())
    expires_at: Mapped[datetime] = mapped_column(AT)
