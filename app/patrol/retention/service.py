"""When days of the history are made and dropped, and when readings of tracks are forgotten."""

from datetime import UTC, timedelta

from app.core.db import Session
from app.identity.queries import now as instant
from app.patrol.retention import queries
from app.patrol.service import oldest_kept

DAYS_AHEAD = 7
"""The worker may be down so long before a fix has to wait in the rest."""
READINGS_KEPT = timedelta(days=400)
"""A reading can be asked about for at least twelve months."""


async def make_day(session: Session, keep_days: int) -> int:
    """Make the next day that is missing, of yesterday to a week ahead and those whose fixes wait. Says how many: one.

    One at a time, for the same reason as `drop_day`: while it is made, a fix that waits for its day waits for this.
    """
    if not await queries.alone(session):
        return 0
    now = await instant(session)
    today = now.astimezone(UTC).date()
    wanted = {today + timedelta(days=away) for away in range(-1, DAYS_AHEAD + 1)}
    wanted |= await queries.days_at_rest(session, oldest_kept(now, keep_days))
    missing = sorted(wanted - await queries.days(session))[:1]
    for day in missing:
        await queries.make_day(session, day)
    return len(missing)


async def drop_day(session: Session, keep_days: int) -> int:
    """Drop the oldest day that is over, one at a time: a second would wait while the first's lock holds up ingest."""
    if not await queries.alone(session):
        return 0
    oldest = oldest_kept(await instant(session), keep_days)
    over = [day for day in await queries.days(session) if day < oldest.date()]
    if over:
        await queries.drop_day(session, min(over))
    return len(over[:1]) + await queries.empty_rest(session, oldest)


async def forget_readings(session: Session, batch: int) -> int:
    """Delete the oldest readings that are past their time; says how many."""
    return await queries.forget_readings(session, await instant(session) - READINGS_KEPT, batch)
