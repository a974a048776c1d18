"""HTTP of competences: the rules, and who is competent by them."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from app.agency.competence import queries, service
from app.agency.competence.schemas import CompetenceIn, CompetenceList, CompetenceOut
from app.agency.routes import ADDED, CHANGED, REFUSED, BasedOn, Reader, Writer
from app.core.db import Read, Write
from app.core.pages import Cursor, InvalidCursor, Limit, Page, decode, page_of
from app.core.problems import Unprocessable, problems
from app.identity.access import OnceKey
from app.identity.schemas import Code

router = APIRouter(prefix="/v1", tags=["organisation"])


@router.get("/competences", responses=problems(*REFUSED, InvalidCursor, Unprocessable))
async def list_competences(
    caller: Reader,
    session: Read,
    category: Annotated[Code | None, Query(description="With `area`: who is competent for it there.")] = None,
    area: Annotated[Code | None, Query(description="With `category`: the area.")] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[CompetenceOut]:
    """All rules; or, for a category in an area, those that cover it, the most specific first, and why they decide."""
    if (category is None) != (area is None):
        raise Unprocessable("Name both category and area, or neither.")
    if category is not None and area is not None:
        return Page(items=await service.explain_competence(session, caller, category, area))
    after = decode("competences", cursor, UUID)
    rows = await queries.competences(session, caller, after[0] if after else None, limit)
    return page_of("competences", [CompetenceOut.model_validate(row) for row in rows], limit, "id")


@router.post("/competences", status_code=201, response_model=CompetenceOut | Page[CompetenceOut], responses=ADDED)
async def add_competences(
    body: CompetenceIn | CompetenceList, caller: Writer, session: Write, once: OnceKey
) -> Response:
    """Say who is competent for what and where: one rule, or a list: all of it, or nothing."""
    bodies = body if isinstance(body, list) else [body]
    added = await service.add_competences(session, caller, bodies)
    return await once.reply(session, Page(items=added) if isinstance(body, list) else added[0], 201)


@router.delete("/competences/{competence_id}", status_code=204, responses=CHANGED)
async def end_competence(competence_id: UUID, caller: Writer, session: Write, based_on: BasedOn) -> None:
    """Take a competence away."""
    await service.end_competence(session, caller, competence_id, based_on)
