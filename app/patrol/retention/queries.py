"""The statements that make and drop days of the history, and clean up after them."""

from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import Date, cast, column, delete, func, insert, select, table, text
from sqlalchemy.sql import TableClause

from app.core.db import Session
from app.patrol.models import Position, TrackReading

ALONE = 5_202_612
"""The advisory lock that lets only one worker change the days."""
PATIENCE = "500ms"
"""Whoever waits for a lock holds up everybody behind: a day that cannot be had at once is for the next time."""
HISTORY = Position.__tablename__
COLUMNS = [found.name for found in Position.__table__.columns]
DAYS = text("SELECT relname FROM pg_inherits JOIN pg_class ON oid = inhrelid WHERE inhparent = 'position'::regclass")


def _part(name: str) -> TableClause:
    return table(f"{HISTORY}_{name}", *(column(name) for name in COLUMNS))


REST = _part("rest")


def _name(day: date) -> str:
    return f"{day:%Y%m%d}"


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


async def alone(session: Session) -> bool:
    """Whether no other worker changes the days; until commit none will, and no lock is waited for long."""
    await session.execute(select(func.set_config("lock_timeout", PATIENCE, True)))
    return bool(await session.scalar(select(func.pg_try_advisory_xact_lock(ALONE))))


async def days(session: Session) -> set[date]:
    """The days that have a partition."""
    names = [name.removeprefix(f"{HISTORY}_") for name in await session.scalars(DAYS)]
    return {date.fromisoformat(name) for name in names if name.isdecimal()}


async def days_at_rest(session: Session, oldest: datetime) -> set[date]:
    """The days that are kept and whose fixes are in the rest, because their partition was missing when they came."""
    day = cast(func.timezone("UTC", REST.c.observed_at), Date)
    return set(await session.scalars(select(day).where(REST.c.observed_at >= oldest).distinct()))


async def make_day(session: Session, day: date) -> None:
    """Give a day its partition, with what of it is in the rest.

    The table is made apart and then attached: unlike `CREATE TABLE … PARTITION OF`, that holds up nobody who adds or
    reads fixes of other days.
    """
    first, end = _midnight(day), _midnight(day + timedelta(days=1))
    made = _part(_name(day))
    await session.execute(text(f"CREATE TABLE {made.name} (LIKE {HISTORY} INCLUDING ALL)"))
    await session.execute(text(f"LOCK TABLE {REST.name} IN ACCESS EXCLUSIVE MODE"))
    of_day = (REST.c.observed_at >= first) & (REST.c.observed_at < end)
    moved = delete(REST).where(of_day).returning(*REST.c).cte("moved")
    await session.execute(insert(made).from_select(COLUMNS, select(moved)))
    bounds = f"FROM ('{first.isoformat()}') TO ('{end.isoformat()}')"
    await session.execute(text(f"ALTER TABLE {HISTORY} ATTACH PARTITION {made.name} FOR VALUES {bounds}"))


async def drop_day(session: Session, day: date) -> None:
    """Drop a day: files are unlinked, no row is touched."""
    await session.execute(text(f"DROP TABLE {_part(_name(day)).name}"))


async def empty_rest(session: Session, before: datetime) -> int:
    """Delete what is too old from the rest; says how many."""
    gone = await session.execute(delete(REST).where(REST.c.observed_at < before).returning(REST.c.patrol_id))
    return len(gone.all())


async def forget_readings(session: Session, before: datetime, batch: int) -> int:
    """Delete the oldest readings of tracks that are past their time; says how many."""
    old = select(TrackReading.id).where(TrackReading.at < before).order_by(TrackReading.id).limit(batch)
    gone = await session.execute(delete(TrackReading).where(TrackReading.id.in_(old)).returning(TrackReading.id))
    return len(gone.all())
