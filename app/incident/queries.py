"""The statements about incidents alone: who may see one."""

from typing import Any
from uuid import UUID as Id

from sqlalchemy import ARRAY, ColumnElement, any_, bindparam, func, or_, select
from sqlalchemy.dialects.postgresql import UUID as PgUUID
from sqlalchemy.ext.asyncio import AsyncSession

from app.identity.workflow import Actor
from app.incident.models import Incident

UUID = PgUUID(as_uuid=True)


def visible() -> ColumnElement[bool]:
    """The incident is at a centre the caller reaches, or is led by a department the caller acts for."""
    centres = bindparam("centres", type_=ARRAY(UUID))
    departments = bindparam("departments", type_=ARRAY(UUID))
    return or_(Incident.home_centre_id == any_(centres), Incident.lead_department_id == any_(departments))


def seen_by(actor: Actor) -> ColumnElement[bool]:
    """`visible`, for a statement of its own."""
    return or_(Incident.home_centre_id.in_(actor.centres), Incident.lead_department_id.in_(actor.departments))


async def incident(session: AsyncSession, actor: Actor, incident_id: Id) -> Incident | None:
    """The incident with this id, if the caller may see it."""
    return await session.scalar(select(Incident).where(Incident.id == incident_id, seen_by(actor)))


async def incident_held(session: AsyncSession, actor: Actor, incident_id: Id) -> Incident | None:
    """The incident with this id, if the caller may see it; nobody moves it until commit."""
    statement = select(Incident).where(Incident.id == incident_id, seen_by(actor))
    return await session.scalar(statement.with_for_update(read=True))


async def now(session: AsyncSession) -> Any:
    """The database's instant."""
    return await session.scalar(select(func.now()))
