"""Every statement about teams and their services."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, delete, or_, select

from app.agency.models import Department, Officer
from app.agency.queries import page, seen
from app.agency.team.models import TeamService
from app.agency.team.schemas import TeamFilter
from app.agency.workflow import TEAMS
from app.core.db import Session
from app.identity.models import Organisation
from app.identity.workflow import Actor


def _seen(caller: Actor) -> ColumnElement[bool]:
    """An organisation the caller sees, or the team they are of."""
    own = select(Officer.department_id).where(Officer.account_id == caller.account_id)
    return or_(seen(caller), Organisation.id.in_(own))


def _teams(caller: Actor) -> Select[Any]:
    columns: tuple[Any, ...] = (*Organisation.__table__.columns, Department.kind.label("team_kind"))
    is_team = Department.kind.in_([kind.value for kind in TEAMS])
    return select(*columns).join(Department, Department.id == Organisation.id).where(is_team, _seen(caller))


async def teams(session: Session, caller: Actor, wanted: TeamFilter, after: UUID | None, limit: int) -> Sequence[Any]:
    """Teams the caller may see, one more than asked for."""
    statement = _teams(caller)
    if wanted.service is not None:
        offering = select(TeamService.department_id).where(TeamService.code == wanted.service)
        statement = statement.where(Organisation.id.in_(offering))
    if wanted.kind is not None:
        statement = statement.where(Department.kind == wanted.kind.value)
    return await page(session, statement, Organisation.id, after, limit)


async def team(session: Session, caller: Actor, code: str) -> Any:
    """The team with this code, if the caller may see it."""
    return (await session.execute(_teams(caller).where(Organisation.code == code))).one_or_none()


async def services(session: Session, department_ids: Collection[UUID]) -> Sequence[TeamService]:
    """The services of these teams in the order they are shown."""
    statement = select(TeamService).where(TeamService.department_id.in_(department_ids))
    return list(await session.scalars(statement.order_by(TeamService.department_id, TeamService.place)))


async def people(session: Session, department_id: UUID) -> Sequence[UUID]:
    """The accounts of a team's people."""
    own = (Officer.department_id == department_id, Officer.is_active, Officer.account_id.is_not(None))
    return [id for id in await session.scalars(select(Officer.account_id).where(*own)) if id]


async def drop_services(session: Session, department_id: UUID) -> None:
    """Empty a team's list."""
    await session.execute(delete(TeamService).where(TeamService.department_id == department_id))
