"""Reading an original: for a purpose, by few, checked against its hash, and on record before a byte leaves."""

import hashlib
from typing import Any, NamedTuple
from uuid import UUID

from fastapi import Response

from app.core import outbox
from app.core.db import Database, Session
from app.core.once import Once, require_version
from app.core.problems import NotFound
from app.identity.workflow import Actor, Right
from app.incident.custody import queries
from app.incident.custody.schemas import CustodyOut, HoldIn
from app.incident.evidence import naming
from app.incident.evidence import queries as pictures
from app.incident.evidence.models import Act, Custody, Evidence
from app.incident.evidence.service import ContentLost, require_kept, show
from app.incident.evidence.store import Missing, Store, whole
from app.incident.models import Incident
from app.incident.service import audience, places_of, require_right

BATCH = 100


class Original(NamedTuple):
    """The file as it came, and how it is named."""

    content: bytes
    name: str
    sha256: bytes


async def original(database: Database, store: Store, caller: Actor, evidence_id: UUID, purpose: str) -> Original:
    """The file as it came, for a purpose that is put on record.

    Raises:
        NotFound, Forbidden, ContentRemoved, ContentLost.
    """
    async with database.read() as session:
        row, _ = await _within(session, caller, evidence_id, Right.ORIGINALS_READ)
        require_kept(row)
    try:
        found = await whole(store, naming.original(row.sha256))
    except Missing:
        raise ContentLost("The original is not in the store.") from None
    is_right = hashlib.sha256(found).digest() == row.sha256
    act = Act.READ_ORIGINAL if is_right else Act.DAMAGED
    async with database.write() as session:
        session.add(_line(caller, row.id, act, row.sha256, purpose))
    if not is_right:
        raise ContentLost("What is in the store is not what was received.")
    return Original(found, f"{row.id}.original.{naming.SUFFIX[row.media_type]}", row.sha256)


async def lines(session: Session, caller: Actor, evidence_id: UUID, after: int, limit: int) -> list[CustodyOut]:
    """What was done with a picture, in order; one more than asked for.

    Raises:
        NotFound, Forbidden.
    """
    await _within(session, caller, evidence_id, Right.AUDIT_READ, Right.ORIGINALS_READ)
    return [CustodyOut.of(row) for row in await queries.lines(session, evidence_id, after, limit)]


async def hold(
    session: Session, caller: Actor, evidence_id: UUID, given: HoldIn, based_on: int, once: Once
) -> Response:
    """Keep a picture beyond its time, or no longer.

    Raises:
        NotFound, Forbidden, ContentRemoved, VersionStale.
    """
    _, incident = await _within(session, caller, evidence_id, Right.ORIGINALS_READ)
    picture = await queries.held(session, evidence_id)
    require_kept(picture)
    require_version(based_on, picture.version)
    if picture.is_held != given.is_held:
        picture.is_held, picture.version = given.is_held, picture.version + 1
        act = Act.HELD if given.is_held else Act.RELEASED
        session.add(_line(caller, evidence_id, act, picture.sha256, given.reason))
        await _tell(session, incident, picture)
    return await once.reply(session, await show(session, caller, evidence_id))


class Moved(NamedTuple):
    """How many pictures were copied to another store, and how many could not be: lost, or not what they were."""

    moved: int
    lost: int


async def move(database: Database, source: Store, target: Store) -> Moved:
    """Copy the bytes of every picture from one store to another, unless they are there, each checked by its hash."""
    moved, lost, after = 0, 0, None
    while True:
        async with database.read() as session:
            rows = await queries.kept(session, after, BATCH)
        if not rows:
            return Moved(moved, lost)
        found = [await _copied(source, target, row) for row in rows]
        async with database.write() as session:
            await queries.say_moved(session, [row for row, copied in zip(rows, found, strict=True) if copied])
        moved, lost, after = moved + found.count(True), lost + found.count(None), rows[-1].id


async def _copied(source: Store, target: Store, row: Any) -> bool | None:
    """Whether anything of this picture had to be copied; nothing if something of it cannot be."""
    names = ((naming.original(row.sha256), row.sha256),) if row.original_kept else ()
    copied = False
    for name, sha256 in (*names, (naming.content(row.content_sha256, row.media_type), row.content_sha256)):
        try:
            await target.size(name)
        except Missing:
            try:
                content = await whole(source, name)
            except Missing:
                return None
            if hashlib.sha256(content).digest() != sha256:
                return None
            await target.keep(name, content)
            copied = True
    return copied


async def _tell(session: Session, incident: Incident, picture: Evidence) -> None:
    topic = "incident.evidence_held" if picture.is_held else "incident.evidence_released"
    facts = {"incident_id": str(incident.id), "evidence_id": str(picture.id)}
    outbox.record(session, topic, incident.id, await audience(session, incident), **facts)
    await session.flush()


async def _within(session: Session, caller: Actor, evidence_id: UUID, *rights: Right) -> tuple[Evidence, Incident]:
    """A picture in sight, and its incident, where the caller has one of these rights."""
    row = await pictures.one(session, caller, evidence_id)
    if row is None:
        raise NotFound
    incident = await queries.incident_of(session, row.incident_id)
    require_right(caller, places_of(incident), *rights)
    return row, incident


def _line(caller: Actor, evidence_id: UUID, act: Act, sha256: bytes, purpose: str) -> Custody:
    by = {"account_id": caller.account_id, "purpose": purpose}
    return Custody(evidence_id=evidence_id, act=act.value, sha256=sha256, details={}, **by)
