"""The tables of devices: what each is bound to, its key, and how many of its fixes were not kept."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, DateTime, ForeignKey, LargeBinary, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, Row, one_of
from app.core.geo import Datum
from app.core.problems import Conflict, constraint_means
from app.patrol.device.workflow import App


class Device(Row, Base):
    """A vehicle's terminal, which gives its patrol's positions, or an officer's phone, which goes with the officer.

    `key_used_at` is when the present key was used first: from then on the device counts as enrolled.
    `last_seen_at` is kept to the minute.
    """

    __tablename__ = "device"
    __table_args__ = (
        one_of("app", App),
        one_of("datum", Datum),
        CheckConstraint("num_nonnulls(patrol_id, officer_id) = 1", name="bound_once"),
        UniqueConstraint("code"),
    )

    code: Mapped[str]
    app: Mapped[str]
    label: Mapped[str | None]
    centre_id: Mapped[UUID] = mapped_column(ForeignKey("centre.id"), index=True)
    patrol_id: Mapped[UUID | None] = mapped_column(ForeignKey("patrol.id"), index=True)
    officer_id: Mapped[UUID | None] = mapped_column(ForeignKey("officer.id"), index=True)
    datum: Mapped[str] = mapped_column(default=Datum.WGS84.value)
    is_active: Mapped[bool] = mapped_column(default=True)
    key_sha256: Mapped[bytes] = mapped_column(LargeBinary)
    key_made_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    key_used_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    key_revoked_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    last_seen_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class DeviceQuarantine(Base):
    """How many fixes of a device were not kept, by reason. Nothing of the fixes themselves is stored."""

    __tablename__ = "device_quarantine"

    device_id: Mapped[UUID] = mapped_column(ForeignKey("device.id", ondelete="CASCADE"), primary_key=True)
    reason: Mapped[str] = mapped_column(primary_key=True)
    fixes: Mapped[int] = mapped_column(BigInteger)
    last_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


constraint_means("device_pkey", Conflict("A device with this id exists."))
constraint_means("device_code_key", Conflict("A device with this code exists."))
