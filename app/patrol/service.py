"""The use cases of positions: kept while on duty, gone when duty ends."""

from datetime import datetime
from uuid import UUID

from app.core.db import Lane, Session
from app.core.geo import LonLat, to_wgs84
from app.identity.queries import now as instant
from app.identity.workflow import Actor, Right
from app.patrol import queries
from app.patrol.queries import Given
from app.patrol.schemas import Fix, FixNotKept, PositionsOut, SignOnIn
from app.patrol.workflow import BEFORE_DUTY, COARSE_M, NotKept, Quality, is_on_earth
from app.roster.models import Shift
from app.roster.schemas import ShiftOut, Whereabouts
from app.roster.signing import service as signing


async def store(lane: Lane, by: Actor, fixes: list[Fix]) -> PositionsOut:
    """Keep the newest fix of each patrol on duty, in one statement. Sent twice, nothing changes.

    A fix is for the patrol the caller is on duty with, or for the patrol it names at a centre where the caller gives
    positions. Fixes older than the stored one do no harm in any order.
    """
    good = [_given(at, fix) for at, fix in enumerate(fixes) if is_on_earth(*fix.location[:2])]
    bad = {at: NotKept.BAD_COORDINATE for at, fix in enumerate(fixes) if not is_on_earth(*fix.location[:2])}
    if good:
        centres = [centre for centre in by.centres if by.may_at(Right.POSITIONS_WRITE, centre)]
        values = queries.arrays(good) | {"account_id": by.account_id, "centres": centres}
        bad |= {row["ordinal"]: NotKept(row["reason"]) for row in await queries.STORE.rows(lane, **values)}
    return PositionsOut(
        stored=len(fixes) - len(bad),
        not_stored=[FixNotKept(index=at, reason=reason) for at, reason in sorted(bad.items())],
    )


def _given(at: int, fix: Fix) -> Given:
    place = to_wgs84(LonLat(*fix.location[:2]), fix.datum)
    coarse = fix.accuracy_m is not None and fix.accuracy_m > COARSE_M
    return Given(
        ordinal=at,
        patrol=fix.patrol,
        observed_at=fix.observed_at,
        lon=place.lon,
        lat=place.lat,
        accuracy_m=fix.accuracy_m,
        speed_mps=fix.speed_mps,
        heading_deg=fix.heading_deg,
        battery=None if fix.battery is None else round(fix.battery),
        device_id=fix.device_id,
        datum=fix.datum.value,
        quality=(Quality.COARSE if coarse else Quality.GOOD).value,
    )


async def sign_on(session: Session, by: Actor, shift_id: UUID, based_on: int, body: SignOnIn) -> ShiftOut:
    """The crew begins its duty, and where it is becomes its patrol's position; a fix from off duty is left out."""
    now = await instant(session)
    shift = await signing.sign_on(session, by, shift_id, based_on, _whereabouts(body, now), body.reason)
    if body.location is not None:
        fix = Fix(
            patrol=shift.patrol.code,
            observed_at=body.observed_at or now,
            location=list(body.location.coordinates),
            datum=body.datum,
            accuracy_m=body.accuracy_m,
        )
        await queries.put(session, by.account_id, shift.centre.id, _given(0, fix))
    return shift


def _whereabouts(body: SignOnIn, now: datetime) -> Whereabouts | None:
    """Where the crew is, if its fix says so: neither older than five minutes nor coarser than 100 m."""
    accuracy_m = body.accuracy_m or 0.0
    is_old = body.observed_at is not None and body.observed_at < now - BEFORE_DUTY
    if body.location is None or is_old or accuracy_m > COARSE_M:
        return None
    place = body.location.wgs84(body.datum)
    return Whereabouts(place.lon, place.lat, accuracy_m)


async def sign_off(session: Session, by: Actor, shift_id: UUID, based_on: int, handover_note: str | None) -> ShiftOut:
    """The crew ends its duty, and where its patrol was last seen is deleted at once."""
    shift = await signing.sign_off(session, by, shift_id, based_on, handover_note)
    await queries.forget(session, shift.patrol.id)
    return shift


async def end(session: Session, shift: Shift, account_id: UUID) -> None:
    """The duty of a shift ends without its crew, and where its patrol was last seen is deleted too."""
    await signing.end(session, shift, account_id, None)
    await queries.forget(session, shift.patrol_id)
