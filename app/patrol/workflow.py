"""Which fixes are kept, on whose duty, and how far they can be trusted."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

MAX_AHEAD = timedelta(hours=24)
"""A device whose clock is further ahead is not believed at all; one that is less ahead counts as observed now."""
AROUND_DUTY = timedelta(minutes=5)
"""How far a device's clock may be off: no fix is kept from further outside of a duty, at either end."""
OVERTIME = timedelta(hours=4)
"""A crew that forgets to sign off is not followed home: its duty ends this long after its shift was to end."""
COARSE_M = 100.0
FASTEST_MPS = 70.0
NOWHERE_DEG = 0.01
"""A receiver that has no fix says 0° and 0°, which is in the Gulf of Guinea."""


class Quality(StrEnum):
    """How far a fix can be trusted.

    The first six are told by a fix alone and stored with it. A jump (further from the fix before than any patrol
    goes) and a repeat (exactly the place of the fix before, although it says it is moving) depend on the fixes around
    it, which may come later: the history is judged when it is read, the latest position when it is replaced.
    """

    GOOD = "good"
    COARSE = "coarse"
    CLOCK_AHEAD = "clock_ahead"
    TOO_FAST = "too_fast"
    ZERO_ISLAND = "zero_island"
    MOCK = "mock"
    JUMP = "jump"
    REPEAT = "repeat"


class NotKept(StrEnum):
    """Why a fix was not stored.

    malformed: not the shape of a fix. bad_coordinate: not on earth. in_future: more than 24 hours ahead. expired: from
    before the days that are kept. unknown_patrol: no patrol of that code for this sender. not_on_duty: observed outside
    of every duty.
    """

    MALFORMED = "malformed"
    BAD_COORDINATE = "bad_coordinate"
    IN_FUTURE = "in_future"
    EXPIRED = "expired"
    UNKNOWN_PATROL = "unknown_patrol"
    NOT_ON_DUTY = "not_on_duty"


class Duty(NamedTuple):
    """A patrol's time on one shift: from signing on to signing off, or to the end of its overtime."""

    patrol_id: UUID
    shift_id: UUID
    begins_at: datetime
    ends_at: datetime


def duty_at(duties: Iterable[Duty], instant: datetime) -> Duty | None:
    """The duty a fix of this instant belongs to: one that runs then, else one that is at most five minutes away."""
    near = None
    for duty in duties:
        if duty.begins_at <= instant <= duty.ends_at:
            return duty
        if duty.begins_at - AROUND_DUTY <= instant <= duty.ends_at + AROUND_DUTY:
            near = duty
    return near


def is_on_earth(lon: float, lat: float) -> bool:
    """Whether these are degrees of longitude and latitude; what is not a number is not."""
    return -180 <= lon <= 180 and -90 <= lat <= 90  # noqa: PLR2004  # the ends of the earth


def is_nowhere(lon: float, lat: float) -> bool:
    """Whether this is what a receiver says that knows no place."""
    return abs(lon) < NOWHERE_DEG and abs(lat) < NOWHERE_DEG


def quality(
    lon: float, lat: float, accuracy_m: float | None, speed_mps: float | None, *, ahead: bool, mock: bool
) -> Quality:
    """What a fix tells about itself; the worst first."""
    if is_nowhere(lon, lat):
        return Quality.ZERO_ISLAND
    if mock:
        return Quality.MOCK
    if ahead:
        return Quality.CLOCK_AHEAD
    if speed_mps is not None and speed_mps > FASTEST_MPS:
        return Quality.TOO_FAST
    if accuracy_m is not None and accuracy_m > COARSE_M:
        return Quality.COARSE
    return Quality.GOOD
