"""When a checkpoint is due, how often it was missed, and what proves that somebody was there."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import pairwise
from math import ceil

AHEAD = timedelta(minutes=5)
"""How far a phone's clock may be off, against now and against the shift."""
OLDEST = timedelta(days=7)
"""A visit may be told so late: a phone without a network keeps it."""
MOST_SLACK_M = 100.0
"""A position less exact than this proves nothing by its inexactness."""


def due_at(last_at: datetime | None, made_at: datetime, every_s: int) -> datetime:
    """When the next visit is due: so long after the last one, or after the checkpoint was made."""
    return (last_at or made_at) + timedelta(seconds=every_s)


def missed(visits: Iterable[datetime], begun_at: datetime, until_at: datetime, every_s: int) -> int:
    """How many visits are missing between two instants, if no longer than `every_s` may pass without one."""
    times = [begun_at, *sorted(at for at in visits if begun_at <= at <= until_at), until_at]
    gaps = ((after - before).total_seconds() for before, after in pairwise(times))
    return sum(max(0, ceil(gap / every_s) - 1) for gap in gaps)


def is_there(distance_m: float, radius_m: float, accuracy_m: float | None) -> bool:
    """Whether a position may be inside the geofence, as exact as it says it is."""
    return distance_m <= radius_m + min(accuracy_m or 0.0, MOST_SLACK_M)
