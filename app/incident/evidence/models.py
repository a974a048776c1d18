"""The tables of pictures, and of their custody: what was done with the bytes, by whom and what for."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from geoalchemy2 import Geometry
from sqlalchemy import BigInteger, DateTime, ForeignKey, Identity, Index, LargeBinary, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, Row, one_of
from app.core.geo import SRID
from app.core.problems import Conflict, constraint_means

AT = DateTime(timezone=True)


class EvidenceKind(StrEnum):
    """What a picture shows."""

    REPORT = "report"
    BEFORE = "before"
    AFTER = "after"
    VERIFY = "verify"
    CHECK = "check"


class Evidence(Row, Base):
    """A picture of an incident. The original is kept under its SHA-256; what is served is re-encoded without metadata.

    `claim` is what the camera wrote into the file, and how far it is from what was said; it decides nothing.
    `removed_at` says since when it is not shown any more, because its time was over; while `is_held`, it never is.
    `erased_at` says when its bytes were deleted.
    """

    __tablename__ = "evidence"
    __table_args__ = (
        one_of("kind", EvidenceKind),
        Index("evidence_incident", "incident_id"),
        Index("evidence_sha256", "sha256"),
        Index("evidence_content_sha256", "content_sha256"),
        Index("evidence_kept", "incident_id", postgresql_where=text("removed_at IS NULL AND NOT is_held")),
        Index("evidence_to_erase", "id", postgresql_where=text("removed_at IS NOT NULL AND erased_at IS NULL")),
    )

    incident_id: Mapped[UUID] = mapped_column(ForeignKey("incident.id"))
    kind: Mapped[str]
    media_type: Mapped[str]
    sha256: Mapped[bytes] = mapped_column(LargeBinary)
    content_sha256: Mapped[bytes] = mapped_column(LargeBinary)
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    location: Mapped[Any | None] = mapped_column(Geometry("POINT", SRID, spatial_index=False))
    observed_at: Mapped[datetime | None] = mapped_column(AT)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    note: Mapped[str | None]
    claim: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    is_held: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    removed_at: Mapped[datetime | None] = mapped_column(AT)
    erased_at: Mapped[datetime | None] = mapped_column(AT)


class Act(StrEnum):
    """What was done. `damaged` says that the bytes were not those that were received."""

    RECEIVED = "received"
    CLEANED = "cleaned"
    READ_ORIGINAL = "read_original"
    DAMAGED = "damaged"
    HELD = "held"
    RELEASED = "released"
    MOVED = "moved"
    DELETED = "deleted"


class Custody(Base):
    """One line of custody: never changed, never deleted. Without an account the service itself did it.

    `sha256` is of the bytes that the line is about.
    """

    __tablename__ = "evidence_custody"
    __table_args__ = (one_of("act", Act), Index("evidence_custody_evidence", "evidence_id", "id"))

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    evidence_id: Mapped[UUID] = mapped_column(ForeignKey("evidence.id"))
    act: Mapped[str]
    account_id: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))
    purpose: Mapped[str | None]
    sha256: Mapped[bytes] = mapped_column(LargeBinary)
    details: Mapped[dict[str, Any]] = mapped_column(JSONB)
    at: Mapped[datetime] = mapped_column(AT, server_default=func.now())


constraint_means("evidence_pkey", Conflict("Evidence with this id exists."))
