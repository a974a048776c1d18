"""The use cases of positions: kept while on duty, the latest gone when duty ends."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, time, timedelta
from operator import attrgetter
from typing import NamedTuple, Self
from uuid import UUID

from app.core.db import BulkLane, Lane, Session
from app.core.geo import ewkb
from app.identity.queries import now as instant
from app.identity.workflow import Actor, Right
from app.patrol import queries
from app.patrol.queries import Kept
from app.patrol.schemas import Batch, Fix, FixNotKept, PositionsOut, Seen, SignOnIn
from app.patrol.workflow import AROUND_DUTY, COARSE_M, MAX_AHEAD, OVERTIME, Duty, NotKept, Quality, duty_at, quality
from app.roster.models import Shift
from app.roster.schemas import ShiftOut, Whereabouts
from app.roster.signing import service as signing

KEY = attrgetter("patrol_id", "observed_at", "device_id")


class Sender(NamedTuple):
    """Who gives positions, and of whom.

    A fix that names a patrol is for that patrol, at one of `centres`. Any other is for the patrol on whose crew the
    account or the officer sat when it was observed, or for the one patrol that the sender is bound to.
    """

    account_id: UUID | None = None
    officer_id: UUID | None = None
    patrol_id: UUID | None = None
    centres: Sequence[UUID] = ()

    @classmethod
    def of(cls, actor: Actor) -> Self:
        """An account: its own crew's positions, and those of patrols at the centres where it gives them."""
        centres = [centre for centre in actor.centres if actor.may_at(Right.POSITIONS_WRITE, centre)]
        return cls(account_id=actor.account_id, centres=centres)


class Known(NamedTuple):
    """What is known when a batch is judged: the instant, how far back is kept, and duties by the patrol's code."""

    now: datetime
    oldest: datetime
    duties: dict[str | None, list[Duty]]


async def store(lane: BulkLane, sender: Sender, batch: Batch, keep_days: int) -> PositionsOut:
    """Keep the fixes of patrols on duty: one reading and one writing statement, whatever their number and order.

    A fix belongs to the duty during which it was observed, also when it comes hours later. Sent twice, nothing
    changes. The newest one becomes where its patrol is, unless the patrol is off duty now.
    """
    if not batch.fixes:
        return _answer(0, 0, batch.refused)
    known = await _known(lane, sender, batch.fixes, keep_days)
    kept, refused = _judged(batch.fixes, known)
    stored = await queries.keep(lane, kept, _newest(kept)) if kept else 0
    return _answer(stored, len(kept) - stored, [*batch.refused, *refused])


def _answer(stored: int, repeated: int, refused: list[FixNotKept]) -> PositionsOut:
    return PositionsOut(stored=stored, repeated=repeated, not_stored=sorted(refused, key=lambda one: one.index))


async def _known(lane: Lane, sender: Sender, fixes: Sequence[Seen], keep_days: int) -> Known:
    instants = [fix.observed_at for fix in fixes]
    codes = sorted({fix.patrol for fix in fixes if fix.patrol is not None})
    rows = await queries.DUTIES.rows(lane, first=min(instants), last=max(instants), codes=codes, **sender._asdict())
    duties: dict[str | None, list[Duty]] = {None: []}
    for row in rows:
        if row["patrol_id"] is not None:
            of_patrol = duties.setdefault(row["code"], [])
            if row["shift_id"] is not None:
                of_patrol.append(Duty(row["patrol_id"], row["shift_id"], row["begins_at"], row["ends_at"]))
    return Known(rows[0]["now"], oldest_kept(rows[0]["now"], keep_days), duties)


def oldest_kept(now: datetime, keep_days: int) -> datetime:
    """From when on fixes are kept: the beginning of a day in UTC."""
    return datetime.combine(now.astimezone(UTC).date(), time(), UTC) - timedelta(days=keep_days)


def _judged(fixes: Iterable[Seen], known: Known) -> tuple[list[Kept], list[FixNotKept]]:
    """What is stored, in the order of its key, so that batches that meet wait for each other and never both."""
    kept: list[Kept] = []
    refused: list[FixNotKept] = []
    for fix in fixes:
        judged = _kept(fix, known)
        if isinstance(judged, NotKept):
            refused.append(FixNotKept(index=fix.place, reason=judged))
        else:
            kept.append(judged)
    kept.sort(key=KEY)
    return kept, refused


def _kept(fix: Seen, known: Known) -> Kept | NotKept:
    """A fix as it is stored, or why it is not. A clock that is far ahead tells no time: the fix counts as of now."""
    observed_at = fix.observed_at
    ahead = observed_at > known.now
    if ahead and observed_at > known.now + AROUND_DUTY:
        if observed_at > known.now + MAX_AHEAD:
            return NotKept.IN_FUTURE
        observed_at = known.now
    if observed_at < known.oldest:
        return NotKept.EXPIRED
    duties = known.duties.get(fix.patrol)
    if duties is None:
        return NotKept.UNKNOWN_PATROL
    duty = duty_at(duties, observed_at)
    if duty is None:
        return NotKept.NOT_ON_DUTY
    trust = quality(fix.lon, fix.lat, fix.accuracy_m, fix.speed_mps, ahead=ahead, mock=fix.is_mock)
    return Kept(
        duty.patrol_id,
        observed_at,
        fix.device_id,
        duty.shift_id,
        ewkb(fix.lon, fix.lat),
        fix.accuracy_m,
        fix.speed_mps,
        fix.heading_deg,
        fix.battery,
        fix.datum,
        trust,
    )


def _newest(kept: Sequence[Kept]) -> set[int]:
    """The places of the newest fix of each patrol; what says it is nowhere does not move a patrol."""
    newest = {fix.patrol_id: at for at, fix in enumerate(kept) if fix.quality != Quality.ZERO_ISLAND}
    return set(newest.values())


async def sign_on(session: Session, by: Actor, shift_id: UUID, based_on: int, body: SignOnIn) -> ShiftOut:
    """The crew begins its duty, and where it is becomes its patrol's position; a fix from off duty is left out."""
    now = await instant(session)
    shift = await signing.sign_on(session, by, shift_id, based_on, _whereabouts(body, now), body.reason)
    if body.location is not None and shift.signed_on_at is not None:
        place = list(body.location.coordinates)
        fix = Fix(observed_at=body.observed_at or now, location=place, datum=body.datum, accuracy_m=body.accuracy_m)
        duty = Duty(shift.patrol.id, shift.id, shift.signed_on_at, shift.ends_at + OVERTIME)
        kept, _ = _judged(Batch.of([fix]).fixes, Known(now, shift.signed_on_at - AROUND_DUTY, {None: [duty]}))
        for one in kept:
            await queries.put(session, one)
    return shift


def _whereabouts(body: SignOnIn, now: datetime) -> Whereabouts | None:
    """Where the crew is, if its fix says so: neither older than five minutes nor coarser than 100 m."""
    accuracy_m = body.accuracy_m or 0.0
    is_old = body.observed_at is not None and body.observed_at < now - AROUND_DUTY
    if body.location is None or is_old or accuracy_m > COARSE_M:
        return None
    place = body.location.wgs84(body.datum)
    return Whereabouts(place.lon, place.lat, accuracy_m)


async def sign_off(session: Session, by: Actor, shift_id: UUID, based_on: int, handover_note: str | None) -> ShiftOut:
    """The crew ends its duty, and where its patrol was last seen is deleted at once."""
    shift = await signing.sign_off(session, by, shift_id, based_on, handover_note)
    await queries.forget(session, shift.patrol.id)
    return shift


async def forget_off_duty(session: Session) -> int:
    """Delete where patrols were last seen whose crews are off duty or forgot to sign off; says how many."""
    return await queries.forget_off_duty(session)


async def end(session: Session, shift: Shift, account_id: UUID) -> None:
    """The duty of a shift ends without its crew, and where its patrol was last seen is deleted too."""
    await signing.end(session, shift, account_id, None)
    await queries.forget(session, shift.patrol_id)
