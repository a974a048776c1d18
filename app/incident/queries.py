"""The statements about incidents alone: who may see one.

Which patrol is sent to one, and which department is called to it, belong to capabilities above; as with a foreign key,
only their tables' names are known here.
"""

from typing import Any
from uuid import UUID as Id

from sqlalchemy import (
    ARRAY,
    Boolean,
    ColumnElement,
    DateTime,
    Uuid,
    any_,
    bindparam,
    column,
    exists,
    func,
    literal,
    or_,
    select,
    table,
)
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

LINK_GRANT = table(
    "link_grant",
    column("incident_id", Uuid),
    column("department_id", Uuid),
    column("ends_at", DateTime(timezone=True)),
    column("read_until", DateTime(timezone=True)),
)


def readable() -> ColumnElement[bool]:
    """A link grant shows its incident: while the department is called, and for a set time after."""
    return or_(LINK_GRANT.c.read_until.is_(None), LINK_GRANT.c.read_until > func.now())


def linked_to(incident_id: Any, departments: Any) -> ColumnElement[bool]:
    """One of these departments is called to the incident, or was not long ago."""
    g = LINK_GRANT.c
    found = exists().where(g.incident_id == incident_id, g.department_id == any_(departments), readable())
    return found.correlate_except(LINK_GRANT)


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
    """The incident is one the caller may see.

    It is at a centre they reach, a department of theirs leads it or is called to it, or it is theirs by crew or report.
    """
    centres = bindparam("centres", type_=ARRAY(UUID))
    departments = bindparam("departments", type_=ARRAY(UUID))
    me = bindparam("actor_id", type_=UUID)
    by_place = (Incident.home_centre_id == any_(centres), Incident.lead_department_id == any_(departments))
    return or_(*by_place, Incident.reporter_id == me, linked_to(Incident.id, departments), sent_to(Incident.id, me))


def seen_by(actor: Actor) -> ColumnElement[bool]:
    """`visible`, for a statement of its own."""
    me, departments = actor.account_id, literal(actor.departments, ARRAY(UUID))
    by_place = (Incident.home_centre_id.in_(actor.centres), Incident.lead_department_id.in_(actor.departments))
    return or_(*by_place, Incident.reporter_id == me, linked_to(Incident.id, departments), sent_to(Incident.id, me))


async def incident(session: AsyncSession, actor: Actor, incident_id: Id) -> Incident | None:
    """The incident with this id, if the caller may see it."""
    return await session.scalar(select(Incident).where(Incident.id == incident_id, seen_by(actor)))


async def incident_held(session: AsyncSession, actor: Actor, incident_id: Id) -> Incident | None:
    """The incident with this id, if the caller may see it; nobody moves it until commit."""
    statement = select(Incident).where(Incident.id == incident_id, seen_by(actor))
    return await session.scalar(statement.with_for_update(read=True))


async def linked(session: AsyncSession, incident_id: Id) -> list[Id]:
    """The departments that are called to an incident now."""
    g = LINK_GRANT.c
    found = select(g.department_id).where(g.incident_id == incident_id, g.ends_at.is_(None)).order_by(g.department_id)
    return list(await session.scalars(found))


async def now(session: AsyncSession) -> Any:
    """The database's instant."""
    return await session.scalar(select(func.now()))
