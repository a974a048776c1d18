"""The tables of batches: how far each device has come, and a receipt for every operation."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, DateTime, ForeignKey, ForeignKeyConstraint, Index, LargeBinary, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import UUID as PgUUID
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, one_of
from app.core.once import StillRunning
from app.core.problems import constraint_means
from app.sync.batch.workflow import Result

AT = DateTime(timezone=True)


class SyncDevice(Base):
    """An account's app on one phone. `last_seq` never goes back, and the row stays: by it nothing is done twice."""

    __tablename__ = "sync_device"

    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(PgUUID(as_uuid=True), primary_key=True)
    last_seq: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(AT, server_default=func.now())
    seen_at: Mapped[datetime] = mapped_column(AT, server_default=func.now())


class SyncReceipt(Base):
    """What became of one operation, written with its effect. Kept as long as the answers to keys are."""

    __tablename__ = "sync_receipt"
    __table_args__ = (
        one_of("result", Result),
        ForeignKeyConstraint(
            ["account_id", "device_id"], ["sync_device.account_id", "sync_device.id"], name="sync_receipt_device_fkey"
        ),
        Index("sync_receipt_received_at", "received_at"),
        Index("sync_receipt_report", "account_id", "target", postgresql_where=text("type = 'incident.report'")),
    )

    account_id: Mapped[UUID] = mapped_column(PgUUID(as_uuid=True), primary_key=True)
    op_id: Mapped[UUID] = mapped_column(PgUUID(as_uuid=True), primary_key=True)
    device_id: Mapped[UUID] = mapped_column(PgUUID(as_uuid=True))
    device_seq: Mapped[int] = mapped_column(BigInteger)
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    type: Mapped[str]
    target: Mapped[UUID | None]
    result: Mapped[str]
    answer: Mapped[dict[str, Any]] = mapped_column(JSONB)
    observed_at: Mapped[datetime | None] = mapped_column(AT)
    received_at: Mapped[datetime] = mapped_column(AT, server_default=func.now())


constraint_means("sync_receipt_pkey", StillRunning())
