"""When a crew may sign on to its shift, and when that is late."""

from datetime import datetime, timedelta
from enum import StrEnum

SIGN_ON_EARLY = timedelta(minutes=60)
LATE_AFTER = timedelta(minutes=5)
LONGEST_SHIFT = timedelta(hours=24)


class Vehicle(StrEnum):
    """How a patrol goes."""

    CAR = "car"
    EBIKE = "ebike"
    FOOT = "foot"


class Refusal(StrEnum):
    """Why a shift cannot be signed on to now."""

    SIGNED_ON = "signed_on"
    SIGNED_OFF = "signed_off"
    TOO_EARLY = "too_early"
    OVER = "over"


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
