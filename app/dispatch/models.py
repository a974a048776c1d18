"""The table of assignments: which patrol handles which incident, and how far it is."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import REAL, CheckConstraint, DateTime, ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, Row, one_of
from app.core.problems import Conflict, constraint_means
from app.dispatch.workflow import LIVE, AssignmentState

AT = DateTime(timezone=True)
_LIVE = ", ".join(f"'{state.value}'" for state in AssignmentState if state in LIVE)


class Assignment(Row, Base):
    """派遣单. `is_active` holds the patrol: at most one an active patrol; `is_stacked` waits behind the active one.

    `observed`: of moves told by a device both times, by action; the instants hold those that count.
    """

    __tablename__ = "assignment"
    __table_args__ = (
        one_of("state", AssignmentState),
        CheckConstraint(f"(is_active OR is_stacked) = (state IN ({_LIVE}))", name="live"),
        CheckConstraint("NOT (is_active AND is_stacked)", name="one_place"),
        Index("assignment_one_active", "patrol_id", unique=True, postgresql_where=text("is_active")),
        Index(
            "assignment_one_live",
            "incident_id",
            "patrol_id",
            unique=True,
            postgresql_where=text("is_active OR is_stacked"),
        ),
        Index("assignment_stacked", "patrol_id", "offered_at", postgresql_where=text("is_stacked")),
        Index("assignment_incident", "incident_id"),
        Index("assignment_patrol", "patrol_id", "offered_at"),
        {"postgresql_with": {"fillfactor": "80"}},
    )

    incident_id: Mapped[UUID] = mapped_column(ForeignKey("incident.id"))
    patrol_id: Mapped[UUID] = mapped_column(ForeignKey("patrol.id"))
    state: Mapped[str]
    is_active: Mapped[bool]
    is_stacked: Mapped[bool]
    offered_at: Mapped[datetime] = mapped_column(AT)
    accepted_at: Mapped[datetime | None] = mapped_column(AT)
    departed_at: Mapped[datetime | None] = mapped_column(AT)
    arrived_at: Mapped[datetime | None] = mapped_column(AT)
    ended_at: Mapped[datetime | None] = mapped_column(AT)
    distance_m: Mapped[float | None] = mapped_column(REAL)
    observed: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict, server_default="{}")
    override_reason: Mapped[str | None]
    reason: Mapped[str | None]


constraint_means("assignment_one_active", Conflict("This patrol has an active assignment."))
constraint_means("assignment_one_live", Conflict("This patrol is assigned to this incident already."))
