"""The use cases of teams: who they are, and which services 4+X each of them offers."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from app.agency.service import DEPARTMENT, changed, hold
from app.agency.team import queries
from app.agency.team.models import TeamService
from app.agency.team.schemas import ServiceOut, ServicesIn, TeamFilter, TeamOut
from app.core.db import Session
from app.core.problems import NotFound
from app.identity.workflow import Actor


async def offer_services(session: Session, by: Actor, code: str, body: ServicesIn, based_on: int) -> TeamOut:
    """Say which services a team offers: this list and no other.

    Raises:
        NotFound: there is no such team that the caller sees.
        Forbidden: the caller does not administer it.
    """
    await team(session, by, code)
    place = await hold(session, by, code, DEPARTMENT, based_on)
    await queries.drop_services(session, place.id)
    for at, service in enumerate(body.services):
        name, name_en = service.names
        session.add(TeamService(department_id=place.id, code=service.code, name=name, name_en=name_en, place=at))
    await changed(session, place, "team.services_changed", await queries.people(session, place.id))
    await session.refresh(place)
    return await team(session, by, code)


async def team(session: Session, caller: Actor, code: str) -> TeamOut:
    """One team with its services."""
    row = await queries.team(session, caller, code)
    if row is None:
        raise NotFound
    return (await _shown(session, [row]))[0]


async def teams(session: Session, caller: Actor, wanted: TeamFilter, after: UUID | None, limit: int) -> list[TeamOut]:
    """Teams the caller may see with their services, one more than asked for; two statements whatever their number."""
    return await _shown(session, await queries.teams(session, caller, wanted, after, limit))


async def _shown(session: Session, rows: Sequence[Any]) -> list[TeamOut]:
    offered: dict[UUID, list[ServiceOut]] = {row.id: [] for row in rows}
    for service in await queries.services(session, offered):
        offered[service.department_id].append(ServiceOut.model_validate(service))
    return [
        TeamOut.model_validate(row._asdict() | {"kind": row.team_kind, "services": offered[row.id]}) for row in rows
    ]
