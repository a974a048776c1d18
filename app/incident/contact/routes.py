"""HTTP of reporters' contacts."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import Field, TypeAdapter

from app.core.db import Read, Write
from app.core.pages import DEFAULT_LIMIT, Cursor, InvalidCursor, Limit, Page, decode, page_of
from app.core.problems import InvalidRequest, NotFound, problems
from app.identity.access import needs
from app.identity.schemas import Purpose
from app.identity.service import Forbidden, NotSignedIn
from app.identity.workflow import Actor, Right
from app.incident.contact import service
from app.incident.contact.schemas import ReadingOut, ReporterOut

router = APIRouter(prefix="/v1/incidents/{incident_id}/reporter", tags=["incidents"])
REFUSED = (NotSignedIn, Forbidden, NotFound, InvalidRequest)
place = TypeAdapter[int](Annotated[int, Field(ge=0, lt=2**63)]).validate_python


@router.get("", responses=problems(*REFUSED))
async def read_contact(
    incident_id: UUID,
    purpose: Purpose,
    caller: Annotated[Actor, needs(Right.CONTACTS_READ)],
    session: Write,
    response: Response,
) -> ReporterOut:
    """Who reported and how to reach them. The reading is put on record with its purpose."""
    response.headers["Cache-Control"] = "no-store"
    return await service.read(session, caller, incident_id, purpose)


@router.get("/readings", responses=problems(*REFUSED, InvalidCursor))
async def readings(
    incident_id: UUID,
    caller: Annotated[Actor, needs(Right.AUDIT_READ)],
    session: Read,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[ReadingOut]:
    """Who read the contact, when and what for."""
    after = decode("readings", cursor, place)
    rows = await service.readings(session, caller, incident_id, after[0] if after else 0, limit)
    return page_of("readings", rows, limit, "id")
