"""The tables of supervision: orders with their history, what clocks did, and work of the clock that keeps failing."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, Double, ForeignKey, Index, SmallInteger, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import UUID as PgUUID
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, Row, one_of
from app.core.problems import Conflict, constraint_means
from app.identity.workflow import Role
from app.supervision.workflow import Grade, OrderAction, OrderState

AT = DateTime(timezone=True)
IS_OPEN = text("state = 'open'")


class SupervisionOrder(Row, Base):
    """督办: one answer that is pressed for. `centre_id` is the centre that presses, `target_id` who is pressed.

    `clock_id` is the clock that opened it, if one did. `acts_at` is when its grade rises unless it is answered.
    """

    __tablename__ = "supervision_order"
    __table_args__ = (
        one_of("grade", Grade),
        one_of("state", OrderState),
        Index("supervision_order_one_open", "incident_id", "target_id", unique=True, postgresql_where=IS_OPEN),
        Index("supervision_order_incident", "incident_id"),
        Index("supervision_order_target", "target_id", "id"),
        Index("supervision_order_centre", "centre_id", "id"),
        Index("supervision_order_acts", "acts_at", postgresql_where=text("acts_at IS NOT NULL")),
    )

    incident_id: Mapped[UUID] = mapped_column(ForeignKey("incident.id"))
    target_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    centre_id: Mapped[UUID] = mapped_column(ForeignKey("centre.id"))
    clock_id: Mapped[UUID | None] = mapped_column(ForeignKey("clock.id"))
    grade: Mapped[str]
    state: Mapped[str]
    reason: Mapped[str]
    opened_by: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    opened_at: Mapped[datetime] = mapped_column(AT)
    reply_due_at: Mapped[datetime] = mapped_column(AT)
    acts_at: Mapped[datetime | None] = mapped_column(AT)
    answer: Mapped[str | None]
    answered_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))
    answered_at: Mapped[datetime | None] = mapped_column(AT)


class SupervisionEntry(Base):
    """One line of an order's history: append-only. `seq` is the version the move made."""

    __tablename__ = "supervision_entry"
    __table_args__ = (one_of("action", OrderAction), one_of("grade", Grade), one_of("role", Role))

    order_id: Mapped[UUID] = mapped_column(ForeignKey("supervision_order.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    action: Mapped[str]
    grade: Mapped[str]
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    role: Mapped[str]
    note: Mapped[str | None]
    reply_due_at: Mapped[datetime] = mapped_column(AT)
    at: Mapped[datetime] = mapped_column(AT, server_default=func.now())


class StepState(StrEnum):
    """`collapsed`: when its time was found to have come, so had a higher step's, and that one was done."""

    DONE = "done"
    COLLAPSED = "collapsed"


class ClockAction(Base):
    """A step of a clock's ladder that came: append-only, once for each limit the clock had.

    A clock that was given more time has another limit, and so may turn yellow again. `step` is the number of the step
    in the ladder of then, `share` of the limit and `after_min` its place. `acts` says of each act what it
    did, `skipped` why it could not; `late_s` is how much after its time the step was taken.
    """

    __tablename__ = "clock_action"
    __table_args__ = (one_of("state", StepState), Index("clock_action_incident", "incident_id", "at"))

    clock_id: Mapped[UUID] = mapped_column(ForeignKey("clock.id"), primary_key=True)
    due_at: Mapped[datetime] = mapped_column(AT, primary_key=True)
    share: Mapped[float] = mapped_column(Double, primary_key=True)
    after_min: Mapped[int] = mapped_column(primary_key=True)
    step: Mapped[int] = mapped_column(SmallInteger)
    incident_id: Mapped[UUID] = mapped_column(ForeignKey("incident.id"))
    state: Mapped[str]
    acts: Mapped[dict[str, Any]] = mapped_column(JSONB)
    skipped: Mapped[dict[str, Any]] = mapped_column(JSONB)
    late_s: Mapped[float] = mapped_column(Double)
    at: Mapped[datetime] = mapped_column(AT, server_default=func.now())


class Trial(Base):
    """A piece of the clock's work that was begun and has not come to its end; five times in vain, and it is parked."""

    __tablename__ = "trial"
    __table_args__ = (Index("trial_incident", "incident_id"),)

    kind: Mapped[str] = mapped_column(primary_key=True)
    subject_id: Mapped[UUID] = mapped_column(PgUUID(as_uuid=True), primary_key=True)
    incident_id: Mapped[UUID] = mapped_column(ForeignKey("incident.id"))
    tries: Mapped[int] = mapped_column(SmallInteger)
    at: Mapped[datetime] = mapped_column(AT, server_default=func.now())
    error: Mapped[str | None]
    parked_at: Mapped[datetime | None] = mapped_column(AT)


constraint_means(
    "supervision_order_one_open", Conflict("An order on this incident presses the same already: raise it.")
)
