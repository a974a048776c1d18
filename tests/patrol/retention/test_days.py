"""Days of the history are made ahead and dropped when they are over; a missing one loses nothing."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from app.core.db import Database, Session
from app.patrol.retention import queries, service

TODAY = datetime.now(UTC).date()
NOON = datetime.now(UTC).replace(hour=12)
PUT = text(
    "INSERT INTO position (patrol_id, observed_at, shift_id, location, datum, quality)"
    " VALUES (gen_random_uuid(), :at, gen_random_uuid(), ST_SetSRID(ST_MakePoint(118.6, 32), 4326), 'wgs84', 'good')"
)
WHERE = text("SELECT tableoid::regclass::text, count(*)::int FROM position GROUP BY 1")
Clock = Callable[[float], None]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Move the clock that housekeeping looks at by so many days."""

    def moved(days: float) -> None:
        async def later(_: Session) -> datetime:
            return NOON + timedelta(days=days)

        monkeypatch.setattr(service, "instant", later)

    return moved


async def put(db: Database, *days: float) -> None:
    async with db.write() as session:
        await session.execute(PUT, [{"at": NOON + timedelta(days=away)} for away in days])


async def where(db: Database) -> dict[str, int]:
    async with db.read() as session:
        return {str(part): int(count) for part, count in await session.execute(WHERE)}


async def days(db: Database) -> set[int]:
    """The days that have a partition, counted from today."""
    async with db.read() as session:
        return {(day - TODAY).days for day in await queries.days(session)}


def part(away: int) -> str:
    return f"position_{TODAY + timedelta(days=away):%Y%m%d}"


async def make(db: Database) -> int:
    """Make every day that is missing, as the worker does: one a transaction."""
    made = 0
    while True:
        async with db.write() as session:
            if not await service.make_day(session, 30):
                return made
        made += 1


async def drop(db: Database) -> int:
    async with db.write() as session:
        return await service.drop_day(session, 30)


async def test_a_migrated_database_has_the_days_of_a_week(db: Database) -> None:
    assert set(range(7)) <= await days(db)


async def test_days_are_made_ahead_as_the_clock_goes_on(db: Database, clock: Clock) -> None:
    clock(3)
    assert (await make(db), await make(db)) == (3, 0)
    assert set(range(2, 11)) <= await days(db)


async def test_without_its_day_a_fix_waits_and_moves_in_when_the_day_is_made(db: Database, clock: Clock) -> None:
    await put(db, -3, 12, 12)
    assert await where(db) == {"position_rest": 3}
    clock(0)
    await make(db)
    assert await where(db) == {part(-3): 1, part(12): 2}


async def test_a_day_is_kept_whole_until_it_is_over_and_then_dropped(db: Database, clock: Clock) -> None:
    await put(db, 0, 1)
    clock(30)
    assert (await drop(db), part(0) in await where(db)) == (1, True)  # yesterday's went
    clock(31)
    assert (await drop(db), await where(db)) == (1, {part(1): 1})
    clock(32)
    assert (await drop(db), await where(db)) == (1, {})


async def test_what_waits_too_long_is_deleted_too(db: Database, clock: Clock) -> None:
    await put(db, -31, -29)
    clock(0)
    assert await drop(db) == 1
    assert await where(db) == {"position_rest": 1}


async def test_only_one_worker_changes_the_days(own_db: Database, clock: Clock) -> None:
    clock(40)
    async with own_db.write() as first:
        assert await queries.alone(first)
        assert (await make(own_db), await drop(own_db)) == (0, 0)
    assert await drop(own_db) == 1


async def test_readings_are_kept_for_more_than_a_year(db: Database, clock: Clock) -> None:
    assert timedelta(days=366) <= service.READINGS_KEPT
    clock(0)
    async with db.write() as session:
        assert await service.forget_readings(session, 10) == 0
