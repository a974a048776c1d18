"""The tables of shares, and of who read what through one."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, DateTime, ForeignKey, Identity, Index, Text, func
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as PgUUID
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, Row, one_of
from app.core.problems import Conflict, constraint_means
from app.exchange.share.workflow import ShareState, Side, Tier

AT = DateTime(timezone=True)


class Share(Row, Base):
    """An agreement: what of whose incidents is shown to whom, from when until when. Only its state ever changes.

    Of one incident (`incident_id`), or of all open ones of an area and, where it is named, a category.
    """

    __tablename__ = "share"
    __table_args__ = (
        one_of("tier", Tier),
        one_of("state", ShareState),
        one_of("proposed_by", Side),
        CheckConstraint("(incident_id IS NULL) <> (area_id IS NULL)", name="subject"),
        CheckConstraint("starts_at < ends_at", name="time_box"),
        CheckConstraint("giver_id <> receiver_id", name="sides"),
        Index("share_giver", "giver_id", "id"),
        Index("share_receiver", "receiver_id", "id"),
    )

    giver_id: Mapped[UUID] = mapped_column(ForeignKey("centre.id"))
    receiver_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    incident_id: Mapped[UUID | None] = mapped_column(ForeignKey("incident.id"))
    area_id: Mapped[UUID | None] = mapped_column(ForeignKey("area.id"))
    category: Mapped[str | None]
    tier: Mapped[str]
    masks: Mapped[list[str]] = mapped_column(ARRAY(Text))
    purpose: Mapped[str]
    state: Mapped[str] = mapped_column(default=ShareState.PROPOSED.value)
    proposed_by: Mapped[str]
    proposer_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    settled_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))
    settled_at: Mapped[datetime | None] = mapped_column(AT)
    starts_at: Mapped[datetime] = mapped_column(AT)
    ends_at: Mapped[datetime] = mapped_column(AT)


class ShareReading(Base):
    """Who of the receiver read which incidents, or which picture, through a share, and when."""

    __tablename__ = "share_reading"
    __table_args__ = (Index("share_reading_share", "share_id", "id"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    share_id: Mapped[UUID] = mapped_column(ForeignKey("share.id"))
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    incidents: Mapped[list[UUID]] = mapped_column(ARRAY(PgUUID(as_uuid=True)))
    picture_id: Mapped[UUID | None]
    at: Mapped[datetime] = mapped_column(AT, server_default=func.now())


constraint_means("share_pkey", Conflict("A share with this id exists."))
