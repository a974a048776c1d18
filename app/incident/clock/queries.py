"""The statements about an incident's clocks."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import and_, select

from app.core.db import Session
from app.identity.models import Account
from app.incident.clock.models import ClockEntry
from app.incident.models import IncidentMove, RunningClock


async def clocks(session: Session, incident_id: UUID) -> Sequence[RunningClock]:
    """Every clock an incident ever had, in the order they were started."""
    statement = select(RunningClock).where(RunningClock.incident_id == incident_id)
    return (await session.scalars(statement.order_by(RunningClock.started_at, RunningClock.id))).all()


async def entries(session: Session, incident_id: UUID) -> Sequence[Any]:
    """What happened to an incident's clocks, in order, and who did it."""
    statement = (
        select(ClockEntry, Account.username)
        .join(RunningClock, RunningClock.id == ClockEntry.clock_id)
        .outerjoin(
            IncidentMove,
            and_(IncidentMove.incident_id == RunningClock.incident_id, IncidentMove.seq == ClockEntry.seq),
        )
        .outerjoin(Account, Account.id == IncidentMove.actor_id)
        .where(RunningClock.incident_id == incident_id)
    )
    return (await session.execute(statement.order_by(ClockEntry.seq, ClockEntry.at, ClockEntry.what))).all()
