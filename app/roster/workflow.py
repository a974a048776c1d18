"""When and where a crew may sign on to its shift, when that is late, and who counts as present."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

SIGN_ON_EARLY = timedelta(minutes=60)
LATE_AFTER = timedelta(minutes=5)
NO_SHOW_AFTER = timedelta(minutes=30)
LONGEST_SHIFT = timedelta(hours=24)
GRACE_MIN = 60.0
"""How long after its end a shift that nobody signed off from is ended, where the centre says nothing else."""
TOLERANCE_M = 200.0
"""How far outside its beat a crew may sign on, where the centre says nothing else."""


class Vehicle(StrEnum):
    """How a patrol goes."""

    CAR = "car"
    EBIKE = "ebike"
    FOOT = "foot"


class CrewStep(StrEnum):
    """What somebody did in a crew during its shift."""

    JOINED = "joined"
    LEFT = "left"
    TOOK_LEAD = "took_lead"


class Refusal(StrEnum):
    """Why a shift cannot be signed on to now."""

    SIGNED_ON = "signed_on"
    SIGNED_OFF = "signed_off"
    TOO_EARLY = "too_early"
    OVER = "over"
    OUTSIDE_BEAT = "outside_beat"
    NO_FIX = "no_fix"
    NO_BEAT = "no_beat"


class Presence(StrEnum):
    """Where a shift or somebody on it stands, derived from instants and never stored.

    Planned: not to be expected yet. Expected: may come any minute. Late: more than five minutes after the start and not
    here. No show: not here half an hour after the start. Present: here, however late. Done: gone home.
    """

    PLANNED = "planned"
    EXPECTED = "expected"
    PRESENT = "present"
    LATE = "late"
    NO_SHOW = "no_show"
    DONE = "done"


def period_holds(starts_at: datetime, ends_at: datetime) -> bool:
    """Whether a shift ends after it starts and lasts at most a day."""
    return timedelta(0) < ends_at - starts_at <= LONGEST_SHIFT


def sign_on_refusal(
    starts_at: datetime, ends_at: datetime, signed_on_at: datetime | None, signed_off_at: datetime | None, now: datetime
) -> Refusal | None:
    """What stands against signing on now; nothing from 60 minutes before the start until the end."""
    if signed_off_at:
        return Refusal.SIGNED_OFF
    if signed_on_at:
        return Refusal.SIGNED_ON
    if now + SIGN_ON_EARLY < starts_at:
        return Refusal.TOO_EARLY
    return Refusal.OVER if now >= ends_at else None


def is_late(starts_at: datetime, signed_on_at: datetime | None) -> bool:
    """Whether the crew signed on more than five minutes after the start."""
    return signed_on_at is not None and signed_on_at - LATE_AFTER > starts_at


def place_refusal(
    outside_m: float | None, tolerance_m: float, *, has_beat: bool, decides: bool, reason: str | None
) -> Refusal | None:
    """What stands against signing on from here.

    `outside_m` is how far outside the beat the fix surely is, its accuracy taken off; null without a beat or a fix
    that says anything. Whoever leads the crew or runs the duty decides where that is not known, and gives a reason
    when it is known to be outside.
    """
    if outside_m is not None:
        return None if outside_m <= tolerance_m or (decides and reason) else Refusal.OUTSIDE_BEAT
    if decides:
        return None
    return Refusal.NO_FIX if has_beat else Refusal.NO_BEAT


def presence(
    period: tuple[datetime, datetime], came_at: datetime | None, left_at: datetime | None, now: datetime
) -> Presence:
    """How a shift, or somebody on it, stands at an instant; what came after it is not looked at."""
    starts_at, ends_at = period
    if left_at is not None and left_at <= now:
        return Presence.DONE
    if came_at is not None and came_at <= now:
        return Presence.PRESENT
    if now <= starts_at + LATE_AFTER:
        return Presence.PLANNED if now + SIGN_ON_EARLY < starts_at else Presence.EXPECTED
    return Presence.LATE if now < min(ends_at, starts_at + NO_SHOW_AFTER) else Presence.NO_SHOW


def late_min(starts_at: datetime, came_at: datetime | None, now: datetime) -> int:
    """Whole minutes after the start at which somebody came, or for which they have been missing so far."""
    until = came_at if came_at is not None and came_at <= now else now
    return max(0, int((until - starts_at) / timedelta(minutes=1)))


def led_by(crew: Mapping[str, bool], add: Sequence[str], remove: Sequence[str], leader: str | None) -> str | None:
    """Who leads a crew after a change: the one named, else who leads it now; nobody, if that one is not in it then.

    `crew` is who sits in it now, by number, and whether they lead.
    """
    after = ({*crew} - {*remove}) | {*add}
    named = leader or next((number for number, leads in crew.items() if leads), None)
    return named if named in after else None
