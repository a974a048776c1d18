"""The use cases of checkpoints: set up, listed with when they are due, visited by who is on duty, missed on a shift."""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from app.core import outbox
from app.core.db import Session
from app.core.geo import Point
from app.core.ids import uuid7
from app.core.once import require_version
from app.core.pages import Page, page_of
from app.core.problems import Conflict, NotFound, Unprocessable
from app.coverage.checkpoint import queries
from app.coverage.checkpoint.schemas import (
    CheckpointFilters,
    CheckpointIn,
    CheckpointMade,
    CheckpointOut,
    CheckpointPatch,
    ShiftCheckpoint,
    VisitIn,
    VisitOut,
)
from app.coverage.checkpoint.workflow import AHEAD, OLDEST, due_at, is_there, missed
from app.coverage.models import Checkpoint
from app.grid.queries import now as instant
from app.identity.service import Forbidden
from app.identity.workflow import Actor, Right
from app.roster.queries import centre_by_code
from app.roster.schemas import Named

CURSOR, VISITS = "checkpoints", "checkpoint-visits"
KEEP_VISITS = timedelta(days=400)
TOKEN_BYTES = 18


class NotAtCheckpoint(Unprocessable):
    """Nothing proves that you are at this checkpoint: neither its code nor a position inside its geofence."""


class NotOnDutyThen(Conflict):
    """You were not on duty with a patrol at that time."""


async def make(session: Session, by: Actor, body: CheckpointIn) -> CheckpointMade:
    """Set up a checkpoint of a centre whose duty the caller runs."""
    centre = await centre_by_code(session, body.centre)
    if centre is None or not by.may_at(Right.DUTY_WRITE, centre.id):
        raise Unprocessable(f"There is no centre {body.centre} whose duty you run.")
    token = _new_token() if body.with_code else None
    made = Checkpoint(
        id=body.id or uuid7(),
        centre_id=centre.id,
        code=body.code,
        name=body.name,
        name_en=body.name_en,
        location=queries.place(body.location.wgs84(body.datum)),
        radius_m=body.radius_m,
        every_s=body.every_s,
        token_sha256=_hash(token) if token else None,
    )
    session.add(made)
    return await _settled(session, by, made, "checkpoint.made", token)


async def change(
    session: Session, by: Actor, checkpoint_id: UUID, body: CheckpointPatch, based_on: int
) -> CheckpointMade:
    """Change a checkpoint, or take it out of use; a new code makes the old one worthless.

    Raises:
        NotFound, VersionStale.
        Forbidden: the caller sees the checkpoint but does not run the duty of its centre.
    """
    held = await queries.held(session, by, checkpoint_id)
    if held is None:
        raise NotFound
    if not by.may_at(Right.DUTY_WRITE, held.centre_id):
        raise Forbidden
    require_version(based_on, held.version)
    for field, value in body.model_dump(exclude={"with_code"}, exclude_none=True).items():
        setattr(held, field, value)
    token = _new_token() if body.with_code else None
    if body.with_code is not None:
        held.token_sha256 = _hash(token) if token else None
    held.version += 1
    return await _settled(session, by, held, "checkpoint.changed", token)


async def _settled(session: Session, by: Actor, row: Checkpoint, topic: str, token: str | None) -> CheckpointMade:
    await session.flush()
    outbox.record(session, topic, row.id, [row.centre_id], code=row.code)
    return CheckpointMade(**(await checkpoint(session, by, row.id)).model_dump(), token=token)


def _new_token() -> str:
    return secrets.token_urlsafe(TOKEN_BYTES)


def _hash(token: str) -> bytes:
    """A token is long and random: one round is enough."""
    return hashlib.sha256(token.encode()).digest()


async def checkpoint(session: Session, caller: Actor, checkpoint_id: UUID) -> CheckpointOut:
    """One checkpoint."""
    row = await queries.shown(session, caller, checkpoint_id)
    if row is None:
        raise NotFound
    return _shown(row, await instant(session))


async def checkpoint_named(session: Session, caller: Actor, centre: str, code: str) -> CheckpointOut | None:
    """The checkpoint of this code at a centre, if there is one that the caller reaches."""
    row = await queries.shown_by_code(session, caller, centre, code)
    return None if row is None else _shown(row, await instant(session))


async def checkpoints(
    session: Session, caller: Actor, wanted: CheckpointFilters, after: queries.After
) -> Page[CheckpointOut]:
    """Checkpoints of the centres the caller reaches, by their code."""
    now = await instant(session)
    found = [_shown(row, now) for row in await queries.page(session, caller, wanted, after)]
    return page_of(CURSOR, found, wanted.limit, "code", "id")


def _shown(row: Any, now: datetime) -> CheckpointOut:
    one = row.Checkpoint
    due = due_at(row.last_at, one.created_at, one.every_s)
    return CheckpointOut(
        id=one.id,
        version=one.version,
        created_at=one.created_at,
        updated_at=one.updated_at,
        centre=Named.model_validate(row.Organisation),
        code=one.code,
        name=one.name,
        name_en=one.name_en,
        location=Point(coordinates=(row.lon, row.lat)),
        radius_m=one.radius_m,
        every_s=one.every_s,
        has_code=one.token_sha256 is not None,
        is_active=one.is_active,
        cell=row.cell,
        last_visit_at=row.last_at,
        due_at=due,
        is_overdue=one.is_active and due < now,
    )


async def visit(session: Session, by: Actor, body: VisitIn, checkpoint_id: UUID | None = None) -> VisitOut:
    """Keep that the caller's patrol was at a checkpoint, named by its id or by its code alone. Told twice, kept once.

    Raises:
        NotFound: there is no such checkpoint in use in the caller's reach.
        NotAtCheckpoint: nothing proves it.
        NotOnDutyThen: the caller was on duty with no patrol.
        Unprocessable: it was too long ago, or is ahead.
    """
    now = await instant(session)
    at = body.observed_at or now
    if not now - OLDEST <= at <= now + AHEAD:
        raise Unprocessable(f"A visit is told at most {OLDEST.days} days late, and not before it is made.")
    where = body.location.wgs84(body.datum) if body.location else None
    found = await queries.named(session, by, checkpoint_id or _hash(body.token or ""), where)
    if found is None:
        raise NotFound
    place, distance_m = found
    if not _is_proven(place, body, distance_m):
        raise NotAtCheckpoint
    patrol = await queries.patrol_of(session, by.account_id, at)
    if patrol is None:
        raise NotOnDutyThen
    if await queries.put_visit(session, place.id, patrol.id, at, distance_m):
        said = {"code": place.code, "patrol_id": str(patrol.id), "observed_at": at.isoformat()}
        outbox.record(session, "checkpoint.visited", place.id, [place.centre_id], **said)
    return VisitOut.model_validate(await queries.visit(session, place.id, patrol.id, at))


def _is_proven(place: Checkpoint, body: VisitIn, distance_m: float | None) -> bool:
    if place.token_sha256 is not None:
        return body.token is not None and secrets.compare_digest(place.token_sha256, _hash(body.token))
    return distance_m is not None and is_there(distance_m, place.radius_m, body.accuracy_m)


async def visits(
    session: Session, caller: Actor, checkpoint_id: UUID, after: list[Any] | None, limit: int
) -> Page[VisitOut]:
    """The visits of a checkpoint, the newest first."""
    if await queries.shown(session, caller, checkpoint_id) is None:
        raise NotFound
    found = list(await queries.visits(session, checkpoint_id, after, limit))
    listed = page_of(VISITS, found, limit, "observed_at", "patrol_id", "how")
    return Page(items=[VisitOut.model_validate(row) for row in listed.items], next=listed.next)


async def of_shift(session: Session, caller: Actor, shift_id: UUID) -> list[ShiftCheckpoint]:
    """The checkpoints in a shift's beat while it was on duty, up to now: visited, and missed."""
    shift = await queries.shift_in_sight(session, caller, shift_id)
    if shift is None:
        raise NotFound
    begun_at, until_at = shift.signed_on_at, shift.signed_off_at or await instant(session)
    if begun_at is None or shift.beat_id is None:
        return []
    rows = await queries.of_beat(session, shift.beat_id, begun_at, until_at)
    return [_on_shift(row.Checkpoint, row.times or [], begun_at, until_at) for row in rows]


def _on_shift(one: Checkpoint, times: list[datetime], begun_at: datetime, until_at: datetime) -> ShiftCheckpoint:
    return ShiftCheckpoint(
        id=one.id,
        code=one.code,
        name=one.name,
        name_en=one.name_en,
        every_s=one.every_s,
        visits=len(times),
        last_visit_at=max(times, default=None),
        missed=missed(times, max(begun_at, one.created_at), until_at, one.every_s),
    )


async def forget(session: Session, batch: int) -> int:
    """Delete the visits of more than 400 days ago, so that a year can be compared with the one before."""
    return await queries.forget(session, KEEP_VISITS, batch)
