"""HTTP of teams and their services."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response

from app.agency.routes import CHANGED, LISTED, ONE, BasedOn, Writer, tagged
from app.agency.team import service
from app.agency.team.schemas import ServicesIn, TeamFilter, TeamOut
from app.core.db import Read, Write
from app.core.pages import Cursor, Limit, Page, decode, page_of
from app.identity.access import needs
from app.identity.schemas import Code
from app.identity.workflow import Actor, Right

router = APIRouter(prefix="/v1/teams", tags=["organisation"])
Looking = Annotated[Actor, needs(Right.DUTY_READ)]


@router.get("", responses=LISTED)
async def list_teams(
    caller: Looking,
    session: Read,
    wanted: Annotated[TeamFilter, Depends()],
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[TeamOut]:
    """Teams of volunteers and companies with their services."""
    after = decode("teams", cursor, UUID)
    return page_of(
        "teams", await service.teams(session, caller, wanted, after[0] if after else None, limit), limit, "id"
    )


@router.get("/{code}/services", responses=ONE)
async def show_services(code: Code, caller: Looking, session: Read, response: Response) -> TeamOut:
    """The services one team offers."""
    return tagged(response, await service.team(session, caller, code))


@router.put("/{code}/services", responses=CHANGED)
async def offer_services(
    code: Code, body: ServicesIn, caller: Writer, session: Write, based_on: BasedOn, response: Response
) -> TeamOut:
    """Say which services a team offers: of the fixed four and the community's own. The version is the department's."""
    return tagged(response, await service.offer_services(session, caller, code, body, based_on))
