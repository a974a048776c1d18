"""Which hours a question about coverage is about."""

from datetime import datetime, timedelta
from typing import NamedTuple

from app.coverage.workflow import HOUR

LONGEST = timedelta(days=92)
USUAL = timedelta(days=1)


class Period(NamedTuple):
    """Whole hours, and the instant at which they end or are looked at."""

    from_at: datetime
    until_at: datetime
    end_at: datetime


def period(from_at: datetime | None, until_at: datetime | None, now: datetime) -> Period | None:
    """The whole hours asked for, none of them ahead; nothing where that is no period of up to 92 days."""
    try:
        until = _begun(min(until_at or now, now) + HOUR - timedelta(microseconds=1))
        begin = _begun(from_at or until - USUAL)
    except OverflowError:
        return None
    return Period(begin, until, min(until, now)) if timedelta(0) < until - begin <= LONGEST else None


def _begun(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)
