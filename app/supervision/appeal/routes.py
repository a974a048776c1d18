"""HTTP of appeals."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response

from app.core.db import Read, Write
from app.core.once import KeyMissing, KeyReused, StillRunning, base_version
from app.core.pages import DEFAULT_LIMIT, Cursor, InvalidCursor, Limit, Page, decode, page_of
from app.core.problems import Conflict, InvalidRequest, NotFound, Unprocessable, VersionMissing, VersionStale, problems
from app.identity.access import OnceKey, needs
from app.identity.service import Forbidden, NotSignedIn
from app.identity.workflow import Actor, Right
from app.supervision.appeal import service
from app.supervision.appeal.schemas import AppealDecisionIn, AppealFilter, AppealIn, AppealOut
from app.supervision.appeal.service import AppealSettled, NotAppealable, NoteMissing

router = APIRouter(prefix="/v1", tags=["supervision"])
Looking = Annotated[Actor, needs(Right.INCIDENTS_READ)]
Acting = Annotated[Actor, needs(Right.INCIDENTS_ACT)]
BasedOn = Annotated[int, Depends(base_version)]
REFUSED = (NotSignedIn, Forbidden, InvalidRequest)
ONCE = (KeyMissing, KeyReused, StillRunning)


@router.post(
    "/incidents/{incident_id}/appeals",
    status_code=201,
    response_model=AppealOut,
    responses=problems(*REFUSED, *ONCE, NotFound, NotAppealable, Conflict, Unprocessable),
)
async def file_appeal(incident_id: UUID, body: AppealIn, caller: Acting, session: Write, once: OnceKey) -> Response:
    """Appeal, after closing and once, against an overdue clock; by the desk of the department that was late."""
    return await once.reply(session, await service.file(session, caller, incident_id, body), 201)


@router.get("/appeals", responses=problems(*REFUSED, InvalidCursor))
async def list_appeals(
    session: Read,
    caller: Looking,
    wanted: Annotated[AppealFilter, Depends()],
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[AppealOut]:
    """Appeals about incidents the caller may see, in the order they were filed."""
    after = decode("appeals", cursor, UUID)
    rows = await service.appeals(session, caller, wanted, after[0] if after else None, limit)
    return page_of("appeals", rows, limit, "id")


@router.get("/appeals/{appeal_id}", responses=problems(*REFUSED, NotFound))
async def show_appeal(appeal_id: UUID, session: Read, caller: Looking, response: Response) -> AppealOut:
    """One appeal with its reviews."""
    shown = await service.appeal(session, caller, appeal_id)
    response.headers["ETag"] = f'"{shown.version}"'
    return shown


@router.post(
    "/appeals/{appeal_id}/decision",
    response_model=AppealOut,
    responses=problems(*REFUSED, *ONCE, NotFound, AppealSettled, NoteMissing, VersionStale, VersionMissing),
)
async def review_appeal(  # one parameter each of what a request carries
    appeal_id: UUID, body: AppealDecisionIn, caller: Acting, session: Write, once: OnceKey, based_on: BasedOn
) -> Response:
    """Review: first the dispatcher, then the acceptor or the shift leader, neither of whom has a part in it."""
    return await once.reply(session, await service.decide(session, caller, appeal_id, body, based_on))
