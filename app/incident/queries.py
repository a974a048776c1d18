"""The statements about incidents alone: who may see one (docs/visibility.md).

Which patrol is sent to one, and which department is called to it, belong to capabilities above; as with a foreign key,
only their tables' names are known here.
"""

from typing import Any
from uuid import UUID as Id

from sqlalchemy import (
    ARRAY,
    Boolean,
    ColumnElement,
    CompoundSelect,
    DateTime,
    Select,
    Uuid,
    and_,
    any_,
    bindparam,
    column,
    exists,
    func,
    literal,
    or_,
    select,
    table,
    true,
    union,
)
from sqlalchemy.dialects.postgresql import UUID as PgUUID
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

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


def my_patrols(account_id: Any) -> Select[Any]:
    """The patrols this account is on duty with now."""
    crewed = select(Shift.patrol_id).join(CrewMember, CrewMember.shift_id == Shift.id)
    mine = crewed.where(CrewMember.account_id == account_id, ON_DUTY, SEATED)
    return mine.correlate_except(Shift, CrewMember)


def sent_to(incident_id: Any, account_id: Any) -> ColumnElement[bool]:
    """The incident is one that the caller's own crew is sent to now.

    Looked up once a statement, and only when nothing else shows the incident to the caller.
    """
    found: ColumnElement[bool] = incident_id.in_(_sent(account_id))
    return found


def _sent(account_id: Any) -> Select[Any]:
    """What this account's crew is sent to now."""
    a = ASSIGNMENT.c
    return select(a.incident_id).where(a.patrol_id.in_(my_patrols(account_id)), or_(a.is_active, a.is_stacked))


def own_task(of: Any, account_id: Any) -> ColumnElement[bool]:
    """The caller, or the caller's crew, holds the incident's open task."""
    return or_(of.task_account_id == account_id, of.task_patrol_id.in_(my_patrols(account_id)))


def visible(of: Any = Incident) -> ColumnElement[bool]:
    """The incident is one the caller may see.

    It is at a centre they reach, a department of theirs leads it or is called to it, or it is theirs by report, by crew
    or by task.
    """
    departments = bindparam("departments", type_=ARRAY(UUID))
    me = bindparam("actor_id", type_=UUID)
    return or_(*_by_place(of), linked_to(of.id, departments), *by_person(of, me))


def _by_place(of: Any) -> tuple[ColumnElement[bool], ...]:
    """The ways in which the incident is at a place of the caller's."""
    centres = bindparam("centres", type_=ARRAY(UUID))
    departments = bindparam("departments", type_=ARRAY(UUID))
    return of.home_centre_id == any_(centres), of.lead_department_id == any_(departments)


def visible_parts(of: Any = Incident) -> list[ColumnElement[bool]]:
    """`visible` in parts that have nothing in common: a search of each is planned by an index of its own.

    Of the whole condition no index can be used, and whoever sees few of a million would have all of them looked at.
    """
    me = bindparam("actor_id", type_=UUID)
    own = of.id == any_(func.array(_called_or_sent(me).scalar_subquery()))
    ways = (*_by_place(of), of.reporter_id == me, of.task_account_id == me, own)
    return [and_(way, *(before.is_not(true()) for before in ways[:number])) for number, way in enumerate(ways)]


def _called_or_sent(me: Any) -> CompoundSelect[Any]:
    """The incidents that the caller's departments are called to, and those their crew has something to do with now."""
    g = LINK_GRANT.c
    departments = bindparam("departments", type_=ARRAY(UUID))
    called = select(g.incident_id).where(g.department_id == any_(departments), readable())
    task = aliased(Incident)
    return union(called, _sent(me), select(task.id).where(task.task_patrol_id.in_(my_patrols(me))))


def by_person(of: Any, me: Any) -> tuple[ColumnElement[bool], ...]:
    """The ways in which an incident is somebody's own, wherever it is."""
    return of.reporter_id == me, sent_to(of.id, me), own_task(of, me)


def open_to(of: Any) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    """For whom `visible` is true of an incident, beside its centres: departments, and accounts, as two arrays."""
    a, g = ASSIGNMENT.c, LINK_GRANT.c
    called = select(g.department_id).where(g.incident_id == of.id, readable()).correlate_except(LINK_GRANT)
    led = func.array_remove(array([of.lead_department_id]), None)
    departments = func.array_cat(led, func.array(called.scalar_subquery()))
    sent = select(a.patrol_id).where(a.incident_id == of.id, or_(a.is_active, a.is_stacked))
    patrols = func.array_append(func.array(sent.correlate_except(ASSIGNMENT).scalar_subquery()), of.task_patrol_id)
    crews = select(CrewMember.account_id).join(Shift, Shift.id == CrewMember.shift_id)
    aboard = crews.where(Shift.patrol_id == any_(patrols), ON_DUTY, SEATED).correlate_except(Shift, CrewMember)
    own = array([of.reporter_id, of.task_account_id])
    return departments, func.array_remove(func.array_cat(own, func.array(aboard.scalar_subquery())), None)


def seen_by(actor: Actor, of: Any = Incident) -> ColumnElement[bool]:
    """`visible`, for a statement of its own."""
    departments = literal(actor.incident_departments, ARRAY(UUID))
    by_place = (
        of.home_centre_id.in_(actor.incident_centres),
        of.lead_department_id.in_(actor.incident_departments),
    )
    return or_(*by_place, linked_to(of.id, departments), *by_person(of, actor.account_id))


def sight(actor: Actor) -> dict[str, Any]:
    """What `visible` asks of its caller, as parameters of a statement."""
    return {
        "actor_id": actor.account_id,
        "centres": actor.incident_centres,
        "departments": actor.incident_departments,
    }


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
