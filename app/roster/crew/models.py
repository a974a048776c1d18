"""The table of what changed in a crew during its shift: only ever added to."""

from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, Row, one_of
from app.roster.workflow import CrewStep


class CrewChange(Row, Base):
    """One officer who joined, left or took the lead of a crew, by whom and why. `created_at` is when."""

    __tablename__ = "crew_change"
    __table_args__ = (one_of("step", CrewStep), Index("crew_change_shift", "shift_id", "id"))

    shift_id: Mapped[UUID] = mapped_column(ForeignKey("shift.id", ondelete="CASCADE"))
    officer_id: Mapped[UUID] = mapped_column(ForeignKey("officer.id"))
    step: Mapped[str]
    reason: Mapped[str]
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
