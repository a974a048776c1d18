"""The table of scores after whistles."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Index, SmallInteger, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import UUID as PgUUID
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, one_of
from app.core.ids import uuid7
from app.core.problems import Conflict, constraint_means
from app.identity.workflow import Role
from app.supervision.score.workflow import HIGHEST_MARK, Finding, Target


class WhistleScore(Base):
    """One centre's score of one target of a whistle: append-only. A correction is a new row that names the one before.

    `finding` and `is_exempt` are what the facts said when it was given.
    """

    __tablename__ = "whistle_score"
    __table_args__ = (
        one_of("target_kind", Target),
        one_of("finding", Finding),
        one_of("role", Role),
        CheckConstraint(f"mark BETWEEN 0 AND {HIGHEST_MARK}", name="mark"),
        UniqueConstraint("corrects_id"),
        Index(
            "whistle_score_once",
            "whistle_id",
            "scorer_id",
            "target_id",
            unique=True,
            postgresql_where=text("corrects_id IS NULL"),
        ),
        Index("whistle_score_target", "target_id", "at"),
    )

    id: Mapped[UUID] = mapped_column(PgUUID(as_uuid=True), primary_key=True, default=uuid7)
    whistle_id: Mapped[UUID] = mapped_column(ForeignKey("whistle.id"))
    scorer_id: Mapped[UUID] = mapped_column(ForeignKey("centre.id"))
    target_kind: Mapped[str]
    target_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    finding: Mapped[str]
    is_exempt: Mapped[bool]
    mark: Mapped[int] = mapped_column(SmallInteger)
    note: Mapped[str | None]
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    role: Mapped[str]
    corrects_id: Mapped[UUID | None] = mapped_column(ForeignKey("whistle_score.id"))
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


AGAIN = Conflict("Scored already: a correction names the score it takes the place of.")
constraint_means("whistle_score_once", AGAIN)
constraint_means("whistle_score_corrects_id_key", AGAIN)
