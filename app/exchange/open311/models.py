"""The table of reports by Open311: which channel brought which incident, under which number that nobody can guess."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, ForeignKey, Index, LargeBinary, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base


class ServiceRequest(Base):
    """A request of a citizen, brought by a channel. `id` is its `service_request_id`: whoever knows it may ask how far.

    `category_id` is the service that was asked for, whatever the centre made of it; `body_sha256` tells a repeat.
    """

    __tablename__ = "service_request"
    __table_args__ = (
        UniqueConstraint("token"),
        UniqueConstraint("incident_id"),
        Index("service_request_account", "account_id", "requested_at"),
        Index("service_request_at", "requested_at"),
        Index("service_request_body", "body_sha256", "requested_at"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    token: Mapped[str]
    incident_id: Mapped[UUID] = mapped_column(ForeignKey("incident.id"))
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    category_id: Mapped[UUID] = mapped_column(ForeignKey("category.id"))
    body_sha256: Mapped[bytes] = mapped_column(LargeBinary)
    requested_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
