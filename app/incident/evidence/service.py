"""Taking a picture in, listing and finding pictures. Files are written outside any transaction, before their row."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

from fastapi import Response

from app.core import outbox
from app.core.db import Database, Session
from app.core.ids import uuid7
from app.core.once import Once
from app.core.problems import NotFound
from app.identity.workflow import Actor, Right
from app.incident.evidence import queries
from app.incident.evidence.picture import Picture, cleaned
from app.incident.evidence.schemas import EvidenceIn, EvidenceOut
from app.incident.evidence.store import Store
from app.incident.evidence.workflow import claim
from app.incident.models import Evidence, Incident
from app.incident.service import IncidentEnded, audience, require_right, seen
from app.incident.workflow import ENDS, Status

HANDS = ThreadPoolExecutor(max_workers=2, thread_name_prefix="picture")
"""A large picture takes half a gigabyte while it is decoded, so few are worked on at once."""


class ContentLost(NotFound):
    """The picture is on record, but its bytes are not in this process's store."""


class Content(NamedTuple):
    """The bytes of a picture, and how they are named."""

    path: Path
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
        await _open_to(session, caller, incident_id)
    original = await given.file.read()
    picture = await asyncio.get_running_loop().run_in_executor(HANDS, _kept, store, original)
    async with database.write() as session:
        await once.replay(session)
        incident = await _open_to(session, caller, incident_id, held=True)
        made = _row(incident, caller, given, picture)
        session.add(made)
        await session.flush()
        facts = {"incident_id": str(incident.id), "evidence_id": str(made.id), "kind": made.kind}
        outbox.record(session, "incident.evidence_added", incident.id, await audience(session, incident), **facts)
        return await once.reply(session, await show(session, caller, made.id), 201)


async def _open_to(session: Session, caller: Actor, incident_id: UUID, *, held: bool = False) -> Incident:
    incident = await seen(session, caller, incident_id, held=held)
    require_right(caller, await audience(session, incident), Right.INCIDENTS_ACT, Right.INCIDENTS_REPORT)
    if Status(incident.status) in ENDS:
        raise IncidentEnded(f"It is {incident.status}.", status_now=incident.status)
    return incident


def _kept(store: Store, original: bytes) -> Picture:
    picture = cleaned(original)
    store.keep(picture.content, picture.content_sha256, picture.media_type)
    return picture


def _row(incident: Incident, caller: Actor, given: EvidenceIn, picture: Picture) -> Evidence:
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
        NotFound, ContentLost.
    """
    row = await queries.one(session, caller, evidence_id)
    if row is None:
        raise NotFound
    path = store.path(row.content_sha256, row.media_type)
    if not await asyncio.to_thread(path.exists):
        raise ContentLost
    return Content(path, row.media_type, f"{row.id}{path.suffix}", f'"{row.content_sha256.hex()}"')
