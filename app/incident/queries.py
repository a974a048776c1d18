"""The statements about incidents alone: who may see one, its history, tasks, evidence, contacts."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID as Id

from sqlalchemy import ARRAY, ColumnElement, any_, bindparam, func, or_, select
from sqlalchemy.dialects.postgresql import UUID as PgUUID
from sqlalchemy.ext.asyncio import AsyncSession

from app.identity.models import Account, Organisation
from app.identity.workflow import Actor
from app.incident.models import Evidence, Incident, IncidentMove, Reporter, RunningClock

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


async def history(session: AsyncSession, incident_id: Id, after: int, limit: int) -> Sequence[Any]:
    """The lines of an incident's history in order, with who and where; one more than asked for."""
    centre = Organisation
    statement = (
        select(IncidentMove, Account.username, centre.code.label("centre"))
        .join(Account, Account.id == IncidentMove.actor_id)
        .join(centre, centre.id == IncidentMove.centre_id)
        .where(IncidentMove.incident_id == incident_id, IncidentMove.seq > after)
        .order_by(IncidentMove.seq)
        .limit(limit + 1)
    )
    return (await session.execute(statement)).all()


async def clocks(session: AsyncSession, incident_id: Id) -> Sequence[RunningClock]:
    """Every clock an incident ever had, in the order they were started."""
    statement = select(RunningClock).where(RunningClock.incident_id == incident_id)
    return (await session.scalars(statement.order_by(RunningClock.started_at, RunningClock.id))).all()


async def evidence_of(session: AsyncSession, incident_id: Id) -> Sequence[Evidence]:
    """The pictures of an incident and of those merged into it."""
    merged = select(Incident.id).where(Incident.master_id == incident_id)
    here = or_(Evidence.incident_id == incident_id, Evidence.incident_id.in_(merged))
    return (await session.scalars(select(Evidence).where(here).order_by(Evidence.id))).all()


async def reporter(session: AsyncSession, incident_id: Id) -> Reporter | None:
    """The contact of who reported."""
    return await session.get(Reporter, incident_id)


async def now(session: AsyncSession) -> Any:
    """The database's instant."""
    return await session.scalar(select(func.now()))
