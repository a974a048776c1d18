"""The table of secondments: who is sent to whom, from which day to which."""

from datetime import date
from uuid import UUID

from sqlalchemy import CheckConstraint, Computed, ForeignKey, UniqueConstraint
from sqlalchemy.dialects.postgresql import DATERANGE, ExcludeConstraint, Range
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, Row
from app.core.problems import Conflict, Unprocessable, constraint_means


class Secondment(Row, Base):
    """派驻: an officer of a home department serves with a host from `starts_on` to `ends_on`, both included.

    `ended_on` is the first day at home again when it ended early; `during` are the days it really holds. A turn of a
    rotation names the turn it follows.
    """

    __tablename__ = "secondment"
    __table_args__ = (
        CheckConstraint("ends_on >= starts_on", name="period"),
        CheckConstraint("ended_on BETWEEN starts_on AND ends_on", name="ended_on"),
        CheckConstraint("(ended_on IS NULL) = (end_reason IS NULL)", name="end_reason"),
        UniqueConstraint("follows_id"),
        ExcludeConstraint(("officer_id", "="), ("during", "&&"), name="secondment_overlap", using="gist"),
    )

    officer_id: Mapped[UUID] = mapped_column(ForeignKey("officer.id"))
    department_id: Mapped[UUID] = mapped_column(ForeignKey("department.id"), index=True)
    host_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), index=True)
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    ended_on: Mapped[date | None]
    end_reason: Mapped[str | None]
    follows_id: Mapped[UUID | None] = mapped_column(ForeignKey("secondment.id"))
    during: Mapped[Range[date]] = mapped_column(
        DATERANGE, Computed("daterange(starts_on, COALESCE(ended_on, ends_on + 1))", persisted=True)
    )


constraint_means("secondment_pkey", Conflict("A secondment with this id exists."))
constraint_means("secondment_overlap", Conflict("The officer is seconded on some of these days already."))
constraint_means("secondment_follows_id_key", Conflict("Another secondment follows that one already."))
constraint_means("secondment_ended_on_check", Unprocessable("It can end on one of its own days only."))
