"""Taking a picture in, listing and finding pictures. Files are written outside any transaction, before their row."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ClassVar, NamedTuple
from uuid import UUID

import structlog
from fastapi import Response

from app.core import outbox
from app.core.db import Database, Session
from app.core.ids import uuid7
from app.core.once import Once
from app.core.problems import NotFound
from app.core.time import rfc3339
from app.identity.workflow import Actor, Right
from app.incident.evidence import naming, queries
from app.incident.evidence.models import Act, Custody, Evidence
from app.incident.evidence.picture import Picture, cleaned
from app.incident.evidence.schemas import EvidenceIn, EvidenceOut, Said
from app.incident.evidence.store import Missing, Store
from app.incident.evidence.workflow import claim
from app.incident.models import Incident
from app.incident.service import IncidentEnded, audience, require_right, seen
from app.incident.workflow import ENDS, Status

log = structlog.get_logger()
HANDS = ThreadPoolExecutor(max_workers=2, thread_name_prefix="picture")
"""A large picture takes half a gigabyte while it is decoded, so few are worked on at once."""


class ContentLost(NotFound):
    """The picture is on record, but its bytes are not in this process's store, or not what they were."""


class ContentRemoved(NotFound):
    """The picture is on record, but its bytes were deleted when their time was over."""

    status = 410
    members: ClassVar[dict[str, Any]] = {"removed_at": "2027-05-22T02:00:00.000Z"}


class Content(NamedTuple):
    """The bytes of a picture, and how they are named."""

    pieces: AsyncIterator[bytes]
    size_bytes: int
    media_type: str
    name: str
    etag: str


async def attach(  # a request and where its effects go
    database: Database, store: Store, caller: Actor, incident_id: UUID, given: EvidenceIn, once: Once
) -> Response:
    """Add a picture to an open incident, whose version stays: a picture moves nothing.

    Raises:
        NotFound, Forbidden, IncidentEnded, NotAPicture, PictureDamaged, PictureAndPage, TooManyPixels.
    """
    async with database.read() as session:
        await once.replay(session)
        await open_to(session, caller, incident_id)
    original = await given.file.read()
    picture = await kept(store, original)
    async with database.write() as session:
        await once.replay(session)
        made = await add(session, caller, incident_id, given, picture)
        answer = await once.reply(session, made, 201)
    await keep(store, original, picture)
    return answer


async def open_to(session: Session, caller: Actor, incident_id: UUID, *, held: bool = False) -> Incident:
    """The incident, if the caller may add pictures to it.

    Raises:
        NotFound, Forbidden, IncidentEnded.
    """
    incident = await seen(session, caller, incident_id, held=held)
    require_right(caller, await audience(session, incident), Right.INCIDENTS_ACT, Right.INCIDENTS_REPORT)
    if Status(incident.status) in ENDS:
        raise IncidentEnded(f"It is {incident.status}.", status_now=incident.status)
    return incident


async def kept(store: Store, original: bytes) -> Picture:
    """The picture in these bytes, as it came and cleaned, both in the store.

    Raises:
        NotAPicture, PictureDamaged, PictureAndPage, TooManyPixels.
    """
    picture = await asyncio.get_running_loop().run_in_executor(HANDS, cleaned, original)
    await keep(store, original, picture)
    return picture


async def keep(store: Store, original: bytes, picture: Picture) -> None:
    """Put the bytes of a picture into the store, unless they are there.

    Done before its row is written, and again after: bytes that were there before, of a picture whose time was over,
    may have been deleted between.
    """
    await store.keep(naming.original(picture.sha256), original)
    await store.keep(naming.content(picture.content_sha256, picture.media_type), picture.content)


async def add(session: Session, caller: Actor, incident_id: UUID, said: Said, picture: Picture) -> EvidenceOut:
    """Put a picture whose bytes are in the store on record, with the first lines of its custody.

    Raises:
        NotFound, Forbidden, IncidentEnded.
    """
    incident = await open_to(session, caller, incident_id, held=True)
    made = _row(incident, caller, said, picture)
    session.add(made)
    await session.flush()
    for act, sha256 in ((Act.RECEIVED, picture.sha256), (Act.CLEANED, picture.content_sha256)):
        session.add(
            Custody(evidence_id=made.id, act=act.value, account_id=caller.account_id, sha256=sha256, details={})
        )
        await session.flush()  # in this order
    facts = {"incident_id": str(incident.id), "evidence_id": str(made.id), "kind": made.kind}
    outbox.record(session, "incident.evidence_added", incident.id, await audience(session, incident), **facts)
    return await show(session, caller, made.id)


def _row(incident: Incident, caller: Actor, given: Said, picture: Picture) -> Evidence:
    return Evidence(
        id=given.id or uuid7(),
        incident_id=incident.id,
        kind=given.kind.value,
        media_type=picture.media_type,
        sha256=picture.sha256,
        content_sha256=picture.content_sha256,
        size_bytes=len(picture.content),
        location=queries.point(given.place),
        observed_at=given.observed_at,
        account_id=caller.account_id,
        note=given.note,
        claim=claim(picture.taken, given.place, given.observed_at),
    )


async def page(session: Session, caller: Actor, incident_id: UUID, after: UUID | None, limit: int) -> list[EvidenceOut]:
    """The pictures of an incident and of those merged into it, one more than asked for."""
    await seen(session, caller, incident_id)
    return [EvidenceOut.of(row) for row in await queries.page(session, incident_id, after, limit)]


async def show(session: Session, caller: Actor, evidence_id: UUID) -> EvidenceOut:
    """What is on record about a picture.

    Raises:
        NotFound: there is none, or its incident is out of the caller's reach.
    """
    row = await queries.one(session, caller, evidence_id)
    if row is None:
        raise NotFound
    return EvidenceOut.of(row)


async def content(session: Session, store: Store, caller: Actor, evidence_id: UUID) -> Content:
    """The bytes of a picture.

    Raises:
        NotFound, ContentLost, ContentRemoved.
    """
    row = await queries.one(session, caller, evidence_id)
    if row is None:
        raise NotFound
    return await shown(store, row)


async def shown(store: Store, row: Any) -> Content:
    """The bytes of a picture that the caller may look at.

    Raises:
        ContentLost, ContentRemoved.
    """
    require_kept(row)
    name = naming.content(row.content_sha256, row.media_type)
    try:
        size = await store.size(name)
    except Missing:
        raise ContentLost from None
    pieces = unchanged(store.read(name), row.content_sha256)
    return Content(
        pieces, size, row.media_type, f"{row.id}.{naming.SUFFIX[row.media_type]}", f'"{row.content_sha256.hex()}"'
    )


def require_kept(row: Any) -> None:
    """Refuse to show bytes whose time is over.

    Raises:
        ContentRemoved.
    """
    if row.removed_at is not None:
        raise ContentRemoved(removed_at=rfc3339(row.removed_at))


async def unchanged(pieces: AsyncIterator[bytes], sha256: bytes) -> AsyncIterator[bytes]:
    """The same pieces; the last comes only if the hash of all is right: what was changed never comes whole."""
    digest, before = hashlib.sha256(), b""
    async for piece in pieces:
        digest.update(piece)
        yield before
        before = piece
    if digest.digest() != sha256:
        log.error("evidence_damaged", sha256=sha256.hex(), found=digest.hexdigest())
        return
    yield before
