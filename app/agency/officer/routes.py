"""HTTP of officers."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response

from app.agency.officer import queries, service
from app.agency.officer.schemas import OfficerFilter, OfficerIn, OfficerOut, OfficerPatch
from app.agency.routes import ADDED, CHANGED, LISTED, BasedOn, Reader, Writer, tagged
from app.core.db import Read, Write
from app.core.pages import Cursor, Limit, Page, decode, page_of
from app.identity.access import OnceKey
from app.identity.schemas import Code

router = APIRouter(prefix="/v1", tags=["organisation"])


@router.get("/officers", responses=LISTED)
async def list_officers(
    caller: Reader,
    session: Read,
    wanted: Annotated[OfficerFilter, Depends()],
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[OfficerOut]:
    """Officers of the departments and centres the caller reaches, and those who serve with them today."""
    after = decode("officers", cursor, UUID)
    rows = await queries.officers(session, caller, wanted, after[0] if after else None, limit)
    return page_of("officers", [OfficerOut.model_validate(row) for row in rows], limit, "id")


@router.post("/officers", status_code=201, response_model=OfficerOut, responses=ADDED)
async def enrol_officer(body: OfficerIn, caller: Writer, session: Write, once: OnceKey) -> Response:
    """Put an officer on the books of a department."""
    return await once.reply(session, await service.enrol_officer(session, caller, body), 201)


@router.patch("/officers/{number}", responses=CHANGED)
async def change_officer(
    number: Code, body: OfficerPatch, caller: Writer, session: Write, based_on: BasedOn, response: Response
) -> OfficerOut:
    """Change an officer; moving one needs rights at both departments."""
    return tagged(response, await service.change_officer(session, caller, number, body, based_on))
