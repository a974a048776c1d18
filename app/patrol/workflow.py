"""Which fixes are kept, on whose duty, and how far they can be trusted.

A rule is told of many fixes at once, column by column: arrays of one length, NaN where a device did not say. One fix is
columns of one.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple, TypeAlias, TypeVar
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from app.core.time import MICROSECOND

Numbers: TypeAlias = NDArray[np.float64]
Instants: TypeAlias = NDArray[np.int64]
"""Microseconds since 1970 in UTC."""
Marks: TypeAlias = NDArray[np.bool_]
Places: TypeAlias = NDArray[np.intp]
"""Indices into a list of things; `NONE` is none of them."""
NONE = -1
Word = TypeVar("Word", bound=StrEnum)

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


class Known(NamedTuple):
    """What is known when fixes are judged: the instant, from when on fixes are kept, and whose duties they may be on.

    `duties` has an entry for each of `Columns.callers`: its duties in the order they begin, or nothing where the sender
    gives no positions of the patrol named.
    """

    now: datetime
    oldest: datetime
    duties: Sequence[Sequence[Duty] | None]


QUALITIES, REASONS = tuple(Quality), tuple(NotKept)
"""What the places in the columns of `quality` and `against` stand for."""


def duty_at(observed_at: Instants, begins_at: Instants, ends_at: Instants) -> Places:
    """Which duty each fix belongs to: the first that runs then, else the last that is at most five minutes away.

    `begins_at` and `ends_at` have a row for each duty that may be one's own, in the order they begin, and a column for
    each fix; where a fix has fewer duties than others it has some that end before they begin.
    """
    found = np.full(observed_at.shape, NONE, np.intp)
    around = AROUND_DUTY // MICROSECOND
    for duty, (begin, end) in enumerate(zip(begins_at, ends_at, strict=True)):
        found[(begin - around <= observed_at) & (observed_at <= end + around)] = duty
    for duty in reversed(range(len(begins_at))):
        found[(begins_at[duty] <= observed_at) & (observed_at <= ends_at[duty])] = duty
    return found


def believed(observed_at: Instants, now: Instants) -> Instants:
    """The instants fixes count for: a clock that is far ahead tells no time, and its fix counts as of now."""
    return np.where(observed_at > now + AROUND_DUTY // MICROSECOND, now, observed_at)


def against(on_earth: Marks, ahead: Instants, age: Instants, is_reached: Marks, duty: Places) -> Places:
    """Why each fix is not stored, the first reason that holds; `NONE` where it is.

    `ahead` is how far its clock is ahead of now, and `age` how long before the oldest instant that is kept it counts
    for, in microseconds; `is_reached` whether its sender gives positions of the patrol it names.
    """
    reasons = {
        NotKept.BAD_COORDINATE: ~on_earth,
        NotKept.IN_FUTURE: ahead > MAX_AHEAD // MICROSECOND,
        NotKept.EXPIRED: age > 0,
        NotKept.UNKNOWN_PATROL: ~is_reached,
        NotKept.NOT_ON_DUTY: duty == NONE,
    }
    return _first(reasons, REASONS, NONE)


def is_on_earth(lon: Numbers, lat: Numbers) -> Marks:
    """Whether these are degrees of longitude and latitude; what is not a number is not."""
    return (np.abs(lon) <= 180) & (np.abs(lat) <= 90)  # noqa: PLR2004  # the ends of the earth


def is_nowhere(lon: Numbers, lat: Numbers) -> Marks:
    """Whether this is what a receiver says that knows no place."""
    return (np.abs(lon) < NOWHERE_DEG) & (np.abs(lat) < NOWHERE_DEG)


def quality(
    lon: Numbers, lat: Numbers, accuracy_m: Numbers, speed_mps: Numbers, ahead: Instants, mock: Marks
) -> Places:
    """How far each fix can be trusted by what it tells about itself; the worst first."""
    flags = {
        Quality.ZERO_ISLAND: is_nowhere(lon, lat),
        Quality.MOCK: mock,
        Quality.CLOCK_AHEAD: ahead > 0,
        Quality.TOO_FAST: speed_mps > FASTEST_MPS,
        Quality.COARSE: accuracy_m > COARSE_M,
    }
    return _first(flags, QUALITIES, QUALITIES.index(Quality.GOOD))


def _first(holds: Mapping[Word, Marks], words: Sequence[Word], otherwise: int) -> Places:
    """For each fix the place among all words of the first that holds."""
    found = np.full(next(iter(holds.values())).shape, otherwise, np.intp)
    for word in reversed(tuple(holds)):
        found[holds[word]] = words.index(word)
    return found
