"""The tables of appeals: the appeal, and its reviews."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, ForeignKey, Index, UniqueConstraint, func
from sqlalchemy.dialects.postgresql import UUID as PgUUID
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, Row, one_of
from app.core.problems import Conflict, constraint_means
from app.identity.workflow import Role
from app.supervision.appeal.workflow import AppealAction, AppealState, Subject


class Appeal(Row, Base):
    """申诉: one overdue fact that a department appeals against, once. `subject_id` is the fact, by its kind."""

    __tablename__ = "appeal"
    __table_args__ = (
        one_of("subject_kind", Subject),
        one_of("state", AppealState),
        UniqueConstraint("subject_kind", "subject_id"),
        Index("appeal_incident", "incident_id"),
        Index("appeal_state", "state", "id"),
    )

    incident_id: Mapped[UUID] = mapped_column(ForeignKey("incident.id"))
    subject_kind: Mapped[str]
    subject_id: Mapped[UUID] = mapped_column(PgUUID(as_uuid=True))
    department_id: Mapped[UUID] = mapped_column(ForeignKey("department.id"))
    state: Mapped[str]
    reason: Mapped[str]
    filed_by: Mapped[UUID] = mapped_column(ForeignKey("account.id"))


class AppealReview(Base):
    """What one reviewer said: append-only. `seq` is the appeal's version after it."""

    __tablename__ = "appeal_review"
    __table_args__ = (one_of("action", AppealAction), one_of("role", Role))

    appeal_id: Mapped[UUID] = mapped_column(ForeignKey("appeal.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    action: Mapped[str]
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    role: Mapped[str]
    note: Mapped[str | None]
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


constraint_means("appeal_pkey", Conflict("An appeal with this id exists."))
constraint_means(
    "appeal_subject_kind_subject_id_key", Conflict("This fact was appealed against before: once, and no more.")
)
