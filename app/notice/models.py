"""The tables of notices: what was told, to whom, and how it reaches them."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, DateTime, ForeignKey, Index, SmallInteger, func, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, one_of
from app.identity.workflow import Role
from app.notice.workflow import Urgency

AT = DateTime(timezone=True)


class DeliveryState(StrEnum):
    """`dead` after the last try, until somebody replays it; `dropped` where the right to it had gone by then."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    DEAD = "dead"
    DROPPED = "dropped"


class Notice(Base):
    """通知: what was told of one fact. `at` is when that happened, `told_at` when it was written.

    `fact_id` is the fact's id in the log, which forgets it sooner. `read_by` is the limit where it needs a receipt;
    `looked_at` when the clock looked whether it had been read.
    """

    __tablename__ = "notice"
    __table_args__ = (
        one_of("urgency", Urgency),
        CheckConstraint("needs_receipt = (read_by IS NOT NULL)", name="read_by"),
        Index("notice_fact", "fact_id", "kind", unique=True),
        Index("notice_incident", "incident_id", "id", postgresql_where=text("incident_id IS NOT NULL")),
        Index("notice_read_by", "read_by", postgresql_where=text("read_by IS NOT NULL AND looked_at IS NULL")),
        Index("notice_told_at", "told_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    fact_id: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[str]
    topic: Mapped[str]
    subject_id: Mapped[UUID]
    incident_id: Mapped[UUID | None] = mapped_column(ForeignKey("incident.id"))
    centre_id: Mapped[UUID | None] = mapped_column(ForeignKey("centre.id"))
    urgency: Mapped[str]
    needs_receipt: Mapped[bool]
    text: Mapped[str]
    text_en: Mapped[str]
    at: Mapped[datetime] = mapped_column(AT)
    told_at: Mapped[datetime] = mapped_column(AT, server_default=func.now())
    read_by: Mapped[datetime | None] = mapped_column(AT)
    looked_at: Mapped[datetime | None] = mapped_column(AT)


class NoticeReceipt(Base):
    """One recipient, and what the notice is theirs by: all of it that is named must still hold to see it.

    A `role` at an `organisation_id`; the sight of `incident_id`; without one, the seat on `shift_id`.
    """

    __tablename__ = "notice_receipt"
    __table_args__ = (
        one_of("role", Role),
        one_of("urgency", Urgency),
        CheckConstraint("(role IS NULL) = (organisation_id IS NULL)", name="role_at"),
        CheckConstraint("acknowledged_at IS NULL OR read_at IS NOT NULL", name="read"),
        Index(
            "notice_receipt_inbox",
            "account_id",
            text("delivered_at DESC"),
            text("notice_id DESC"),
            postgresql_where=text("delivered_at IS NOT NULL"),
        ),
        Index(
            "notice_receipt_unread",
            "account_id",
            "urgency",
            postgresql_include=["role", "organisation_id", "incident_id", "shift_id"],
            postgresql_where=text("delivered_at IS NOT NULL AND read_at IS NULL"),
        ),
        {"postgresql_with": {"fillfactor": "80"}},
    )

    notice_id: Mapped[UUID] = mapped_column(ForeignKey("notice.id", ondelete="CASCADE"), primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"), primary_key=True)
    urgency: Mapped[str]
    role: Mapped[str | None]
    organisation_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisation.id"))
    incident_id: Mapped[UUID | None] = mapped_column(ForeignKey("incident.id"))
    shift_id: Mapped[UUID | None] = mapped_column(ForeignKey("shift.id"))
    delivered_at: Mapped[datetime | None] = mapped_column(AT)
    read_at: Mapped[datetime | None] = mapped_column(AT)
    acknowledged_at: Mapped[datetime | None] = mapped_column(AT)


class NoticeDelivery(Base):
    """One notice on its way to one account by one channel: tried until it is there, or dead after the last try."""

    __tablename__ = "notice_delivery"
    __table_args__ = (
        one_of("state", DeliveryState),
        Index("notice_delivery_due", "channel", "next_attempt_at", postgresql_where=text("state = 'waiting'")),
        Index("notice_delivery_dead", "channel", "notice_id", postgresql_where=text("state = 'dead'")),
        {"postgresql_with": {"fillfactor": "80"}},
    )

    notice_id: Mapped[UUID] = mapped_column(ForeignKey("notice.id", ondelete="CASCADE"), primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"), primary_key=True)
    channel: Mapped[str] = mapped_column(primary_key=True)
    state: Mapped[str] = mapped_column(default=DeliveryState.WAITING.value)
    attempts: Mapped[int] = mapped_column(SmallInteger, default=0)
    next_attempt_at: Mapped[datetime] = mapped_column(AT, server_default=func.now())
    last_error: Mapped[str | None]
    ended_at: Mapped[datetime | None] = mapped_column(AT)
