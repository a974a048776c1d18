"""HTTP of notices. Marking one read is safe to repeat, so it needs neither a key nor a version."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends

from app.catalogue.routes import Speaking
from app.core.db import Read, ReadLane, Write
from app.core.pages import DEFAULT_LIMIT, Cursor, InvalidCursor, Limit, Page, decode, page_of
from app.core.problems import NotFound, Unprocessable, problems
from app.identity.access import needs
from app.identity.service import Forbidden, NotSignedIn
from app.identity.workflow import Actor, Right
from app.notice.inbox import service
from app.notice.inbox.schemas import NoticeFilter, NoticeOut, NoticeTold, ReadUpTo, Unread, UpTo
from app.notice.inbox.service import NoReceiptWanted
from app.roster.routes import instant

router = APIRouter(prefix="/v1", tags=["notices"])
Reader = Annotated[Actor, needs(Right.NOTICES_READ)]
REFUSED = (NotSignedIn, Forbidden)
ITEM = (*REFUSED, NotFound)


@router.get("/notices", responses=problems(*REFUSED, InvalidCursor))
async def list_notices(  # a page, and what is asked for
    caller: Reader,
    session: Read,
    wanted: Annotated[NoticeFilter, Depends()],
    speaking: Speaking,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[NoticeOut]:
    """The caller's inbox, the last that came first. What the caller may not see any more is not in it."""
    after = decode("notices", cursor, instant, UUID)
    rows = await service.page(session, caller, wanted, (after[0], after[1]) if after else None, (limit, speaking))
    return page_of("notices", rows, limit, "delivered_at", "id")


@router.get("/notices/unread", responses=problems(*REFUSED))
async def count_unread(caller: Reader, lane: ReadLane) -> Unread:
    """How many notices the caller has not read, by urgency: cheap enough to be asked for again and again."""
    return await service.unread(lane, caller)


@router.post("/notices/read", responses=problems(*REFUSED, Unprocessable))
async def read_up_to(body: UpTo, caller: Reader, session: Write) -> ReadUpTo:
    """Read all up to a notice, as the inbox lists them. What comes in meanwhile stays unread. Safe to repeat."""
    return await service.read_up_to(session, caller, body.up_to)


@router.get("/notices/{notice_id}", responses=problems(*ITEM))
async def show_notice(notice_id: UUID, caller: Reader, session: Read, speaking: Speaking) -> NoticeOut:
    """One notice of the caller's inbox. Looking at it does not make it read."""
    return await service.notice(session, caller, notice_id, speaking)


@router.post("/notices/{notice_id}/read", responses=problems(*ITEM))
async def read(notice_id: UUID, caller: Reader, session: Write, speaking: Speaking) -> NoticeOut:
    """Say that a notice was read. The first time stays; repeated, nothing changes."""
    return await service.read(session, caller, notice_id, speaking)


@router.post("/notices/{notice_id}/acknowledge", responses=problems(*ITEM, NoReceiptWanted))
async def acknowledge(notice_id: UUID, caller: Reader, session: Write, speaking: Speaking) -> NoticeOut:
    """Acknowledge 签收 a notice that needs a receipt; that also reads it. The first time stays."""
    return await service.acknowledge(session, caller, notice_id, speaking)


@router.get("/incidents/{incident_id}/notices", responses=problems(*ITEM, InvalidCursor))
async def list_told(
    incident_id: UUID,
    caller: Annotated[Actor, needs(Right.INCIDENTS_READ)],
    session: Read,
    speaking: Speaking,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[NoticeTold]:
    """Who was told what about an incident, when, and who has read it: for the duty roles of its commanding centre."""
    after = decode("incident_notices", cursor, UUID)
    rows = await service.of_incident(session, caller, incident_id, after[0] if after else None, (limit, speaking))
    return page_of("incident_notices", rows, limit, "id")
