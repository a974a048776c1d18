"""Which fixes are kept and how far they can be trusted."""

from datetime import timedelta
from enum import StrEnum

MAX_AHEAD = timedelta(hours=24)
"""A device whose clock is further ahead is not believed at all; one that is less ahead counts as observed now."""
BEFORE_DUTY = timedelta(minutes=5)
"""How far a device's clock may be behind when the crew signs on. Older fixes are from off duty, and not kept."""
COARSE_M = 100.0
FASTEST_MPS = 70.0


class Quality(StrEnum):
    """How far a fix can be trusted: coarse is less exact than 100 m, a jump is faster than any patrol goes."""

    GOOD = "good"
    COARSE = "coarse"
    CLOCK_AHEAD = "clock_ahead"
    JUMP = "jump"


class NotKept(StrEnum):
    """Why a fix was not stored. Superseded: a fix as new or newer is stored, so nothing was lost."""

    BAD_COORDINATE = "bad_coordinate"
    IN_FUTURE = "in_future"
    UNKNOWN_PATROL = "unknown_patrol"
    NOT_ON_DUTY = "not_on_duty"
    SUPERSEDED = "superseded"


def is_on_earth(lon: float, lat: float) -> bool:
    """Whether these are degrees of longitude and latitude; what is not a number is not."""
    return -180 <= lon <= 180 and -90 <= lat <= 90  # noqa: PLR2004  # the ends of the earth
