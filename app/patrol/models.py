"""The tables of where patrols are and were, and of who looked. The latest position is apart from the history."""

from datetime import datetime
from typing import Any
from uuid import UUID

from geoalchemy2 import Geometry
from sqlalchemy import REAL, BigInteger, DateTime, ForeignKey, Identity, Index, SmallInteger, func
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, one_of
from app.core.geo import SRID, Datum
from app.patrol.workflow import Quality


class LatestPosition(Base):
    """Where a patrol on duty was last seen; deleted when it signs off.

    `datum` is what the fix was given in: its shift can be undone and redone exactly, so the place is kept once.
    """

    __tablename__ = "latest_position"
    __table_args__ = (
        one_of("datum", Datum),
        one_of("quality", Quality),
        Index("latest_position_location", "location", postgresql_using="gist"),
        {"postgresql_with": {"fillfactor": "50"}},
    )

    patrol_id: Mapped[UUID] = mapped_column(ForeignKey("patrol.id"), primary_key=True)
    location: Mapped[Any] = mapped_column(Geometry("POINT", SRID, spatial_index=False))
    observed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    received_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    accuracy_m: Mapped[float | None] = mapped_column(REAL)
    speed_mps: Mapped[float | None] = mapped_column(REAL)
    heading_deg: Mapped[float | None] = mapped_column(REAL)
    battery: Mapped[int | None] = mapped_column(SmallInteger)
    device_id: Mapped[str | None]
    datum: Mapped[str] = mapped_column(default=Datum.WGS84.value)
    quality: Mapped[str] = mapped_column(default=Quality.GOOD.value)


class Position(Base):
    """Every fix of a patrol on duty, kept by day (UTC) and dropped by day when `track_keep_days` are over.

    No foreign keys: this is the bulk path, and the ids come from the shift the fix was observed on. A fix is the same
    when patrol, instant and device are; the first one that came stays. What no day's partition holds is in
    `position_rest` until its day is made.
    """

    __tablename__ = "position"
    __table_args__ = (
        one_of("datum", Datum),
        one_of("quality", Quality),
        Index("position_received_at", "received_at", postgresql_using="brin", postgresql_with={"autosummarize": "on"}),
        {"postgresql_partition_by": "RANGE (observed_at)"},
    )

    patrol_id: Mapped[UUID] = mapped_column(primary_key=True)
    observed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), primary_key=True)
    device_id: Mapped[str] = mapped_column(primary_key=True, server_default="")
    shift_id: Mapped[UUID]
    received_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    location: Mapped[Any] = mapped_column(Geometry("POINT", SRID, spatial_index=False))
    accuracy_m: Mapped[float | None] = mapped_column(REAL)
    speed_mps: Mapped[float | None] = mapped_column(REAL)
    heading_deg: Mapped[float | None] = mapped_column(REAL)
    battery: Mapped[int | None] = mapped_column(SmallInteger)
    datum: Mapped[str]
    quality: Mapped[str]


class TrackReading(Base):
    """Who looked at the track of a patrol, of which period, when and what for."""

    __tablename__ = "track_reading"
    __table_args__ = (Index("track_reading_patrol", "patrol_id", "from_at"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    patrol_id: Mapped[UUID] = mapped_column(ForeignKey("patrol.id"))
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"), index=True)
    from_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    to_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    purpose: Mapped[str]
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
