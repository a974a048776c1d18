"""The tables of duty: joint patrols, shift templates and rosters, their shifts and the crews on them."""

from datetime import date, datetime, time
from typing import Any, Self
from uuid import UUID

from sqlalchemy import (
    REAL,
    CheckConstraint,
    Computed,
    DateTime,
    ForeignKey,
    Index,
    SmallInteger,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TEXT, TSTZRANGE, ExcludeConstraint, Range
from sqlalchemy.orm import Mapped, mapped_column

from app.agency.models import Officer
from app.core.db import Base, Row, one_of
from app.core.ids import uuid7
from app.core.problems import Conflict, constraint_means
from app.roster.workflow import AmendmentKind, LeaveKind, LeaveState, RosterStatus, Vehicle


class Patrol(Row, Base):
    """联勤队: a joint patrol that is sent as one. Whether it is available is derived, never stored."""

    __tablename__ = "patrol"
    __table_args__ = (one_of("vehicle", Vehicle), UniqueConstraint("code"))

    code: Mapped[str]
    name: Mapped[str]
    name_en: Mapped[str]
    centre_id: Mapped[UUID] = mapped_column(ForeignKey("centre.id"), index=True)
    vehicle: Mapped[str]


class ShiftTemplate(Row, Base):
    """A shift a centre works again and again: when it starts by the centre's clock, how long, and the `crews` it wants.

    On the days of `weekdays` (1 is Monday) that are a multiple of `every_days` after `valid_from`. `crews` is a list of
    `CrewWanted`; a shift's `slot` is a crew's place in it.
    """

    __tablename__ = "shift_template"
    __table_args__ = (
        CheckConstraint("length_s BETWEEN 1 AND 86400", name="length_s"),
        CheckConstraint("every_days BETWEEN 1 AND 366", name="every_days"),
        CheckConstraint("valid_until >= valid_from", name="valid"),
        UniqueConstraint("centre_id", "code"),
    )

    centre_id: Mapped[UUID] = mapped_column(ForeignKey("centre.id"))
    code: Mapped[str]
    name: Mapped[str]
    name_en: Mapped[str]
    starts: Mapped[time]
    length_s: Mapped[int]
    weekdays: Mapped[list[int]] = mapped_column(ARRAY(SmallInteger))
    every_days: Mapped[int] = mapped_column(SmallInteger)
    valid_from: Mapped[date]
    valid_until: Mapped[date | None]
    allows_sign_up: Mapped[bool]
    is_standby: Mapped[bool]
    crews: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)


class Roster(Row, Base):
    """排班: a centre's shifts of a period (both days included), made from `templates` (codes; null for all it has).

    `settings` are the centre's `DutyRules` at the time the roster was made.
    """

    __tablename__ = "roster"
    __table_args__ = (
        one_of("status", RosterStatus),
        CheckConstraint("ends_on >= starts_on", name="period"),
        CheckConstraint("(status = 'published') = (published_at IS NOT NULL)", name="published"),
        Index("roster_centre", "centre_id", "starts_on"),
    )

    centre_id: Mapped[UUID] = mapped_column(ForeignKey("centre.id"))
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    title: Mapped[str]
    templates: Mapped[list[str] | None] = mapped_column(ARRAY(TEXT))
    status: Mapped[str] = mapped_column(default=RosterStatus.DRAFT.value)
    published_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    settings: Mapped[dict[str, Any]] = mapped_column(JSONB)


class RosterAmendment(Base):
    """One change of a published roster: what of a shift was before and after, why, and by whom. Never changed.

    `override` is given where a rule of `overridden` stays unmet. A cancelled shift is gone: only its id is kept.
    """

    __tablename__ = "roster_amendment"
    __table_args__ = (one_of("kind", AmendmentKind), Index("roster_amendment_roster", "roster_id", "id"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    roster_id: Mapped[UUID] = mapped_column(ForeignKey("roster.id"))
    shift_id: Mapped[UUID] = mapped_column(index=True)
    kind: Mapped[str]
    before: Mapped[dict[str, Any]] = mapped_column(JSONB)
    after: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    reason: Mapped[str]
    override: Mapped[str | None]
    overridden: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    role: Mapped[str]
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


class Shift(Row, Base):
    """One patrol's duty from `starts_at` to `ends_at` on a beat. On duty from signing on to signing off.

    Without a roster it was planned by itself. A roster's is the crew at `slot` of a template on a day, in its
    `template_version`, and keeps the crew it wants (`wanted`, a `Wanted`).

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
        UniqueConstraint("template_id", "planned_on", "slot"),
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
    roster_id: Mapped[UUID | None] = mapped_column(ForeignKey("roster.id", ondelete="CASCADE"), index=True)
    template_id: Mapped[UUID | None] = mapped_column(ForeignKey("shift_template.id"))
    template_version: Mapped[int | None]
    planned_on: Mapped[date | None]
    slot: Mapped[int | None] = mapped_column(SmallInteger)
    wanted: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))

    @property
    def during(self) -> Range[datetime]:
        """Its planned time."""
        return Range(self.starts_at, self.ends_at)


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
            during=shift.during,
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


class Leave(Row, Base):
    """请假: an officer is not available from `starts_at` to `ends_at`, once somebody else has approved it.

    `centre_id` is the base whose planners decide. `note` is for them: no list and no fact of the log shows it.
    """

    __tablename__ = "leave"
    __table_args__ = (
        one_of("kind", LeaveKind),
        one_of("state", LeaveState),
        CheckConstraint("ends_at > starts_at", name="period"),
        CheckConstraint("decided_by <> asked_by", name="decided_by"),
        CheckConstraint("state NOT IN ('approved', 'refused') OR decided_by IS NOT NULL", name="decided"),
        ExcludeConstraint(
            ("officer_id", "="),
            ("during", "&&"),
            name="leave_overlap",
            using="gist",
            where=text("state = 'approved'"),
        ),
        Index("leave_centre", "centre_id", "starts_at"),
        Index("leave_officer", "officer_id", "starts_at"),
    )

    officer_id: Mapped[UUID] = mapped_column(ForeignKey("officer.id"))
    centre_id: Mapped[UUID] = mapped_column(ForeignKey("centre.id"))
    kind: Mapped[str]
    state: Mapped[str]
    starts_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    ends_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    during: Mapped[Range[datetime]] = mapped_column(
        TSTZRANGE, Computed("tstzrange(starts_at, ends_at)", persisted=True)
    )
    note: Mapped[str | None]
    asked_by: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))
    decided_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    decision_note: Mapped[str | None]


constraint_means("leave_pkey", Conflict("A leave with this id exists."))
constraint_means("leave_overlap", Conflict("The officer has approved leave at this time already."))
constraint_means("patrol_pkey", Conflict("A patrol with this id exists."))
constraint_means("patrol_code_key", Conflict("A patrol with this code exists."))
constraint_means("shift_pkey", Conflict("A shift with this id exists."))
constraint_means("shift_template_pkey", Conflict("A shift template with this id exists."))
constraint_means("shift_template_centre_id_code_key", Conflict("This centre has a shift template with this code."))
constraint_means("roster_pkey", Conflict("A roster with this id exists."))
constraint_means(
    "shift_template_id_planned_on_slot_key", Conflict("Another roster has shifts of this template on these days.")
)
constraint_means("crew_member_overlap", Conflict("An officer would sit on two shifts at the same time."))
constraint_means("shift_one_on_duty", Conflict("This patrol is on duty on another shift."))
