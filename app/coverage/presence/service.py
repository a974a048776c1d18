"""The work of presence: whatever order fixes come in, each hour of a patrol they touch is computed again, whole."""

from datetime import timedelta

from app.core.db import Session
from app.coverage.presence import queries
from app.grid.queries import now as instant

LATE_COMMIT = timedelta(minutes=2)
"""Longer than any transaction that stores fixes may run: what was received before is looked at once more."""
WINDOW = timedelta(hours=1)
HOURS = 200
"""How much is done in one transaction: fixes received in so long, so many hours of patrols."""


async def note(session: Session, keep: timedelta) -> int:
    """Put the hours on the list that newly received fixes touch; 1 if more fixes wait, 0 if not.

    `keep` says how long tracks are kept. Older hours are left as they are: what they came from is going or gone.
    """
    progress = await queries.held(session)
    if progress is None:
        return 0
    now = await instant(session)
    since = progress.received_until - LATE_COMMIT
    first = await queries.first_received(session, since)
    until = now if first is None else min(now, first + WINDOW)
    if first is not None:
        await queries.put_on_list(session, since, until, now - keep)
    progress.received_until = max(progress.received_until, until)
    return int(until < now)


async def advance(session: Session) -> int:
    """Compute the next hours on the list; how many. One process at a time, the others do nothing."""
    progress = await queries.held(session)
    if progress is None:
        return 0
    due = await queries.take_due(session, HOURS)
    if due:
        spots = await queries.clear(session, due) | await queries.compute(session, due)
        await queries.gather(session, spots)
        await queries.visit(session, due)
    if len(due) < HOURS:
        progress.computed_until = progress.received_until
    return len(due)


async def forget(session: Session, keep: timedelta, batch: int) -> int:
    """Delete what single patrols did longer ago than tracks are kept; the aggregates by place stay."""
    return await queries.forget(session, await instant(session) - keep, batch)
