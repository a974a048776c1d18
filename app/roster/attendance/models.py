"""The table of roll calls: what a leader saw, only ever added to."""

from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, Row


class RollCallMark(Row, Base):
    """Whether an officer of a crew was there when it was called. `created_at` is when; the newest one counts."""

    __tablename__ = "roll_call_mark"
    __table_args__ = (Index("roll_call_mark_shift", "shift_id", "officer_id", "created_at"),)

    shift_id: Mapped[UUID] = mapped_column(ForeignKey("shift.id", ondelete="CASCADE"))
    officer_id: Mapped[UUID] = mapped_column(ForeignKey("officer.id"))
    is_present: Mapped[bool]
    note: Mapped[str | None]
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
