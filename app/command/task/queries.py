"""The tasks of an incident."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.identity.workflow import Actor
from app.incident.models import Task
from app.incident.queries import incident


async def tasks(session: AsyncSession, actor: Actor, incident_id: UUID) -> Sequence[Task] | None:
    """The tasks of an incident in the order they were opened; nothing if the caller may not see it."""
    if await incident(session, actor, incident_id) is None:
        return None
    return (await session.scalars(select(Task).where(Task.incident_id == incident_id).order_by(Task.id))).all()
