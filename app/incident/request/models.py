"""The table of requests."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, Double, ForeignKey, Index, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, Row, one_of
from app.core.problems import Conflict, constraint_means
from app.identity.workflow import Role
from app.incident.request.workflow import RequestKind, RequestState

AT = DateTime(timezone=True)


class Request(Row, Base):
    """A side step somebody asked for. One of a kind is open at a time. `round` is the incident's when it was asked.

    `is_misdispatch`: an approved return proved that the incident had been sent to the wrong hands. At `expires_at` a
    request expires that nobody has decided.
    """

    __tablename__ = "request"
    __table_args__ = (
        one_of("kind", RequestKind),
        one_of("state", RequestState),
        one_of("asker_role", Role),
        Index("request_incident", "incident_id"),
        Index("request_misdispatch", "decided_at", postgresql_where=text("is_misdispatch")),
        Index("request_one_open", "incident_id", "kind", unique=True, postgresql_where=text("state = 'asked'")),
        Index("request_expires", "expires_at", postgresql_where=text("state = 'asked'")),
    )

    incident_id: Mapped[UUID] = mapped_column(ForeignKey("incident.id"))
    kind: Mapped[str]
    state: Mapped[str]
    round: Mapped[int] = mapped_column(SmallInteger, server_default="1")
    asked_by: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    asker_role: Mapped[str]
    reason: Mapped[str]
    reason_code: Mapped[str | None]
    hours: Mapped[float | None] = mapped_column(Double)
    until: Mapped[datetime | None] = mapped_column(AT)
    expires_at: Mapped[datetime | None] = mapped_column(AT)
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))
    decided_at: Mapped[datetime | None] = mapped_column(AT)
    decision_note: Mapped[str | None]
    is_misdispatch: Mapped[bool] = mapped_column(default=False, server_default=text("false"))


constraint_means("request_one_open", Conflict("A request of this kind is open already."))
