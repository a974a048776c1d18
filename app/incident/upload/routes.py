"""HTTP of uploads: the tus protocol, 1.0, with creation, expiration, checksum and termination."""

import asyncio
from collections.abc import Callable, Coroutine
from email.utils import format_datetime
from typing import Annotated, Any, ClassVar
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import ValidationError
from starlette.requests import ClientDisconnect

from app.core.db import database
from app.core.faults import render
from app.core.once import MAX_KEY, KeyReused
from app.core.problems import Conflict, InvalidRequest, NotFound, Problem, TooLarge, Unavailable, problems, raises
from app.identity.access import needs, public
from app.identity.service import Forbidden, NotSignedIn
from app.identity.workflow import Actor
from app.incident.evidence.picture import NotAPicture, PictureAndPage, PictureDamaged, TooManyPixels
from app.incident.evidence.routes import Kept
from app.incident.evidence.schemas import MAX_BYTES, Said
from app.incident.evidence.store import StoreFull, StoreUnavailable
from app.incident.service import IncidentEnded
from app.incident.upload import service
from app.incident.upload.models import Upload
from app.incident.upload.workflow import (
    ALGORITHMS,
    EXTENSIONS,
    MEDIA_TYPE,
    SILENCE_S,
    VERSION,
    Checksum,
    checksum_of,
    metadata_of,
)

LONGEST_SIZE = 18
"""Digits of a size; a longer one is no size of anything."""


class TusVersionUnknown(Problem):
    """The header Tus-Resumable names no version of the protocol that is spoken here."""

    status = 412
    headers: ClassVar[dict[str, str]] = {"Tus-Version": VERSION}


class NotAPiece(Problem):
    """A piece of an upload has the Content-Type application/offset+octet-stream."""

    status = 415


class ChecksumUnknown(Problem):
    """The header Upload-Checksum is not an algorithm that is known here and a digest in base64."""


class ChecksumMismatch(Problem):
    """The bytes do not have the checksum that was sent with them; they were not kept. Send them again."""

    status = 460


class Tus(APIRoute):
    """A route whose every answer, also a refusal, says the version of the protocol."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The route itself, and one header more."""
        handle = super().get_route_handler()

        async def answered(request: Request) -> Response:
            try:
                answer = await handle(request)
            except Problem as problem:
                answer = render(problem, request)
            answer.headers["Tus-Resumable"] = VERSION
            return answer

        return answered


@raises(TusVersionUnknown)
async def spoken(
    tus_resumable: Annotated[str, Header(description="The version of the protocol: 1.0.0.", examples=[VERSION])] = "",
) -> None:
    """Refuse who speaks another protocol, before anything else is done."""
    if tus_resumable != VERSION:
        raise TusVersionUnknown


router = APIRouter(prefix="/v1", tags=["incidents"], route_class=Tus)
Speaking = [Depends(spoken)]
Caller = Annotated[Actor, needs()]
Offset = Annotated[int, Header(ge=0, le=MAX_BYTES, description="Where the piece begins: as far as the upload is.")]
Length = Annotated[int, Header(ge=1, description="The size of the whole file in bytes, 10 MB at most.")]
Sum = Annotated[str | None, Header(max_length=200, description="`sha1` or `sha256`, a space, the digest in base64.")]
Metadata = Annotated[
    str,
    Header(
        max_length=24_000,
        description="What is said about the picture, as in the form: `kind` and others, each value in base64.",
        examples=["kind YWZ0ZXI=,lon MTE4LjYyNQ==,lat MzIuMDU1"],
    ),
]
Key = Annotated[
    str | None,
    Header(alias="Idempotency-Key", min_length=1, max_length=MAX_KEY, description="The same again: the same upload."),
]
FOUND = (NotSignedIn, Forbidden, NotFound, InvalidRequest, service.UploadOver, Unavailable)
PICTURE = (NotAPicture, PictureAndPage, PictureDamaged, TooManyPixels, IncidentEnded, Conflict)
PIECE = (NotAPiece, ChecksumUnknown, ChecksumMismatch, TooLarge, service.OffsetStale, service.TooManyPieces)
BEGUN = (service.TooManyUploads, TooLarge, KeyReused, IncidentEnded, Conflict)
STORE = (StoreFull, StoreUnavailable)
BYTES = {"schema": {"type": "string", "format": "binary"}, "example": "(the bytes)"}
BODY: dict[str, Any] = {"requestBody": {"required": True, "content": {MEDIA_TYPE: BYTES}}}
ADDED = problems(*FOUND, *PIECE, *PICTURE, *STORE)


@router.options("/evidence-uploads", dependencies=[public], status_code=204, response_class=Response)
async def capabilities() -> Response:
    """What of the protocol is spoken here."""
    said = {"Tus-Version": VERSION, "Tus-Extension": EXTENSIONS, "Tus-Max-Size": str(MAX_BYTES)}
    return Response(None, 204, said | {"Tus-Checksum-Algorithm": ",".join(ALGORITHMS)})


@router.post(
    "/incidents/{incident_id}/evidence/uploads",
    status_code=201,
    response_class=Response,
    dependencies=Speaking,
    responses=problems(*FOUND, *BEGUN),
)
async def begin(
    incident_id: UUID,
    request: Request,
    caller: Caller,
    upload_length: Length,
    upload_metadata: Metadata,
    idempotency_key: Key = None,
) -> Response:
    """Begin to send a picture in pieces: `Location` says where. What is not whole after 72 hours is deleted."""
    args = (upload_length, _said(upload_metadata), idempotency_key)
    upload = await service.begin(database(request), caller, incident_id, *args)
    return Response(None, 201, _state(upload) | {"Location": f"/v1/evidence-uploads/{upload.id}"})


@router.head(
    "/evidence-uploads/{upload_id}", response_class=Response, dependencies=Speaking, responses=problems(*FOUND)
)
async def progress(upload_id: UUID, request: Request, caller: Caller) -> Response:
    """How far an upload is, in `Upload-Offset`. It is whole when the picture is on record: `Content-Location`."""
    upload = await service.show(database(request), caller, upload_id)
    return Response(None, 200, _state(upload) | {"Upload-Length": str(upload.size_bytes), "Cache-Control": "no-store"})


@router.patch(
    "/evidence-uploads/{upload_id}",
    status_code=204,
    response_class=Response,
    dependencies=Speaking,
    responses=ADDED,
    openapi_extra=BODY,
)
async def add(
    upload_id: UUID,
    request: Request,
    caller: Caller,
    kept: Kept,
    upload_offset: Offset,
    upload_checksum: Sum = None,
) -> Response:
    """Send a piece, from `Upload-Offset` on; a cut connection keeps what came. The last one takes the picture in.

    Safe to send twice: a piece that is there already is answered with 409, and counted once.
    """
    upload = await _receive(upload_id, request, caller, kept, upload_offset, upload_checksum)
    return Response(None, 204, _state(upload))


@router.delete(
    "/evidence-uploads/{upload_id}",
    status_code=204,
    response_class=Response,
    dependencies=Speaking,
    responses=problems(*FOUND),
)
async def end(upload_id: UUID, request: Request, caller: Caller, kept: Kept) -> Response:
    """Give an upload up, whole or not; a picture that is on record stays. Once gone, it is a 404."""
    await service.end(database(request), kept, caller, upload_id)
    return Response(None, 204)


async def _receive(
    upload_id: UUID, request: Request, caller: Actor, kept: Kept, at: int, checksum: str | None
) -> Upload:
    if request.headers.get("content-type", "").lower() != MEDIA_TYPE:
        raise NotAPiece
    expected = None if checksum is None else checksum_of(checksum)
    if checksum is not None and expected is None:
        raise ChecksumUnknown

    async def arriving(most: int) -> bytes:
        return await _read(request, most, expected)

    return await service.receive(database(request), kept, caller, upload_id, at, arriving)


async def _read(request: Request, most: int, expected: Checksum | None) -> bytes:
    """What the request brings; after a cut, what came, unless it can no more be checked."""
    announced = request.headers.get("content-length", "")
    if len(announced) > LONGEST_SIZE or (announced.isdecimal() and int(announced) > most):
        raise TooLarge(f"Only {most} bytes are missing.", max_bytes=most)
    came, is_whole, stream = bytearray(), True, request.stream()
    try:
        while len(came) <= most:
            came += await asyncio.wait_for(anext(stream), SILENCE_S)
    except StopAsyncIteration:
        pass
    except (ClientDisconnect, TimeoutError):
        is_whole = False
    if len(came) > most:
        raise TooLarge(f"Only {most} bytes are missing.", max_bytes=most)
    if expected and not (is_whole and expected.fits(bytes(came))):
        raise ChecksumMismatch
    return bytes(came)


def _said(header: str) -> Said:
    pairs = metadata_of(header)
    wrong: list[Any] = [{"loc": ("header", "upload-metadata"), "msg": "is not pairs of a name and a value in base64"}]
    try:
        if pairs is not None:
            return Said.model_validate(pairs)
    except ValidationError as error:
        wrong = [found | {"loc": ("header", "upload-metadata", *found["loc"])} for found in error.errors()]
    raise RequestValidationError(wrong)


def _state(upload: Upload) -> dict[str, str]:
    """How far an upload is, until when it is kept, and the picture when it is whole."""
    told = {"Upload-Offset": str(upload.received), "Upload-Expires": format_datetime(upload.expires_at, usegmt=True)}
    return told | ({"Content-Location": f"/v1/evidence/{upload.evidence_id}"} if upload.evidence_id else {})
