"""When a minimum applies, and when too few patrols become a void 空档: what lasts two minutes, and ends as slowly."""

from collections.abc import Collection
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import NamedTuple

LASTING = timedelta(minutes=2)
"""A patrol that crosses a border for a moment makes no void, and one that comes for a moment ends none."""
FRESH = timedelta(minutes=10)
"""An older position does not say where a patrol is; it counts for its beat then."""


class Turn(StrEnum):
    """What has to be said now: nothing, that there is a void, that there are enough again, or that none are needed."""

    NOTHING = "nothing"
    OPENED = "opened"
    ENOUGH = "enough"
    NOT_NEEDED = "not_needed"


class Lack(NamedTuple):
    """Too few patrols: since when, since when it is a void, since when there are enough again, and the fewest."""

    since_at: datetime
    opened_at: datetime | None
    enough_since_at: datetime | None
    lowest: int


def applies(local: datetime, weekdays: Collection[int], starts: time, ends: time) -> bool:
    """Whether a band of the week (Monday is 1) holds a local time; one that starts when it ends is the whole day."""
    today, at = local.isoweekday() in weekdays, local.time()
    if starts == ends:
        return today
    if starts < ends:
        return today and starts <= at < ends
    yesterday = (local - timedelta(days=1)).isoweekday() in weekdays
    return (today and at >= starts) or (yesterday and at < ends)


def turn(lack: Lack | None, present: int, needed: int, now: datetime) -> tuple[Lack | None, Turn]:
    """What becomes of a lack with so many patrols present of those needed (none: the minimum does not apply now)."""
    if present < needed:
        return _lacking(lack, present, now)
    if lack is None or lack.opened_at is None:
        return None, Turn.NOTHING
    if needed == 0:
        return None, Turn.NOT_NEEDED
    enough_since = lack.enough_since_at or now
    if now - enough_since >= LASTING:
        return None, Turn.ENOUGH
    return lack._replace(enough_since_at=enough_since), Turn.NOTHING


def _lacking(lack: Lack | None, present: int, now: datetime) -> tuple[Lack, Turn]:
    lack = lack or Lack(now, None, None, present)
    lack = lack._replace(enough_since_at=None, lowest=min(lack.lowest, present))
    if lack.opened_at is None and now - lack.since_at >= LASTING:
        return lack._replace(opened_at=now), Turn.OPENED
    return lack, Turn.NOTHING
