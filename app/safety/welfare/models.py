"""The tables of welfare checks: the timer, and every step of it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, Row, one_of
from app.core.problems import Conflict, constraint_means
from app.safety.welfare.workflow import WelfareAction, WelfareState

AT = DateTime(timezone=True)


class WelfareCheck(Row, Base):
    """A timer for a patrol on duty, or for one officer of its crew. `due_at` is when the clock acts next.

    What it does then follows from the state, so a worker that died has lost nothing and repeats nothing.
    """

    __tablename__ = "welfare_check"
    __table_args__ = (
        one_of("state", WelfareState),
        CheckConstraint("(state IN ('waiting', 'asked', 'overdue')) = (due_at IS NOT NULL)", name="due"),
        Index(
            "welfare_check_one_patrol",
            "shift_id",
            unique=True,
            postgresql_where=text("officer_id IS NULL AND state <> 'ended'"),
        ),
        Index(
            "welfare_check_one_officer",
            "shift_id",
            "officer_id",
            unique=True,
            postgresql_where=text("officer_id IS NOT NULL AND state <> 'ended'"),
        ),
        Index("welfare_check_due", "due_at", postgresql_where=text("due_at IS NOT NULL")),
        Index("welfare_check_centre", "centre_id", "id"),
    )

    shift_id: Mapped[UUID] = mapped_column(ForeignKey("shift.id"))
    patrol_id: Mapped[UUID] = mapped_column(ForeignKey("patrol.id"))
    centre_id: Mapped[UUID] = mapped_column(ForeignKey("centre.id"))
    officer_id: Mapped[UUID | None] = mapped_column(ForeignKey("officer.id"))
    state: Mapped[str]
    every_s: Mapped[int]
    grace_s: Mapped[int]
    note: Mapped[str | None]
    due_at: Mapped[datetime | None] = mapped_column(AT)
    asked_at: Mapped[datetime | None] = mapped_column(AT)
    answered_at: Mapped[datetime | None] = mapped_column(AT)
    sos_id: Mapped[UUID | None] = mapped_column(ForeignKey("sos.id"))


class WelfareEntry(Base):
    """One step of a welfare check; `seq` is the version it led to, so no step is taken twice."""

    __tablename__ = "welfare_entry"

    check_id: Mapped[UUID] = mapped_column(ForeignKey("welfare_check.id", ondelete="CASCADE"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    action: Mapped[str]
    state: Mapped[str]
    account_id: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))
    note: Mapped[str | None]
    at: Mapped[datetime] = mapped_column(AT, server_default=func.now())

    __table_args__ = (one_of("action", WelfareAction),)


constraint_means("welfare_check_one_patrol", Conflict("This patrol has a welfare check already."))
constraint_means("welfare_check_one_officer", Conflict("This officer has a welfare check already."))
