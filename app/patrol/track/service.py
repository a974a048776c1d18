"""Reading a patrol's track: for a purpose, and on record in the same transaction."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from app.core.db import Session
from app.core.pages import encode
from app.core.problems import NotFound, Unprocessable
from app.identity.service import Forbidden
from app.identity.workflow import Actor, Right
from app.patrol.models import TrackReading
from app.patrol.track import queries
from app.patrol.track.schemas import Line, LineFacts, Track, TrackFilter, TrackLine, TrackReadingOut
from app.patrol.track.workflow import TRUSTED, Spot, lines, simplified
from app.patrol.workflow import Quality
from app.roster.models import Patrol

LONGEST = timedelta(hours=24)


async def read(
    session: Session, caller: Actor, reference: UUID | str, asked: TrackFilter, after: list[Any] | None
) -> Track:
    """A part of where a patrol went on duty; the crew sees its own shifts only.

    Raises:
        NotFound: the patrol is out of reach.
        Forbidden: the caller may neither read tracks here nor sat on a shift of this patrol in that period.
        Unprocessable: the period is empty or longer than 24 hours.
    """
    if not timedelta(0) < asked.to_at - asked.from_at <= LONGEST:
        raise Unprocessable("`to` is after `from` by at most 24 hours.")
    patrol = await queries.patrol(session, reference, caller.centres, caller.account_id)
    if patrol is None:
        raise NotFound
    period = (asked.from_at, asked.to_at)
    shift_ids = await _readable(session, caller, patrol, period)
    by = {"account_id": caller.account_id, "purpose": asked.purpose}
    session.add(TrackReading(patrol_id=patrol.id, from_at=asked.from_at, to_at=asked.to_at, **by))
    await session.flush()
    key = (after[0], after[1]) if after else None
    rows = await queries.spots(session, patrol.id, period, shift_ids, key, asked.limit)
    spots = [Spot._make((*seen, Quality(quality))) for *seen, quality in rows[: asked.limit]]
    more = encode("track", spots[-1].observed_at, spots[-1].device_id) if len(rows) > asked.limit else None
    return Track(features=_drawn(spots, asked), next=more)


async def _readable(
    session: Session, caller: Actor, patrol: Patrol, period: tuple[datetime, datetime]
) -> list[UUID] | None:
    """The shifts whose track the caller may read; nothing for all of them."""
    if caller.may_at(Right.TRACKS_READ, patrol.centre_id):
        return None
    shift_ids = await queries.crewed(session, patrol.id, caller.account_id, *period)
    if not shift_ids:
        raise Forbidden("You may not read tracks here, and sat on no shift of this patrol in that period.")
    return shift_ids


def _drawn(spots: list[Spot], asked: TrackFilter) -> list[TrackLine]:
    devices: dict[str, int] = {}
    drawn = []
    for (shift_id, device_id), line in lines(spots).items():
        shown = [spot for spot in line if spot.quality in TRUSTED] if asked.trusted else line
        shown = simplified(shown, asked.simplify_m) if asked.simplify_m else shown
        device = devices.setdefault(device_id, len(devices) + 1)
        drawn += [_line(shift_id, device, shown)] if shown else []
    return drawn


def _line(shift_id: UUID, device: int, spots: list[Spot]) -> TrackLine:
    places = [[spot.lon, spot.lat] for spot in spots]
    return TrackLine(
        geometry=Line(type="LineString", coordinates=places)
        if len(places) > 1
        else Line(type="Point", coordinates=places[0]),
        properties=LineFacts(
            shift_id=shift_id,
            device=device,
            observed_at=[spot.observed_at for spot in spots],
            accuracy_m=[spot.accuracy_m for spot in spots],
            quality=[spot.quality for spot in spots],
        ),
    )


async def readings(session: Session, caller: Actor, before: int | None, limit: int) -> list[TrackReadingOut]:
    """Who read tracks and what for, the newest first, for auditors and for the crews whose tracks they were.

    One more than asked for.
    """
    centres = [centre for centre in caller.centres if caller.may_at(Right.AUDIT_READ, centre)]
    rows = await queries.readings(session, centres, caller.account_id, before, limit)
    return [TrackReadingOut.model_validate(row) for row in rows]
