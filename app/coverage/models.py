"""The tables of patrol proof: presence by patrol (for a while) and by place (kept), checkpoints, minimums, voids."""

from datetime import datetime, time
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from geoalchemy2 import Geometry
from sqlalchemy import (
    REAL,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Index,
    LargeBinary,
    Numeric,
    SmallInteger,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as PgUUID
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, Row, one_of
from app.core.geo import SRID
from app.core.problems import Conflict, constraint_means
from app.roster.workflow import Vehicle

SECONDS = Numeric(12, 3)
"""Exact, so that a sum is the same in any order."""


class PatrolPresence(Base):
    """What one patrol did in one cell in one hour; deleted when the tracks it comes from are.

    `visits` counts the stays that began in that hour, so that hours add up to stays. `dwell_s` is the time in the cell.
    """

    __tablename__ = "patrol_presence"
    __table_args__ = (Index("patrol_presence_cell", "cell_id", "hour_at"), Index("patrol_presence_hour", "hour_at"))

    patrol_id: Mapped[UUID] = mapped_column(ForeignKey("patrol.id"), primary_key=True)
    hour_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), primary_key=True)
    cell_id: Mapped[UUID] = mapped_column(ForeignKey("grid_cell.id"), primary_key=True)
    visits: Mapped[int]
    dwell_s: Mapped[Decimal] = mapped_column(SECONDS)
    first_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    last_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class CellPresence(Base):
    """What all patrols together did in a cell in an hour. It names nobody, and is kept."""

    __tablename__ = "cell_presence"

    cell_id: Mapped[UUID] = mapped_column(ForeignKey("grid_cell.id"), primary_key=True)
    hour_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), primary_key=True)
    visits: Mapped[int]
    dwell_s: Mapped[Decimal] = mapped_column(SECONDS)
    patrols: Mapped[int] = mapped_column(SmallInteger)
    first_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    last_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class PresenceDue(Base):
    """An hour of a patrol whose presence must be computed again, because fixes came that touch it."""

    __tablename__ = "presence_due"

    patrol_id: Mapped[UUID] = mapped_column(primary_key=True)
    hour_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), primary_key=True)


class PresenceProgress(Base):
    """Up to when the fixes that came have been looked at, and since when nothing has been left to compute. One row."""

    __tablename__ = "presence_progress"
    __table_args__ = (CheckConstraint("id = 1", name="one"),)

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    received_until: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    computed_until: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class VisitHow(StrEnum):
    """A visit seen in the track, or made by scanning the checkpoint's code or saying that one is there."""

    TRACK = "track"
    SCAN = "scan"


class Checkpoint(Row, Base):
    """巡更点: a place to be visited every `every_s` seconds. Its cell and beats are those that hold it now.

    `radius_m` is the geofence; where there is a code, only its hash is kept.
    """

    __tablename__ = "checkpoint"
    __table_args__ = (
        UniqueConstraint("centre_id", "code"),
        Index("checkpoint_location", "location", postgresql_using="gist"),
        Index("checkpoint_token_sha256", "token_sha256", unique=True),
    )

    centre_id: Mapped[UUID] = mapped_column(ForeignKey("centre.id"))
    code: Mapped[str]
    name: Mapped[str]
    name_en: Mapped[str]
    location: Mapped[Any] = mapped_column(Geometry("POINT", SRID, spatial_index=False))
    radius_m: Mapped[float] = mapped_column(REAL)
    every_s: Mapped[int]
    token_sha256: Mapped[bytes | None] = mapped_column(LargeBinary)
    is_active: Mapped[bool] = mapped_column(default=True)


class CheckpointVisit(Base):
    """One patrol at a checkpoint: when it came, and how that is known. `distance_m` is from the checkpoint."""

    __tablename__ = "checkpoint_visit"
    __table_args__ = (one_of("how", VisitHow), Index("checkpoint_visit_patrol", "patrol_id", "observed_at"))

    checkpoint_id: Mapped[UUID] = mapped_column(ForeignKey("checkpoint.id"), primary_key=True)
    observed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), primary_key=True)
    patrol_id: Mapped[UUID] = mapped_column(ForeignKey("patrol.id"), primary_key=True)
    how: Mapped[str] = mapped_column(primary_key=True)
    received_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=text("now()"))
    distance_m: Mapped[float | None] = mapped_column(REAL)


class CoverageMinimum(Row, Base):
    """How many patrols a cell, a beat or an area needs at some hours: of a vehicle or with a department, if it says so.

    `starts` and `ends` are wall times of the centre's calendar; a band that ends before it starts goes past midnight.
    """

    __tablename__ = "coverage_minimum"
    __table_args__ = (
        one_of("vehicle", Vehicle),
        CheckConstraint("num_nonnulls(cell_code, beat_id, area_id) = 1", name="place"),
        CheckConstraint("needed > 0", name="needed"),
        Index("coverage_minimum_centre", "centre_id"),
    )

    centre_id: Mapped[UUID] = mapped_column(ForeignKey("centre.id"))
    cell_code: Mapped[str | None]
    beat_id: Mapped[UUID | None] = mapped_column(ForeignKey("beat.id"))
    area_id: Mapped[UUID | None] = mapped_column(ForeignKey("area.id"))
    weekdays: Mapped[list[int]] = mapped_column(ARRAY(SmallInteger))
    starts: Mapped[time]
    ends: Mapped[time]
    department_id: Mapped[UUID | None] = mapped_column(ForeignKey("department.id"))
    vehicle: Mapped[str | None]
    needed: Mapped[int] = mapped_column(SmallInteger)
    is_active: Mapped[bool] = mapped_column(default=True)


class CoverageVoid(Base):
    """空档: a place has had too few patrols `since_at`; said when that has lasted, `opened_at`, and when it is over.

    While `opened_at` is empty it may still pass unsaid. `enough_since_at` says since when there are enough again.
    """

    __tablename__ = "coverage_void"
    __table_args__ = (
        Index("coverage_void_one", "minimum_id", unique=True, postgresql_where=text("ended_at IS NULL")),
        Index("coverage_void_centre", "centre_id", "id"),
    )

    id: Mapped[UUID] = mapped_column(PgUUID(as_uuid=True), primary_key=True)
    minimum_id: Mapped[UUID] = mapped_column(ForeignKey("coverage_minimum.id", ondelete="CASCADE"))
    centre_id: Mapped[UUID] = mapped_column(ForeignKey("centre.id"))
    since_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    opened_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    enough_since_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    lowest: Mapped[int] = mapped_column(SmallInteger)


constraint_means("checkpoint_pkey", Conflict("A checkpoint with this id exists."))
constraint_means("checkpoint_centre_id_code_key", Conflict("This centre has a checkpoint with this code."))
constraint_means("coverage_minimum_pkey", Conflict("A minimum with this id exists."))
