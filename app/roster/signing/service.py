"""The use cases of signing on and off: duty lasts from the one to the other."""

from typing import Any, ClassVar
from uuid import UUID

from app.core.db import Session
from app.core.once import require_version
from app.core.problems import Conflict
from app.identity.queries import now as instant
from app.identity.workflow import Actor
from app.roster import queries as roster
from app.roster.models import Shift
from app.roster.schemas import ShiftOut, Whereabouts
from app.roster.service import announce, decides_for, hold
from app.roster.signing import queries
from app.roster.workflow import Refusal, place_refusal, sign_on_refusal

SAID = {
    Refusal.DRAFT: "The roster of this shift is not published.",
    Refusal.SIGNED_ON: "The crew has signed on already.",
    Refusal.SIGNED_OFF: "The crew has signed off already.",
    Refusal.TOO_EARLY: "A crew signs on at most 60 minutes before the start.",
    Refusal.OVER: "The shift is over.",
    Refusal.OUTSIDE_BEAT: "This is outside the shift's beat: its leader, or who runs the duty, signs on with a reason.",
    Refusal.NO_FIX: "Where this is is not known well enough: the crew's leader, or who runs the duty, signs on.",
    Refusal.NO_BEAT: "The shift has no beat to be in: the crew's leader, or who runs the duty, signs on.",
}


class SignOnRefused(Conflict):
    """This shift cannot be signed on to now, or not from here; `reason` says why, `distance_m` how far outside."""

    members: ClassVar[dict[str, Any]] = {"reason": "outside_beat", "distance_m": 940, "tolerance_m": 200.0}


class NotOnDuty(Conflict):
    """This shift is not on duty, so it cannot be signed off from."""


async def sign_on(  # who, what, from where and why
    session: Session,
    by: Actor,
    shift_id: UUID,
    based_on: int,
    place: Whereabouts | None = None,
    reason: str | None = None,
) -> ShiftOut:
    """The crew begins its duty, from its beat or where its leader says.

    Raises:
        SignOnRefused: too early, over, signed on before, of a draft, or not from here; says how many metres outside.
        Conflict: the patrol is on duty on another shift.
    """
    shift = await hold(session, by, shift_id)
    require_version(based_on, shift.version)
    now = await instant(session)
    refusal = sign_on_refusal(shift.starts_at, shift.ends_at, shift.signed_on_at, shift.signed_off_at, now)
    if await roster.is_draft(session, shift.roster_id):
        refusal = Refusal.DRAFT
    if refusal is not None:
        raise SignOnRefused(SAID[refusal], reason=refusal, starts_at=shift.starts_at, ends_at=shift.ends_at)
    await _check_place(session, by, shift, place, reason)
    shift.signed_on_at, shift.signed_on_by = now, by.account_id
    shift.version += 1
    await session.flush()
    return (await announce(session, "shift.signed_on", [shift.id]))[0]


async def _check_place(
    session: Session, by: Actor, shift: Shift, place: Whereabouts | None, reason: str | None
) -> None:
    away_m, tolerance_m = await queries.beat_around(session, shift, place)
    outside_m = None if away_m is None or place is None else max(0.0, away_m - place.accuracy_m)
    decides = await decides_for(session, by, shift)
    has_beat = shift.beat_id is not None
    refusal = place_refusal(outside_m, tolerance_m, has_beat=has_beat, decides=decides, reason=reason)
    if refusal is not None:
        distance = None if outside_m is None else round(outside_m)
        raise SignOnRefused(SAID[refusal], reason=refusal, distance_m=distance, tolerance_m=tolerance_m)
    shift.signed_on_distance_m, shift.signed_on_reason = outside_m, reason


async def sign_off(session: Session, by: Actor, shift_id: UUID, based_on: int, handover_note: str | None) -> ShiftOut:
    """The crew ends its duty. Who calls this has made sure that the patrol holds no assignment."""
    shift = await hold(session, by, shift_id)
    require_version(based_on, shift.version)
    if shift.signed_on_at is None or shift.signed_off_at is not None:
        raise NotOnDuty
    return await end(session, shift, by.account_id, handover_note)


async def end(session: Session, shift: Shift, account_id: UUID, handover_note: str | None) -> ShiftOut:
    """End the duty of a shift that is held and on."""
    shift.signed_off_at, shift.signed_off_by = await instant(session), account_id
    shift.handover_note = handover_note
    shift.version += 1
    await session.flush()
    return (await announce(session, "shift.signed_off", [shift.id]))[0]


async def remind(session: Session, shift: Shift) -> None:
    """Say once that a shift whose crew is still at work has long been over."""
    if shift.reminded_at is None:
        shift.reminded_at = await instant(session)
        await session.flush()
        await announce(session, "shift.overdue", [shift.id])
