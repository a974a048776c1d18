"""HTTP of pictures of incidents."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Header, Request, Response
from fastapi.responses import StreamingResponse

from app.core.db import Read, database
from app.core.once import KeyHeader, KeyMissing, KeyReused, StillRunning, keyed
from app.core.pages import DEFAULT_LIMIT, Cursor, InvalidCursor, Limit, Page, decode, page_of
from app.core.problems import Conflict, InvalidRequest, NotFound, TooLarge, problems
from app.identity.access import needs
from app.identity.service import Forbidden, NotSignedIn
from app.identity.workflow import Actor, Right
from app.incident.evidence import service
from app.incident.evidence.choosing import store
from app.incident.evidence.naming import SUFFIX
from app.incident.evidence.picture import NotAPicture, PictureAndPage, PictureDamaged, TooManyPixels
from app.incident.evidence.schemas import EvidenceIn, EvidenceOut
from app.incident.evidence.store import Store, StoreFull, StoreUnavailable
from app.incident.service import IncidentEnded

router = APIRouter(prefix="/v1", tags=["incidents"])
Looking = Annotated[Actor, needs(Right.INCIDENTS_READ)]
Kept = Annotated[Store, Depends(store)]
REFUSED = (NotSignedIn, Forbidden, NotFound, InvalidRequest)
PICTURE = (TooLarge, NotAPicture, PictureAndPage, PictureDamaged, TooManyPixels, StoreFull, StoreUnavailable)
ONCE = (KeyMissing, KeyReused, StillRunning, Conflict)
BYTES: dict[int | str, dict[str, Any]] = {
    200: {"content": {media_type: {} for media_type in SUFFIX}},
    304: {"description": "As it was."},
}


@router.post(
    "/incidents/{incident_id}/evidence",
    status_code=201,
    response_model=EvidenceOut,
    responses=problems(*REFUSED, *PICTURE, *ONCE, IncidentEnded),
)
async def attach(
    incident_id: UUID,
    request: Request,
    caller: Annotated[Actor, needs()],
    given: Annotated[EvidenceIn, Form(media_type="multipart/form-data")],
    kept: Kept,
    idempotency_key: KeyHeader = None,
) -> Response:
    """Add a picture to an open incident: whoever may act on it or report. Sent again, in any form, it is added once."""
    once = keyed(request, caller.account_id, idempotency_key, await given.said())
    return await service.attach(database(request), kept, caller, incident_id, given, once)


@router.get("/incidents/{incident_id}/evidence", responses=problems(*REFUSED, InvalidCursor))
async def pictures(
    incident_id: UUID, caller: Looking, session: Read, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> Page[EvidenceOut]:
    """The pictures of an incident, and of those merged into it, in the order they came."""
    after = decode("evidence", cursor, UUID)
    rows = await service.page(session, caller, incident_id, after[0] if after else None, limit)
    return page_of("evidence", rows, limit, "id")


@router.get("/evidence/{evidence_id}", responses=problems(*REFUSED))
async def show(evidence_id: UUID, caller: Looking, session: Read, response: Response) -> EvidenceOut:
    """What is on record about a picture."""
    found = await service.show(session, caller, evidence_id)
    response.headers["ETag"] = f'"{found.version}"'
    return found


@router.get(
    "/evidence/{evidence_id}/content",
    response_class=StreamingResponse,
    responses=BYTES | problems(*REFUSED, service.ContentLost, service.ContentRemoved, StoreUnavailable),
)
async def content(
    evidence_id: UUID,
    caller: Looking,
    session: Read,
    kept: Kept,
    if_none_match: Annotated[str, Header(description="The ETag that is known: 304 if it still holds.")] = "",
) -> Response:
    """The picture itself, upright and without its metadata. It never changes."""
    found = await service.content(session, kept, caller, evidence_id)
    headers = {"ETag": found.etag, "Cache-Control": "private, max-age=31536000, immutable"}
    if found.etag in if_none_match:
        return Response(None, 304, headers)
    headers |= {"Content-Length": str(found.size_bytes), "Content-Disposition": f'inline; filename="{found.name}"'}
    return StreamingResponse(found.pieces, headers=headers, media_type=found.media_type)
