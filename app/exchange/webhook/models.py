"""The tables of webhooks: who gets what, the messages as they are sent, and how each delivery went."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, DateTime, ForeignKey, Identity, Index, LargeBinary, SmallInteger, func, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TEXT
from sqlalchemy.dialects.postgresql import UUID as PgUUID
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, Row, one_of
from app.core.problems import Conflict, constraint_means
from app.exchange.webhook.workflow import DeliveryState

AT = DateTime(timezone=True)
WAITING = text("state = 'waiting'")
HORIZON = text("(pg_snapshot_xmin(pg_current_snapshot())::text)::bigint")


class Webhook(Row, Base):
    """A subscription of one place to the log, and where it is sent.

    `answers_id` is who answers for it: whoever changed it last; without the right to it nothing is sent. `since_tx`:
    what was settled when it was made, or enabled again, is not sent of itself. `salt` makes the secret, `former_salt`
    the one before, until `former_until`. `failures` in a row, and until when it rests after them.
    """

    __tablename__ = "webhook"

    place_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), index=True)
    answers_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    label: Mapped[str]
    url: Mapped[str]
    topics: Mapped[list[str]] = mapped_column(ARRAY(TEXT))
    area_id: Mapped[UUID | None] = mapped_column(ForeignKey("area.id"))
    department_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisation.id"))
    is_active: Mapped[bool] = mapped_column(default=True)
    is_gone: Mapped[bool] = mapped_column(default=False)
    since_tx: Mapped[int] = mapped_column(BigInteger, server_default=HORIZON)
    salt: Mapped[bytes] = mapped_column(LargeBinary)
    former_salt: Mapped[bytes | None] = mapped_column(LargeBinary)
    former_until: Mapped[datetime | None] = mapped_column(AT)
    failures: Mapped[int] = mapped_column(default=0)
    rests_until: Mapped[datetime | None] = mapped_column(AT)


class WebhookMessage(Base):
    """An entry of the log as it is sent, byte for byte; the log forgets it sooner. `incident_id`: what it is about."""

    __tablename__ = "webhook_message"
    __table_args__ = (Index("webhook_message_at", "at"),)

    event_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    tx: Mapped[int] = mapped_column(BigInteger)
    at: Mapped[datetime] = mapped_column(AT)
    topic: Mapped[str]
    subject_id: Mapped[UUID]
    incident_id: Mapped[UUID | None]
    scope: Mapped[list[UUID]] = mapped_column(ARRAY(PgUUID(as_uuid=True)))
    body: Mapped[str]


class WebhookDelivery(Base):
    """A message for one webhook. `about_id` is its incident, or else its subject: one after the other is sent of each.

    `attempts` counts before something is sent, `tries` says how each ended. Until `leased_until` a worker sends it, or
    is lost.
    """

    __tablename__ = "webhook_delivery"
    __table_args__ = (
        one_of("state", DeliveryState),
        Index("webhook_delivery_log", "webhook_id", "id"),
        Index("webhook_delivery_event", "event_id"),
        Index("webhook_delivery_waiting", "webhook_id", "id", postgresql_where=WAITING),
        Index("webhook_delivery_about", "webhook_id", "about_id", "id", postgresql_where=WAITING),
        {"postgresql_with": {"fillfactor": "80"}},
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    webhook_id: Mapped[UUID] = mapped_column(ForeignKey("webhook.id", ondelete="CASCADE"))
    event_id: Mapped[int] = mapped_column(ForeignKey("webhook_message.event_id", ondelete="CASCADE"))
    about_id: Mapped[UUID]
    state: Mapped[str] = mapped_column(server_default=DeliveryState.WAITING.value)
    is_replay: Mapped[bool] = mapped_column(server_default=text("false"))
    attempts: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    next_attempt_at: Mapped[datetime] = mapped_column(AT, server_default=func.now())
    leased_until: Mapped[datetime | None] = mapped_column(AT)
    created_at: Mapped[datetime] = mapped_column(AT, server_default=func.now())
    ended_at: Mapped[datetime | None] = mapped_column(AT)
    tries: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default=text("'[]'"))


constraint_means("webhook_pkey", Conflict("A webhook with this id exists."))
