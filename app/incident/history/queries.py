"""The statements about an incident's moves, clocks and notes."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import and_, select
from sqlalchemy.orm import aliased

from app.core.db import Session
from app.identity.models import Account, Organisation
from app.incident.history.models import ClockEntry
from app.incident.models import IncidentMove, IncidentNote, RunningClock


async def moves(session: Session, incident_id: UUID, after: int, limit: int) -> Sequence[Any]:
    """The lines of an incident's history in order, with who and where; one more than asked for."""
    centre, before = aliased(Organisation), aliased(Organisation)
    statement = (
        select(IncidentMove, Account.username, centre.code.label("centre"), before.code.label("from_centre"))
        .join(Account, Account.id == IncidentMove.actor_id)
        .join(centre, centre.id == IncidentMove.centre_id)
        .outerjoin(before, before.id == IncidentMove.from_centre_id)
        .where(IncidentMove.incident_id == incident_id, IncidentMove.seq > after)
        .order_by(IncidentMove.seq)
        .limit(limit + 1)
    )
    return (await session.execute(statement)).all()


async def clocks(session: Session, incident_id: UUID) -> Sequence[RunningClock]:
    """Every clock an incident ever had, in the order they were started."""
    statement = select(RunningClock).where(RunningClock.incident_id == incident_id)
    return (await session.scalars(statement.order_by(RunningClock.started_at, RunningClock.id))).all()


async def clock_entries(session: Session, incident_id: UUID) -> Sequence[Any]:
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


async def notes(session: Session, incident_id: UUID, after: UUID | None, limit: int) -> Sequence[Any]:
    """The notes of an incident in the order they were left, with who; one more than asked for."""
    statement = (
        select(IncidentNote, Account.username)
        .join(Account, Account.id == IncidentNote.account_id)
        .where(IncidentNote.incident_id == incident_id)
        .order_by(IncidentNote.id)
        .limit(limit + 1)
    )
    return (await session.execute(statement if after is None else statement.where(IncidentNote.id > after))).all()
