"""The table of fills: rosters being filled by a solver, and what it proposes."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, ForeignKey, Index, Integer, SmallInteger, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, Row, one_of
from app.core.problems import Conflict, constraint_means
from app.roster.fill.workflow import LIVE, FillState

_LIVE = ", ".join(f"'{state.value}'" for state in sorted(LIVE))


class RosterFill(Row, Base):
    """One search for who sits where in a draft. `version` counts its states, not its progress.

    `beat_at` is when its worker was last heard of, `attempt` how often one has taken it. `basis` are the versions of
    the shifts that the proposal fits; it is applied to no others.
    """

    __tablename__ = "roster_fill"
    __table_args__ = (
        one_of("state", FillState),
        Index("roster_fill_one_live", "roster_id", unique=True, postgresql_where=text(f"state IN ({_LIVE})")),
        Index("roster_fill_queue", "created_at", postgresql_where=text(f"state IN ({_LIVE})")),
        Index("roster_fill_roster", "roster_id", "id"),
    )

    roster_id: Mapped[UUID] = mapped_column(ForeignKey("roster.id", ondelete="CASCADE"))
    asked_by: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    seconds: Mapped[int] = mapped_column(SmallInteger)
    keeps_seats: Mapped[bool]
    nights_in_a_row: Mapped[int] = mapped_column(SmallInteger)
    seed: Mapped[int] = mapped_column(Integer)
    state: Mapped[str] = mapped_column(default=FillState.QUEUED.value)
    attempt: Mapped[int] = mapped_column(SmallInteger, default=0)
    started_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    beat_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    applied_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    progress: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    proposal: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    basis: Mapped[dict[str, int] | None] = mapped_column(JSONB(none_as_null=True))
    failure: Mapped[str | None]


constraint_means("roster_fill_pkey", Conflict("A fill with this id exists."))
constraint_means("roster_fill_one_live", Conflict("The roster is being filled already; wait for it, or cancel it."))
