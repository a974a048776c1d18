"""The tables of calls for help, and of who was told because nobody acknowledged one."""

from datetime import datetime
from typing import Any
from uuid import UUID

from geoalchemy2 import Geometry
from sqlalchemy import REAL, CheckConstraint, DateTime, ForeignKey, Index, SmallInteger, func, text
from sqlalchemy.dialects.postgresql import ARRAY, TEXT
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, Row, one_of
from app.core.geo import SRID
from app.safety.sos.workflow import LIMIT_S, Cause, Resolution, SosState

AT = DateTime(timezone=True)


class Sos(Row, Base):
    """紧急求助. One open call a person: sent again, it is the same one. `level` is the highest rung that was told.

    `version` counts what the duty roles do: a repeat or an escalation must not make an acknowledgement stale.
    """

    __tablename__ = "sos"
    __table_args__ = (
        one_of("state", SosState),
        one_of("cause", Cause),
        one_of("resolution", Resolution),
        CheckConstraint("(state = 'raised') = (acknowledged_at IS NULL)", name="acknowledged"),
        CheckConstraint("(state = 'resolved') = (resolved_at IS NOT NULL)", name="resolved"),
        CheckConstraint("state = 'raised' OR due_at IS NULL", name="due"),
        Index("sos_one_open", "account_id", unique=True, postgresql_where=text("state <> 'resolved'")),
        Index("sos_due", "due_at", postgresql_where=text("due_at IS NOT NULL")),
        Index("sos_centre", "centre_id", "id"),
        Index("sos_request", "account_id", "request_key", postgresql_where=text("request_key IS NOT NULL")),
    )

    cause: Mapped[str]
    state: Mapped[str] = mapped_column(default=SosState.RAISED.value, server_default=SosState.RAISED.value)
    account_id: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))
    officer_id: Mapped[UUID | None] = mapped_column(ForeignKey("officer.id"))
    patrol_id: Mapped[UUID | None] = mapped_column(ForeignKey("patrol.id"))
    shift_id: Mapped[UUID | None] = mapped_column(ForeignKey("shift.id"))
    centre_id: Mapped[UUID] = mapped_column(ForeignKey("centre.id"))
    location: Mapped[Any | None] = mapped_column(Geometry("POINT", SRID, spatial_index=False))
    observed_at: Mapped[datetime | None] = mapped_column(AT)
    accuracy_m: Mapped[float | None] = mapped_column(REAL)
    note: Mapped[str | None]
    request_key: Mapped[str | None]
    raised_at: Mapped[datetime] = mapped_column(AT, server_default=func.now())
    sent_at: Mapped[datetime] = mapped_column(AT, server_default=func.now())
    repeats: Mapped[int] = mapped_column(default=0, server_default="0")
    limit_s: Mapped[int] = mapped_column(default=LIMIT_S)
    level: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")
    due_at: Mapped[datetime | None] = mapped_column(AT)
    acknowledged_at: Mapped[datetime | None] = mapped_column(AT)
    acknowledged_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))
    acknowledged_role: Mapped[str | None]
    resolved_at: Mapped[datetime | None] = mapped_column(AT)
    resolved_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))
    resolved_role: Mapped[str | None]
    resolution: Mapped[str | None]
    resolution_note: Mapped[str | None]


class SosEscalation(Base):
    """One rung of an SOS that came due: told, or skipped because a higher one was due by then. Never twice."""

    __tablename__ = "sos_escalation"

    sos_id: Mapped[UUID] = mapped_column(ForeignKey("sos.id", ondelete="CASCADE"), primary_key=True)
    level: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    centre_id: Mapped[UUID] = mapped_column(ForeignKey("centre.id"))
    roles: Mapped[list[str]] = mapped_column(ARRAY(TEXT))
    due_at: Mapped[datetime] = mapped_column(AT)
    told_at: Mapped[datetime | None] = mapped_column(AT)
