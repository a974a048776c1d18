"""The use cases of competences: given, taken away, and asked for: who is competent here, and why."""

from typing import Any
from uuid import UUID

from app.agency.competence import queries
from app.agency.competence.schemas import CompetenceIn, CompetenceOut, Why
from app.agency.models import Competence
from app.agency.queries import above
from app.agency.service import DEPARTMENT, administered, areas_of, same_jurisdiction
from app.agency.workflow import Competent, Match, decide, may
from app.core import outbox
from app.core.db import Session
from app.core.ids import uuid7
from app.core.once import require_version
from app.core.problems import NotFound
from app.identity.service import Forbidden
from app.identity.workflow import Actor, Right


async def add_competences(session: Session, by: Actor, bodies: list[CompetenceIn]) -> list[CompetenceOut]:
    """Say who is competent for what and where: all of the list, or nothing."""
    areas = {area.code: area for area in await areas_of(session, list(dict.fromkeys(body.area for body in bodies)))}
    places = {code: await administered(session, by, code, DEPARTMENT) for code in {body.department for body in bodies}}
    for place, area in {(body.department, body.area) for body in bodies}:
        await same_jurisdiction(session, places[place], areas[area])
    added = [
        Competence(
            id=body.id or uuid7(),
            category_prefix=body.category_prefix,
            area_id=areas[body.area].id,
            department_id=places[body.department].id,
            part=body.part.value,
        )
        for body in bodies
    ]
    session.add_all(added)
    for row, body in zip(added, bodies, strict=True):
        scope = list(places[body.department].lineage)
        outbox.record(session, "competence.added", row.id, scope, category_prefix=row.category_prefix)
    await session.flush()
    shown = await queries.competences_by_id(session, [row.id for row in added])
    return [CompetenceOut.model_validate(row) for row in shown]


async def end_competence(session: Session, by: Actor, id: UUID, based_on: int) -> None:
    """Take a competence away."""
    row = await queries.competence_seen(session, by, id)
    if row is None:
        raise NotFound
    if not may(by, Right.ORGANISATION_WRITE, row.department_id):
        raise Forbidden
    require_version(based_on, row.version)
    await session.delete(row)
    scope = await above(session, [row.department_id])
    outbox.record(session, "competence.ended", row.id, scope, category_prefix=row.category_prefix)


async def competent(session: Session, category_code: str, area_id: UUID) -> Competent:
    """Who is competent for a category in an area: the lead by the most specific rule, everybody who assists by any.

    The nearest area at or above the asked one goes first, then the longest part of the category's code.
    """
    return decide(_match(row) for row in await queries.matches(session, category_code, area_id))


async def explain_competence(session: Session, caller: Actor, category_code: str, area: str) -> list[CompetenceOut]:
    """The rules that cover a category in an area, the most specific first, and which of them decide."""
    (place,) = await areas_of(session, [area])
    rows = sorted(await queries.matches(session, category_code, place.id, caller), key=lambda row: _match(row).place)
    lead = next((row.id for row in rows if row.is_lead), None)
    return [
        CompetenceOut.model_validate(row).model_copy(
            update={
                "why": Why(
                    steps_up=row.steps_up,
                    prefix_length=row.prefix_length,
                    decides=not row.is_lead or row.id == lead,
                )
            }
        )
        for row in rows
    ]


def _match(row: Any) -> Match:
    return Match(row.department_id, row.department, row.is_lead, row.steps_up, row.prefix_length)
