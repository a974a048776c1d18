"""The table of what happened to clocks, beside the incident's own history."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, ForeignKey, Integer
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, one_of
from app.incident.clock.workflow import ClockEvent

AT = DateTime(timezone=True)


class ClockEntry(Base):
    """What a clock's row cannot tell afterwards: append-only. `seq` is the line of the incident's history it is of.

    Before a clock that had ended goes on (`reopened`), how and when it had ended is kept as an entry too.
    """

    __tablename__ = "clock_entry"
    __table_args__ = (one_of("what", ClockEvent),)

    clock_id: Mapped[UUID] = mapped_column(ForeignKey("clock.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(Integer, primary_key=True)
    what: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(AT)
    due_at: Mapped[datetime] = mapped_column(AT)
    details: Mapped[dict[str, Any]] = mapped_column(JSONB)
