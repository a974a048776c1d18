"""HTTP of an incident's assignments."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter

from app.core.db import Read
from app.core.pages import DEFAULT_LIMIT, Cursor, InvalidCursor, Limit, Page, decode, page_of
from app.core.problems import InvalidRequest, NotFound, problems
from app.dispatch.held import service
from app.dispatch.held.schemas import AssignmentOut
from app.identity.access import needs
from app.identity.service import Forbidden, NotSignedIn
from app.identity.workflow import Actor, Right

router = APIRouter(prefix="/v1/incidents", tags=["dispatch"])
Looking = Annotated[Actor, needs(Right.INCIDENTS_READ)]


@router.get(
    "/{incident_id}/assignments", responses=problems(NotSignedIn, Forbidden, NotFound, InvalidRequest, InvalidCursor)
)
async def assignments(
    incident_id: UUID, caller: Looking, session: Read, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> Page[AssignmentOut]:
    """The incident's assignments in the order they were made, those that ended too."""
    after = decode("assignments", cursor, UUID)
    rows = await service.page(session, caller, incident_id, after[0] if after else None, limit)
    return page_of("assignments", rows, limit, "id")
