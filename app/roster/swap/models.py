"""The table of swaps: seats that officers hand to one another."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, Row, one_of
from app.core.problems import Conflict, constraint_means
from app.roster.workflow import SwapState


class Swap(Row, Base):
    """换班: an officer's seat on a shift goes to a colleague, or is exchanged for the colleague's on `for_shift_id`.

    `terms` are what both agree to: of each shift by id its start, end and beat. Open ones have no colleague at first.
    """

    __tablename__ = "swap"
    __table_args__ = (
        one_of("state", SwapState),
        CheckConstraint("to_officer_id <> officer_id", name="to_another"),
        CheckConstraint("state IN ('proposed', 'withdrawn', 'expired') OR to_officer_id IS NOT NULL", name="taken"),
        CheckConstraint("for_shift_id <> shift_id AND NOT is_open OR for_shift_id IS NULL", name="exchange"),
        Index(
            "swap_one_live",
            "shift_id",
            "officer_id",
            unique=True,
            postgresql_where=text("state IN ('proposed', 'accepted')"),
        ),
        Index("swap_centre", "centre_id", "id"),
    )

    shift_id: Mapped[UUID] = mapped_column(ForeignKey("shift.id", ondelete="CASCADE"))
    officer_id: Mapped[UUID] = mapped_column(ForeignKey("officer.id"), index=True)
    to_officer_id: Mapped[UUID | None] = mapped_column(ForeignKey("officer.id"), index=True)
    for_shift_id: Mapped[UUID | None] = mapped_column(ForeignKey("shift.id", ondelete="CASCADE"), index=True)
    centre_id: Mapped[UUID] = mapped_column(ForeignKey("centre.id"))
    state: Mapped[str]
    is_open: Mapped[bool]
    terms: Mapped[dict[str, Any]] = mapped_column(JSONB)
    note: Mapped[str | None]
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))
    decided_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    decision_note: Mapped[str | None]


constraint_means("swap_pkey", Conflict("A swap with this id exists."))
constraint_means("swap_one_live", Conflict("This seat is offered already."))
