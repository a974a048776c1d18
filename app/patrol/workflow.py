"""Which fixes are kept, on whose duty, and how far they can be trusted."""

from datetime import timedelta
from enum import StrEnum

MAX_AHEAD = timedelta(hours=24)
"""A device whose clock is further ahead is not believed at all; one that is less ahead counts as observed now."""
AROUND_DUTY = timedelta(minutes=5)
"""How far a device's clock may be off: no fix is kept from further outside of a shift, at either end."""
COARSE_M = 100.0
FASTEST_MPS = 70.0
NOWHERE_DEG = 0.01
"""A receiver without a fix says 0° and 0°, in the Gulf of Guinea."""


class Quality(StrEnum):
    """How far a fix can be trusted. Each of these is stored; what a fix alone does not tell is said when it is read.

    coarse: less exact than 100 m. clock_ahead: the device's clock is ahead. too_fast: it says it is faster than any
    patrol. zero_island: 0° and 0°, no place at all. jump: further from the fix before than any patrol goes. repeat:
    the very place of the fix before although it says it is moving.
    """

    GOOD = "good"
    COARSE = "coarse"
    CLOCK_AHEAD = "clock_ahead"
    TOO_FAST = "too_fast"
    ZERO_ISLAND = "zero_island"
    JUMP = "jump"
    REPEAT = "repeat"


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
