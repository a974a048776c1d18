"""The statements about an incident's assignments."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.core.db import Session
from app.dispatch.models import Assignment
from app.incident.models import Incident
from app.roster.models import CrewMember, Patrol, Shift
from app.roster.queries import ON_DUTY, SEATED


async def page(session: Session, incident_id: UUID, after: UUID | None, limit: int) -> Sequence[Any]:
    """An incident's assignments in the order they were made, with their patrols; one more than asked for."""
    columns: tuple[Any, ...] = (
        *Assignment.__table__.c,
        Patrol.code.label("patrol"),
        Patrol.name.label("patrol_name"),
        Incident.commanding_centre_id,
    )
    statement = (
        select(*columns)
        .join(Patrol, Patrol.id == Assignment.patrol_id)
        .join(Incident, Incident.id == Assignment.incident_id)
        .where(Assignment.incident_id == incident_id)
        .order_by(Assignment.id)
        .limit(limit + 1)
    )
    return (await session.execute(statement if after is None else statement.where(Assignment.id > after))).all()


async def patrols_of(session: Session, account_id: UUID) -> set[UUID]:
    """The patrols this account is on duty with."""
    crewed = select(Shift.patrol_id).join(CrewMember, CrewMember.shift_id == Shift.id)
    return set(await session.scalars(crewed.where(CrewMember.account_id == account_id, ON_DUTY, SEATED)))
