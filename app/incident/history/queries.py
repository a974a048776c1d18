"""The statements about an incident's moves and notes."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import aliased

from app.core.db import Session
from app.identity.models import Account, Organisation
from app.identity.workflow import Actor
from app.incident.history.models import IncidentNote
from app.incident.models import Incident, IncidentMove
from app.incident.queries import seen_by


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


async def seen_numbers(session: Session, caller: Actor, numbers: Collection[str]) -> set[str]:
    """Those of these numbers that are of incidents the caller may see."""
    return set(await session.scalars(select(Incident.number).where(Incident.number.in_(numbers), seen_by(caller))))


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
