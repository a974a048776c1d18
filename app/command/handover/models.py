"""The tables of handovers: what a crew left open, to whom, and what became of it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.command.handover.workflow import ItemKind, ItemState
from app.core.db import Base, Row, one_of

AT = DateTime(timezone=True)


class Handover(Row, Base):
    """交接: from a shift to the one that follows it, if one does. Acknowledged by the next crew when it takes it up."""

    __tablename__ = "handover"
    __table_args__ = (
        CheckConstraint("(acknowledged_at IS NULL) = (acknowledged_by IS NULL)", name="acknowledged"),
        Index("handover_from", "from_shift_id"),
        Index("handover_to", "to_shift_id"),
    )

    from_shift_id: Mapped[UUID] = mapped_column(ForeignKey("shift.id"))
    to_shift_id: Mapped[UUID | None] = mapped_column(ForeignKey("shift.id"))
    note: Mapped[str | None]
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    acknowledged_at: Mapped[datetime | None] = mapped_column(AT)
    acknowledged_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))


class HandoverItem(Row, Base):
    """One piece of open work: an assignment that was not begun, or a task of the patrol."""

    __tablename__ = "handover_item"
    __table_args__ = (
        one_of("kind", ItemKind),
        one_of("state", ItemState),
        Index("handover_item_handover", "handover_id", "id"),
    )

    handover_id: Mapped[UUID] = mapped_column(ForeignKey("handover.id", ondelete="CASCADE"))
    incident_id: Mapped[UUID] = mapped_column(ForeignKey("incident.id"))
    kind: Mapped[str]
    state: Mapped[str]
    part_id: Mapped[UUID]
    next_part_id: Mapped[UUID | None]
