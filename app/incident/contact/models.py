"""The tables of reporters' contacts, and of who looked at one."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, DateTime, ForeignKey, Identity, func
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base

AT = DateTime(timezone=True)


class Reporter(Base):
    """The contact of who reported. Sensitive: read with a purpose only, and every reading is logged."""

    __tablename__ = "reporter"

    incident_id: Mapped[UUID] = mapped_column(ForeignKey("incident.id"), primary_key=True)
    name: Mapped[str | None]
    phone: Mapped[str | None]
    email: Mapped[str | None]


class ContactReading(Base):
    """Who looked at a reporter's contact, when and what for."""

    __tablename__ = "contact_reading"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    incident_id: Mapped[UUID] = mapped_column(ForeignKey("incident.id"), index=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"), index=True)
    purpose: Mapped[str]
    at: Mapped[datetime] = mapped_column(AT, server_default=func.now())
