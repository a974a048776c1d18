"""HTTP of shares."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import Field, TypeAdapter

from app.agency.routes import BasedOn
from app.core.db import Read, Write, database
from app.core.once import KeyMissing, KeyReused, StillRunning
from app.core.pages import DEFAULT_LIMIT, Cursor, InvalidCursor, Limit, Page, decode, page_of
from app.core.problems import Conflict, Unprocessable, VersionMissing, VersionStale, problems
from app.exchange.share import service
from app.exchange.share.schemas import (
    SharedIncident,
    ShareIn,
    ShareOut,
    ShareReadingOut,
    ShareTransitionIn,
)
from app.identity.access import OnceKey
from app.incident.evidence.naming import SUFFIX
from app.incident.evidence.routes import REFUSED, Kept, Looking
from app.incident.evidence.service import ContentLost, ContentRemoved
from app.incident.evidence.store import StoreUnavailable

router = APIRouter(prefix="/v1/shares", tags=["shares"])
ONCE = (KeyMissing, KeyReused, StillRunning, Conflict)
BYTES: dict[int | str, dict[str, Any]] = {200: {"content": {media_type: {} for media_type in SUFFIX}}}
place = TypeAdapter[int](Annotated[int, Field(ge=0, lt=2**63)]).validate_python


@router.post(
    "",
    status_code=201,
    response_model=ShareOut,
    responses=problems(*REFUSED, *ONCE, Unprocessable, service.ReceivedOnly),
)
async def propose(body: ShareIn, caller: Looking, session: Write, once: OnceKey) -> Response:
    """Propose a share, as leader or shift leader (of a department: desk) of either side; the other side decides.

    One incident is offered by its own centre, never asked for. What was received by a share is not shared on.
    """
    return await once.reply(session, await service.propose(session, caller, body), 201)


@router.get("", responses=problems(*REFUSED, InvalidCursor))
async def list_shares(
    caller: Looking, session: Read, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> Page[ShareOut]:
    """Shares that one of the caller's organisations gives or receives, whatever became of them."""
    after = decode("shares", cursor, UUID)
    rows = await service.page(session, caller, after[0] if after else None, limit)
    return page_of("shares", rows, limit, "id")


@router.get("/{share_id}", responses=problems(*REFUSED))
async def show_share(share_id: UUID, caller: Looking, session: Read, response: Response) -> ShareOut:
    """One share, and what the caller may do with it."""
    found = await service.show(session, caller, share_id)
    response.headers["ETag"] = f'"{found.version}"'
    return found


@router.post(
    "/{share_id}/transitions",
    response_model=ShareOut,
    responses=problems(*REFUSED, *ONCE, service.ShareSettled, VersionMissing, VersionStale),
)
async def move_share(  # one parameter each of what a request carries
    share_id: UUID, body: ShareTransitionIn, caller: Looking, session: Write, once: OnceKey, based_on: BasedOn
) -> Response:
    """Accept or refuse a share, for the side that did not propose it; or withdraw it, for either side, at once."""
    return await once.reply(session, await service.move(session, caller, share_id, body, based_on))


@router.get("/{share_id}/incidents", response_model_exclude_unset=True, responses=problems(*REFUSED, InvalidCursor))
async def shared_incidents(  # a page of one share
    share_id: UUID,
    caller: Looking,
    session: Write,
    response: Response,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[SharedIncident]:
    """The incidents that a share shows now, for its receiver; history, notes, pictures are at each. It is on record."""
    response.headers["Cache-Control"] = "no-store"
    after = decode("shared-incidents", cursor, UUID)
    rows = await service.incidents(session, caller, share_id, after[0] if after else None, limit)
    return page_of("shared-incidents", rows, limit, "id")


@router.get("/{share_id}/incidents/{incident_id}", response_model_exclude_unset=True, responses=problems(*REFUSED))
async def shared_incident(
    share_id: UUID, incident_id: UUID, caller: Looking, session: Write, response: Response
) -> SharedIncident:
    """One incident as the share shows it, for its receiver. It is on record."""
    response.headers["Cache-Control"] = "no-store"
    return await service.incident(session, caller, share_id, incident_id)


@router.get(
    "/{share_id}/incidents/{incident_id}/pictures/{evidence_id}",
    response_class=StreamingResponse,
    responses=BYTES | problems(*REFUSED, ContentLost, ContentRemoved, StoreUnavailable),
)
async def shared_picture(  # one parameter each of what names a picture
    share_id: UUID, incident_id: UUID, evidence_id: UUID, caller: Looking, request: Request, kept: Kept
) -> Response:
    """A picture that the share shows, without its metadata. It is on record."""
    found = await service.picture(database(request), kept, caller, share_id, incident_id, evidence_id)
    headers = {"Cache-Control": "no-store", "Content-Length": str(found.size_bytes)}
    headers["Content-Disposition"] = f'inline; filename="{found.name}"'
    return StreamingResponse(found.pieces, headers=headers, media_type=found.media_type)


@router.get("/{share_id}/readings", responses=problems(*REFUSED, InvalidCursor))
async def share_readings(
    share_id: UUID, caller: Looking, session: Read, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> Page[ShareReadingOut]:
    """Who of the receiver read what through a share, and when: for those who speak for the giver, and its auditors."""
    after = decode("share-readings", cursor, place)
    rows = await service.readings(session, caller, share_id, after[0] if after else 0, limit)
    return page_of("share-readings", rows, limit, "id")
