"""The tables of where patrols are. The latest position is apart from everything that changes slowly."""

from datetime import datetime
from typing import Any
from uuid import UUID

from geoalchemy2 import Geometry
from sqlalchemy import REAL, DateTime, ForeignKey, Index, SmallInteger, func
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
