"""Beginning an upload, adding to it, ending it. When the last piece comes, the picture is taken in like any other."""

from collections.abc import Awaitable, Callable
from typing import Any, ClassVar
from uuid import UUID

from app.core.db import Database, Session
from app.core.once import KeyReused
from app.core.problems import Conflict, NotFound, Problem, TooLarge, Unprocessable
from app.identity.workflow import Actor
from app.incident.evidence import naming
from app.incident.evidence import service as evidence
from app.incident.evidence.picture import NotAPicture, PictureAndPage, PictureDamaged, TooManyPixels
from app.incident.evidence.schemas import MAX_BYTES, Said
from app.incident.evidence.store import Missing, Store, whole
from app.incident.upload import queries
from app.incident.upload.models import Upload
from app.incident.upload.workflow import BYTES_A_DAY, MOST_PIECES, OPEN_UPLOADS

NO_PICTURE = (NotAPicture, PictureDamaged, PictureAndPage, TooManyPixels)
Arriving = Callable[[int], Awaitable[bytes]]
"""Reads what a request brings, up to so many bytes."""


class OffsetStale(Conflict):
    """The upload is not as far as this piece begins; ask by HEAD how far it is."""

    members: ClassVar[dict[str, Any]] = {"offset": 65536}


class UploadOver(Problem):
    """The upload is over: what came was refused or lost. Begin anew."""

    status = 410


class TooManyUploads(Problem):
    """This account has too much under way, or announced too much in the last 24 hours."""

    status = 429
    headers: ClassVar[dict[str, str]] = {"Retry-After": "600"}
    members: ClassVar[dict[str, Any]] = {"open_uploads": OPEN_UPLOADS, "bytes_a_day": BYTES_A_DAY}


class TooManyPieces(Unprocessable):
    """The upload has come in more pieces than are kept apart; begin anew with larger ones."""

    members: ClassVar[dict[str, Any]] = {"max_pieces": MOST_PIECES}


async def begin(
    database: Database, caller: Actor, incident_id: UUID, size_bytes: int, said: Said, key: str | None
) -> Upload:
    """A new upload for an open incident; with the same key again, the one that was begun.

    Raises:
        NotFound, Forbidden, IncidentEnded, TooLarge, KeyReused, TooManyUploads, Conflict.
    """
    if size_bytes > MAX_BYTES:
        raise TooLarge(f"A picture may have {MAX_BYTES:,} bytes.", max_bytes=MAX_BYTES)
    asked = {"incident_id": incident_id, "size_bytes": size_bytes, "said": said.model_dump(mode="json")}
    async with database.write() as session:
        await queries.hold(session, caller.account_id)
        if key and (known := await queries.by_key(session, caller.account_id, key)):
            if any(getattr(known, name) != value for name, value in asked.items()):
                raise KeyReused
            return known
        await evidence.open_to(session, caller, incident_id)
        found, announced = await queries.under_way(session, caller.account_id)
        if found >= OPEN_UPLOADS or announced + size_bytes > BYTES_A_DAY:
            raise TooManyUploads(open_uploads=OPEN_UPLOADS, bytes_a_day=BYTES_A_DAY)
        if said.id and await queries.is_taken(session, said.id):
            raise Conflict("Evidence with this id exists.")
        return await queries.begin(session, Upload(account_id=caller.account_id, key=key, **asked))


async def show(database: Database, caller: Actor, upload_id: UUID) -> Upload:
    """How far an upload is.

    Raises:
        NotFound, UploadOver.
    """
    async with database.read() as session:
        return _going(await queries.mine(session, caller, upload_id))


async def receive(
    database: Database, store: Store, caller: Actor, upload_id: UUID, at: int, arriving: Arriving
) -> Upload:
    """Add what a request brings, beginning at a place that must be as far as the upload is.

    Raises:
        NotFound, UploadOver, OffsetStale, TooManyPieces; and what taking a picture in raises.
    """
    upload = _begins(await show(database, caller, upload_id), at)
    if len(upload.pieces) >= MOST_PIECES:
        raise TooManyPieces(max_pieces=MOST_PIECES)
    piece = await arriving(upload.size_bytes - at)
    if at + len(piece) == upload.size_bytes:
        return await _complete(database, store, caller, upload, piece)
    return await _put_by(database, store, caller, upload, piece) if piece else upload


async def end(database: Database, store: Store, caller: Actor, upload_id: UUID) -> None:
    """Give an upload up; a picture that is on record stays.

    Raises:
        NotFound.
    """
    async with database.write() as session:
        upload = await queries.held(session, caller, upload_id)
        if upload is None:
            raise NotFound
        await queries.drop(session, upload)
    await store.clear(naming.upload(upload_id))


async def tidy(database: Database, store: Store, batch: int) -> int:
    """Delete uploads that expired: their bytes first, so that none is left without a row that leads to it."""
    async with database.read() as session:
        over = await queries.over(session, batch)
    for upload_id in over:
        await store.clear(naming.upload(upload_id))
    async with database.write() as session:
        await queries.forget(session, over)
    return len(over)


def _going(upload: Upload | None) -> Upload:
    if upload is None:
        raise NotFound
    if upload.refused:
        raise UploadOver(f"It ended with /problems/{upload.refused}.")
    return upload


def _begins(upload: Upload, at: int) -> Upload:
    if upload.received != at:
        raise OffsetStale(offset=upload.received)
    return upload


async def _held(session: Session, caller: Actor, seen: Upload) -> Upload:
    """The upload as it was seen a moment ago, until commit."""
    return _begins(_going(await queries.held(session, caller, seen.id)), seen.received)


async def _put_by(database: Database, store: Store, caller: Actor, seen: Upload, piece: bytes) -> Upload:
    name = naming.piece(seen.id, seen.received)
    await store.keep(name, piece)
    try:
        async with database.write() as session:
            upload = await _held(session, caller, seen)
            upload.received += len(piece)
            upload.pieces = [*upload.pieces, name]
    except Problem:  # after anything else it is not known whether it counts
        await store.delete(name)
        raise
    return upload


async def _complete(database: Database, store: Store, caller: Actor, seen: Upload, last: bytes) -> Upload:
    try:
        original = b"".join([*[await whole(store, name) for name in seen.pieces], last])
        picture = await evidence.kept(store, original)
    except Missing:
        await _refuse(database, store, caller, seen, UploadOver.slug())
        raise UploadOver("Pieces of it were lost.") from None
    except NO_PICTURE as refused:
        await _refuse(database, store, caller, seen, refused.slug())
        raise
    async with database.write() as session:
        upload = await _held(session, caller, seen)
        made = await evidence.add(session, caller, upload.incident_id, Said.model_validate(upload.said), picture)
        upload.received, upload.pieces, upload.evidence_id = upload.size_bytes, [], made.id
    await evidence.keep(store, original, picture)
    await store.clear(naming.upload(upload.id))
    return upload


async def _refuse(database: Database, store: Store, caller: Actor, seen: Upload, problem: str) -> None:
    async with database.write() as session:
        upload = await _held(session, caller, seen)
        upload.refused, upload.pieces = problem, []
    await store.clear(naming.upload(seen.id))
