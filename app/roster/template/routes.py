"""HTTP of shift templates."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from app.core.db import Read, Write
from app.core.pages import Cursor, InvalidCursor, Limit, Page, decode, page_of
from app.core.problems import NotFound, problems
from app.identity.access import OnceKey
from app.identity.schemas import Code
from app.roster.routes import CHANGES, MAKES, REFUSED, BasedOn, Planner, Reader, tagged
from app.roster.template import service
from app.roster.template.schemas import TemplateIn, TemplateOut, TemplatePatch

router = APIRouter(prefix="/v1", tags=["rosters"])


@router.get("/shift-templates", responses=problems(*REFUSED, InvalidCursor))
async def list_templates(
    session: Read,
    caller: Reader,
    centre: Annotated[Code | None, Query(description="Of this centre, and of those below it.")] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[TemplateOut]:
    """Shift templates in the order they were made."""
    after = decode("shift-templates", cursor, UUID)
    rows = await service.templates(session, caller, centre, after[0] if after else None, limit)
    return page_of("shift-templates", rows, limit, "id")


@router.get("/shift-templates/{template_id}", responses=problems(*REFUSED, NotFound))
async def show_template(template_id: UUID, response: Response, session: Read, caller: Reader) -> TemplateOut:
    """One shift template."""
    return tagged(response, await service.template(session, caller, template_id))


@router.post("/shift-templates", status_code=201, response_model=TemplateOut, responses=problems(*MAKES))
async def open_template(body: TemplateIn, session: Write, caller: Planner, once: OnceKey) -> Response:
    """Set up a shift that a centre works again and again, with the crews it wants."""
    return await once.reply(session, await service.open_template(session, caller, body), 201)


@router.patch("/shift-templates/{template_id}", responses=problems(*CHANGES))
async def change_template(
    template_id: UUID, body: TemplatePatch, response: Response, session: Write, caller: Planner, based_on: BasedOn
) -> TemplateOut:
    """Change a template; a draft roster follows when it is generated again."""
    return tagged(response, await service.change_template(session, caller, template_id, body, based_on))
