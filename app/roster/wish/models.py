"""The tables of wishes: an officer's for and against turns of one roster, and standing ones."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, Double, ForeignKey, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TEXT
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, Row
from app.core.problems import Conflict, constraint_means


class RosterWish(Row, Base):
    """What an officer would rather do, and rather not, on one roster: lists of turns (`starts_at`, `ends_at`).

    `answers` are what the fill that was applied last made of it, and of standing wishes; `share` is what part of all of
    them it granted, null where there was nothing to grant.
    """

    __tablename__ = "roster_wish"
    __table_args__ = (
        CheckConstraint("share BETWEEN 0 AND 1", name="share"),
        UniqueConstraint("roster_id", "officer_id"),
        Index("roster_wish_officer", "officer_id"),
    )

    roster_id: Mapped[UUID] = mapped_column(ForeignKey("roster.id", ondelete="CASCADE"))
    officer_id: Mapped[UUID] = mapped_column(ForeignKey("officer.id"))
    rather: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    rather_not: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    answers: Mapped[list[dict[str, Any]] | None] = mapped_column(JSONB(none_as_null=True))
    share: Mapped[float | None] = mapped_column(Double)
    answered_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class StandingWish(Row, Base):
    """What duties an officer would rather have, and rather not, on every roster: traits."""

    __tablename__ = "standing_wish"
    __table_args__ = (UniqueConstraint("officer_id"),)

    officer_id: Mapped[UUID] = mapped_column(ForeignKey("officer.id"))
    rather: Mapped[list[str]] = mapped_column(ARRAY(TEXT))
    rather_not: Mapped[list[str]] = mapped_column(ARRAY(TEXT))


constraint_means(
    "roster_wish_roster_id_officer_id_key", Conflict("These wishes were said by another request meanwhile.")
)
constraint_means("standing_wish_officer_id_key", Conflict("These wishes were said by another request meanwhile."))
