"""HTTP of custody: the list, the original, the hold."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from pydantic import Field, TypeAdapter

from app.core.db import Read, Write, database
from app.core.once import base_version
from app.core.pages import DEFAULT_LIMIT, Cursor, InvalidCursor, Limit, Page, decode, page_of
from app.core.problems import problems
from app.identity.access import OwnKey, needs
from app.identity.schemas import Purpose
from app.identity.workflow import Actor, Right
from app.incident.custody import service
from app.incident.custody.schemas import CustodyOut, HoldIn
from app.incident.evidence.routes import REFUSED, Kept, Looking
from app.incident.evidence.schemas import EvidenceOut
from app.incident.evidence.service import ContentLost, ContentRemoved
from app.incident.evidence.store import StoreUnavailable

router = APIRouter(prefix="/v1/evidence/{evidence_id}", tags=["incidents"])
Trusted = Annotated[Actor, needs(Right.ORIGINALS_READ)]
place = TypeAdapter[int](Annotated[int, Field(ge=0, lt=2**63)]).validate_python
BYTES: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}}
}


@router.get("/custody", responses=problems(*REFUSED, InvalidCursor))
async def custody(
    evidence_id: UUID, caller: Looking, session: Read, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> Page[CustodyOut]:
    """What was done with the bytes of a picture, in order: for auditors, and for whoever may read originals there."""
    after = decode("custody", cursor, place)
    rows = await service.lines(session, caller, evidence_id, after[0] if after else 0, limit)
    return page_of("custody", rows, limit, "id")


@router.get(
    "/original",
    response_class=Response,
    responses=BYTES | problems(*REFUSED, ContentLost, ContentRemoved, StoreUnavailable),
)
async def original(evidence_id: UUID, purpose: Purpose, caller: Trusted, request: Request, kept: Kept) -> Response:
    """The file as it came, with all the camera wrote into it. The reading is put on record with its purpose.

    It is checked against `sha256`, and comes as a file to be saved, never to be shown.
    """
    found = await service.original(database(request), kept, caller, evidence_id, purpose)
    headers = {
        "Cache-Control": "no-store",
        "Content-Disposition": f'attachment; filename="{found.name}"',
        "ETag": f'"{found.sha256.hex()}"',
    }
    return Response(found.content, headers=headers, media_type="application/octet-stream")


@router.post(
    "/hold",
    response_model=EvidenceOut,
    responses=problems(*REFUSED, ContentRemoved),
)
async def hold(
    evidence_id: UUID,
    given: HoldIn,
    caller: Trusted,
    session: Write,
    based_on: Annotated[int, Depends(base_version)],
    once: OwnKey,
) -> Response:
    """Keep a picture beyond its time, because somebody will ask for it, or no longer. Why is in its custody."""
    return await service.hold(session, caller, evidence_id, given, based_on, once)
