"""The tables of incidents: the row itself, its moves, clocks and tasks."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from geoalchemy2 import Geometry
from sqlalchemy import (
    DateTime,
    Double,
    ForeignKey,
    Index,
    Integer,
    Sequence,
    SmallInteger,
    UniqueConstraint,
    desc,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.dialects.postgresql import UUID as PgUUID
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, Row, one_of
from app.core.geo import SRID
from app.core.problems import Conflict, NotFound, constraint_means
from app.identity.workflow import Role
from app.incident.workflow import Action, Clock, Status

AT = DateTime(timezone=True)
FOUND_BY_PATROLS = (Role.GRID_WORKER, Role.PATROL_MEMBER, Role.TEAM_LEADER, Role.INSPECTOR)
"""Where patrols look more, they find more: what they reported says where they were, not where it is hot."""


class ClockState(StrEnum):
    """`met` says that the step was done, late or not; `breached` is set by the timer when the limit passes first."""

    RUNNING = "running"
    PAUSED = "paused"
    MET = "met"
    BREACHED = "breached"
    CANCELLED = "cancelled"


class Card(StrEnum):
    """黄牌, 红牌: what a clock shows, as its ladder says; most show yellow at 80 % of the limit, red from it on."""

    YELLOW = "yellow"
    RED = "red"


class TaskKind(StrEnum):
    """核实 verify is before registration, 核查 check is after handling. Never swap them."""

    VERIFY = "verify"
    CHECK = "check"


class TaskState(StrEnum):
    """How far a task is; `withdrawn` when the incident moved on without it."""

    OFFERED = "offered"
    ACCEPTED = "accepted"
    REPORTED = "reported"
    WITHDRAWN = "withdrawn"


serial = Sequence("incident_serial", metadata=Base.metadata)
"""The running part of incident numbers; it may have gaps."""


class Incident(Row, Base):
    """Something that happened at a place. Every change of it goes through the command capability.

    `home_centre_id` is the lowest centre that takes part, `commanding_centre_id` it or one above it, `root_centre_id`
    the top of that jurisdiction. `lead_…` says who leads the handling; `task_…` who holds the open task.
    `is_returned` from an approved return until it is sent out again or back to intake.
    `due_at` is the nearest limit that runs, `given` the place as it was given where that differs from `location`,
    `routing` what the routing rules in force said of it last. `failed_count` says how often, since its centre commands,
    nobody who was sent for went.
    """

    __tablename__ = "incident"
    __table_args__ = (
        one_of("status", Status),
        UniqueConstraint("number"),
        Index("incident_external", "root_centre_id", "source", "external_ref", unique=True),
        Index("incident_home", "home_centre_id", desc("reported_at"), desc("id")),
        Index(
            "incident_home_open",
            "home_centre_id",
            desc("reported_at"),
            desc("id"),
            postgresql_where=text("closed_at IS NULL"),
        ),
        Index("incident_commanding", "commanding_centre_id", desc("reported_at"), desc("id")),
        Index("incident_cell", "cell_id", desc("reported_at")),
        Index("incident_category", "category_id", desc("reported_at")),
        Index("incident_location", "location", postgresql_using="gist"),
        Index(
            "incident_location_open", "location", postgresql_using="gist", postgresql_where=text("closed_at IS NULL")
        ),
        Index("incident_lead_department", "lead_department_id", desc("reported_at")),
        Index("incident_reporter", "reporter_id", desc("reported_at"), desc("id")),
        Index("incident_task_account", "task_account_id", postgresql_where=text("task_account_id IS NOT NULL")),
        Index("incident_task_patrol", "task_patrol_id", postgresql_where=text("task_patrol_id IS NOT NULL")),
        Index("incident_master", "master_id", postgresql_where=text("master_id IS NOT NULL")),
        Index("incident_suspended", "suspended_until", postgresql_where=text("status = 'suspended'")),
        {"postgresql_with": {"fillfactor": "85"}},
    )

    number: Mapped[str]
    status: Mapped[str]
    status_since: Mapped[datetime] = mapped_column(AT)
    round: Mapped[int] = mapped_column(SmallInteger, default=1)
    rework_count: Mapped[int] = mapped_column(SmallInteger, default=0)
    failed_count: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    title: Mapped[str | None]
    description: Mapped[str]
    priority: Mapped[int] = mapped_column(SmallInteger)
    category_id: Mapped[UUID | None] = mapped_column(ForeignKey("category.id"))
    standard_id: Mapped[UUID | None] = mapped_column(ForeignKey("standard.id"))
    source: Mapped[str]
    external_ref: Mapped[str | None]
    occurred_at: Mapped[datetime | None] = mapped_column(AT)
    reported_at: Mapped[datetime] = mapped_column(AT, server_default=func.now())
    reporter_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    location: Mapped[Any] = mapped_column(Geometry("POINT", SRID, spatial_index=False))
    given: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    routing: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    cell_id: Mapped[UUID] = mapped_column(ForeignKey("grid_cell.id"))
    area_id: Mapped[UUID] = mapped_column(ForeignKey("area.id"))
    home_centre_id: Mapped[UUID] = mapped_column(ForeignKey("centre.id"))
    commanding_centre_id: Mapped[UUID] = mapped_column(ForeignKey("centre.id"))
    root_centre_id: Mapped[UUID] = mapped_column(ForeignKey("centre.id"))
    lead_patrol_id: Mapped[UUID | None] = mapped_column(ForeignKey("patrol.id"))
    lead_department_id: Mapped[UUID | None] = mapped_column(ForeignKey("department.id"))
    master_id: Mapped[UUID | None] = mapped_column(ForeignKey("incident.id"))
    task_id: Mapped[UUID | None]
    task_patrol_id: Mapped[UUID | None] = mapped_column(ForeignKey("patrol.id"))
    task_account_id: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))
    due_at: Mapped[datetime | None] = mapped_column(AT)
    suspended_until: Mapped[datetime | None] = mapped_column(AT)
    is_returned: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    self_handled: Mapped[bool] = mapped_column(default=False)
    force_closed: Mapped[bool] = mapped_column(default=False)
    closed_at: Mapped[datetime | None] = mapped_column(AT)


class IncidentMove(Base):
    """One line of an incident's history: append-only. `seq` is the version the move made."""

    __tablename__ = "incident_move"
    __table_args__ = (
        one_of("action", Action),
        one_of("role", Role),
        Index(
            "incident_move_by_patrols",
            "at",
            postgresql_include=["incident_id"],
            postgresql_where=text("seq = 1 AND role IN (" + ", ".join(f"'{role}'" for role in FOUND_BY_PATROLS) + ")"),
        ),
    )

    incident_id: Mapped[UUID] = mapped_column(ForeignKey("incident.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(Integer, primary_key=True)
    action: Mapped[str]
    from_status: Mapped[str | None]
    to_status: Mapped[str]
    actor_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    role: Mapped[str]
    centre_id: Mapped[UUID] = mapped_column(ForeignKey("centre.id"))
    from_centre_id: Mapped[UUID | None] = mapped_column(ForeignKey("centre.id"))
    note: Mapped[str | None]
    details: Mapped[dict[str, Any]] = mapped_column(JSONB)
    evidence: Mapped[list[UUID]] = mapped_column(ARRAY(PgUUID(as_uuid=True)))
    at: Mapped[datetime] = mapped_column(AT, server_default=func.now())
    seconds_in_state: Mapped[float | None] = mapped_column(Double)
    overdue: Mapped[bool] = mapped_column(default=False)


class RunningClock(Base):
    """时限: one limit of one incident, or of one summons to it.

    Started again it is a new row; `is_current` marks the one that counts. `limit_amount` is what it started with,
    `amount` with all that was added, both in `unit`. `basis` says where the limit is from and which calendar it was
    counted by. `is_exempt` leaves the fact out of scores; the fact stays. `rung_…` says how far it has climbed its
    ladder, `acts_at` when the next step is: null when none is left or the clock has ended; while it stands still
    (`paused_at`) nothing is climbed.
    """

    __tablename__ = "clock"
    __table_args__ = (
        one_of("kind", Clock),
        one_of("state", ClockState),
        one_of("card", Card),
        Index("clock_incident", "incident_id", unique=False),
        Index(
            "clock_one_current",
            "incident_id",
            "kind",
            "summons_id",
            unique=True,
            postgresql_where=text("is_current"),
            postgresql_nulls_not_distinct=True,
        ),
        Index("clock_acts", "acts_at", postgresql_where=text("acts_at IS NOT NULL AND paused_at IS NULL")),
        {"postgresql_with": {"fillfactor": "80"}},
    )

    id: Mapped[UUID] = mapped_column(PgUUID(as_uuid=True), primary_key=True)
    incident_id: Mapped[UUID] = mapped_column(ForeignKey("incident.id"))
    summons_id: Mapped[UUID | None] = mapped_column(ForeignKey("summons.id"))
    kind: Mapped[str]
    state: Mapped[str]
    is_current: Mapped[bool]
    round: Mapped[int] = mapped_column(SmallInteger)
    level: Mapped[int] = mapped_column(SmallInteger)
    amount: Mapped[float] = mapped_column(Double)
    limit_amount: Mapped[float | None] = mapped_column(Double)
    unit: Mapped[str]
    basis: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    started_at: Mapped[datetime] = mapped_column(AT)
    due_at: Mapped[datetime] = mapped_column(AT)
    paused_at: Mapped[datetime | None] = mapped_column(AT)
    ended_at: Mapped[datetime | None] = mapped_column(AT)
    is_exempt: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    rung_share: Mapped[float] = mapped_column(Double, server_default="0")
    rung_min: Mapped[int] = mapped_column(Integer, server_default="0")
    acts_at: Mapped[datetime | None] = mapped_column(AT)
    card: Mapped[str | None]


class Task(Row, Base):
    """核实/核查任务: somebody who looks. Held by a patrol, by an account, or by all who may check at the centre."""

    __tablename__ = "task"
    __table_args__ = (
        one_of("kind", TaskKind),
        one_of("state", TaskState),
        one_of("card", Card),
        Index("task_incident", "incident_id"),
        Index("task_due", "due_at", postgresql_where=text("state IN ('offered', 'accepted') AND card IS NULL")),
    )

    incident_id: Mapped[UUID] = mapped_column(ForeignKey("incident.id"))
    kind: Mapped[str]
    state: Mapped[str]
    patrol_id: Mapped[UUID | None] = mapped_column(ForeignKey("patrol.id"))
    account_id: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))
    due_at: Mapped[datetime] = mapped_column(AT)
    card: Mapped[str | None]
    result: Mapped[str | None]
    reason: Mapped[str | None]
    reported_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))
    reported_at: Mapped[datetime | None] = mapped_column(AT)


TAKEN = Conflict("An incident with this id exists.")
constraint_means("incident_pkey", TAKEN)
constraint_means("incident_move_pkey", TAKEN)
constraint_means("clock_one_current", TAKEN)
constraint_means("incident_external", Conflict("This ticket of this source is reported already."))
constraint_means("incident_master_id_fkey", NotFound("There is no such master incident."))
