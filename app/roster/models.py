"""The tables of duty: joint patrols, their shifts and the crews on them."""

from datetime import datetime
from typing import Self
from uuid import UUID

from sqlalchemy import REAL, CheckConstraint, DateTime, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import TSTZRANGE, ExcludeConstraint, Range
from sqlalchemy.orm import Mapped, mapped_column

from app.agency.models import Officer
from app.core.db import Base, Row, one_of
from app.core.problems import Conflict, constraint_means
from app.roster.workflow import Vehicle


class Patrol(Row, Base):
    """联勤队: a joint patrol that is sent as one. Whether it is available is derived, never stored."""

    __tablename__ = "patrol"
    __table_args__ = (one_of("vehicle", Vehicle), UniqueConstraint("code"))

    code: Mapped[str]
    name: Mapped[str]
    name_en: Mapped[str]
    centre_id: Mapped[UUID] = mapped_column(ForeignKey("centre.id"), index=True)
    vehicle: Mapped[str]


class Shift(Row, Base):
    """One patrol's duty from `starts_at` to `ends_at` on a beat. On duty from signing on to signing off.

    `signed_on_…` says who signed the crew on, how many metres outside its beat, and why from there. `signed_off_by` is
    the system where the crew did not sign off; `reminded_at` is when it was said that a shift in work is overdue.
    """

    __tablename__ = "shift"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="period"),
        CheckConstraint("signed_off_at >= signed_on_at", name="signed"),
        Index(
            "shift_one_on_duty",
            "patrol_id",
            unique=True,
            postgresql_where=text("signed_on_at IS NOT NULL AND signed_off_at IS NULL"),
        ),
        Index("shift_patrol", "patrol_id", "starts_at"),
    )

    patrol_id: Mapped[UUID] = mapped_column(ForeignKey("patrol.id"))
    centre_id: Mapped[UUID] = mapped_column(ForeignKey("centre.id"), index=True)
    beat_id: Mapped[UUID | None] = mapped_column(ForeignKey("beat.id"))
    starts_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    ends_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    signed_on_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    signed_off_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    handover_note: Mapped[str | None]
    signed_on_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))
    signed_on_distance_m: Mapped[float | None] = mapped_column(REAL)
    signed_on_reason: Mapped[str | None]
    signed_off_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))
    reminded_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class CrewMember(Base):
    """An officer's seat on a shift. No officer sits on two shifts at the same time: the database refuses it.

    Who leaves during the shift keeps the seat until `left_at`, where `during` is cut.
    """

    __tablename__ = "crew_member"
    __table_args__ = (
        ExcludeConstraint(("officer_id", "="), ("during", "&&"), name="crew_member_overlap", using="gist"),
        Index("crew_member_one_leader", "shift_id", unique=True, postgresql_where=text("is_leader")),
    )

    shift_id: Mapped[UUID] = mapped_column(ForeignKey("shift.id", ondelete="CASCADE"), primary_key=True)
    officer_id: Mapped[UUID] = mapped_column(ForeignKey("officer.id"), primary_key=True)
    department_id: Mapped[UUID] = mapped_column(ForeignKey("department.id"))
    account_id: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"), index=True)
    is_leader: Mapped[bool] = mapped_column(default=False)
    during: Mapped[Range[datetime]] = mapped_column(TSTZRANGE)
    left_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    @classmethod
    def seated(cls, officer: Officer, shift: Shift, *, is_leader: bool) -> Self:
        """An officer on a shift for all of its planned time, as of the department the officer is with now."""
        return cls(
            shift_id=shift.id,
            officer_id=officer.id,
            department_id=officer.department_id,
            account_id=officer.account_id,
            is_leader=is_leader,
            during=Range(shift.starts_at, shift.ends_at),
        )

    def sit(self, since: datetime, shift: Shift) -> None:
        """Sit down during the shift, for the first time or again: the seat is held from now to its planned end."""
        self.during, self.left_at = Range(since, shift.ends_at), None

    def leave(self, at: datetime) -> None:
        """Get up: the seat is cut here, and the officer free for another; of one not begun nothing stays."""
        until = self.during.upper or at
        self.during = Range(self.since, min(at, until)) if self.since < at else Range(empty=True)
        self.left_at = at

    @property
    def since(self) -> datetime:
        """When the seat begins: at the planned start, or when its officer joined."""
        begun = self.during.lower
        assert begun is not None, "of a seat that was sat on"  # noqa: S101  # a programming error
        return begun


constraint_means("patrol_pkey", Conflict("A patrol with this id exists."))
constraint_means("patrol_code_key", Conflict("A patrol with this code exists."))
constraint_means("shift_pkey", Conflict("A shift with this id exists."))
constraint_means("crew_member_overlap", Conflict("An officer would sit on two shifts at the same time."))
constraint_means("shift_one_on_duty", Conflict("This patrol is on duty on another shift."))
