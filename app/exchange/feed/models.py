"""The tables of feeds: a channel with what its fields mean, and its tickets, each once by the number it has there."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, ForeignKey, Index, LargeBinary, SmallInteger, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, Row, one_of
from app.core.problems import Conflict, constraint_means
from app.exchange.feed.workflow import TicketState

AT = DateTime(timezone=True)


class Feed(Row, Base):
    """A channel that brings tickets, the account it comes as, and its `mapping`, a `Mapping`: what its fields mean."""

    __tablename__ = "feed"
    __table_args__ = (UniqueConstraint("code"), Index("feed_centre", "centre_id"))

    code: Mapped[str]
    name: Mapped[str]
    centre_id: Mapped[UUID] = mapped_column(ForeignKey("centre.id"))
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    mapping: Mapped[dict[str, Any]] = mapped_column(JSONB)


class Ticket(Base):
    """A ticket by its channel's number. `said` is what it said last but for the contact; `sha256` is of all of it.

    In quarantine there is no incident yet: `payload` is the ticket as it came, `reason` why it could not be read, and
    `next_try_at` when it is read again of itself, for a reason that can pass. All are gone once it is filed. `unmapped`
    is the channel's category for which the mapping has none of ours.
    """

    __tablename__ = "feed_ticket"
    __table_args__ = (
        one_of("state", TicketState),
        Index("feed_ticket_quarantine", "feed_id", "at", postgresql_where=text("state = 'quarantined'")),
        Index("feed_ticket_due", "next_try_at", postgresql_where=text("next_try_at IS NOT NULL")),
        Index("feed_ticket_unmapped", "feed_id", "unmapped", postgresql_where=text("unmapped IS NOT NULL")),
    )

    feed_id: Mapped[UUID] = mapped_column(ForeignKey("feed.id"), primary_key=True)
    number: Mapped[str] = mapped_column(primary_key=True)
    state: Mapped[str]
    incident_id: Mapped[UUID | None] = mapped_column(ForeignKey("incident.id"))
    sha256: Mapped[bytes] = mapped_column(LargeBinary)
    said: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    payload: Mapped[Any | None] = mapped_column(JSONB(none_as_null=True))
    reason: Mapped[str | None]
    unmapped: Mapped[str | None]
    tries: Mapped[int] = mapped_column(SmallInteger, server_default="1")
    next_try_at: Mapped[datetime | None] = mapped_column(AT)
    at: Mapped[datetime] = mapped_column(AT, server_default=func.now())
    changed_at: Mapped[datetime] = mapped_column(AT, server_default=func.now())


constraint_means("feed_code_key", Conflict("A feed with this code exists."))
constraint_means("feed_pkey", Conflict("A feed with this id exists."))
