"""The statements about incidents alone: who may see one.

Which patrol is sent to one belongs to a capability above; as with a foreign key, only its table's name is known here.
"""

from typing import Any
from uuid import UUID as Id

from sqlalchemy import ARRAY, Boolean, ColumnElement, Uuid, any_, bindparam, column, func, or_, select, table
from sqlalchemy.dialects.postgresql import UUID as PgUUID
from sqlalchemy.ext.asyncio import AsyncSession

from app.identity.workflow import Actor
from app.incident.models import Incident
from app.roster.models import CrewMember, Shift
from app.roster.queries import ON_DUTY, SEATED

UUID = PgUUID(as_uuid=True)
ASSIGNMENT = table(
    "assignment",
    column("incident_id", Uuid),
    column("patrol_id", Uuid),
    column("is_active", Boolean),
    column("is_stacked", Boolean),
)


def sent_to(incident_id: Any, account_id: Any) -> ColumnElement[bool]:
    """The incident is one that the caller's own crew is sent to now.

    Looked up once a statement, and only when nothing else shows the incident to the caller.
    """
    crewed = select(Shift.patrol_id).join(CrewMember, CrewMember.shift_id == Shift.id)
    own = crewed.where(CrewMember.account_id == account_id, ON_DUTY, SEATED)
    a = ASSIGNMENT.c
    found: ColumnElement[bool] = incident_id.in_(
        select(a.incident_id).where(a.patrol_id.in_(own), or_(a.is_active, a.is_stacked))
    )
    return found


def visible() -> ColumnElement[bool]:
    """The incident is at a centre the caller reaches, led by a department of theirs, theirs by crew or by report."""
    centres = bindparam("centres", type_=ARRAY(UUID))
    departments = bindparam("departments", type_=ARRAY(UUID))
    me = bindparam("actor_id", type_=UUID)
    by_place = (Incident.home_centre_id == any_(centres), Incident.lead_department_id == any_(departments))
    return or_(*by_place, Incident.reporter_id == me, sent_to(Incident.id, me))


def seen_by(actor: Actor) -> ColumnElement[bool]:
    """`visible`, for a statement of its own."""
    me = actor.account_id
    by_place = (Incident.home_centre_id.in_(actor.centres), Incident.lead_department_id.in_(actor.departments))
    return or_(*by_place, Incident.reporter_id == me, sent_to(Incident.id, me))


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
