"""Tracks become presence in cells: compared cell by cell with a plain recomputation, in any order of arrival."""

import random
from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from app.core.db import Database
from app.coverage.models import CellPresence, PatrolPresence
from tests import make
from tests.coverage import ground
from tests.coverage.plain import Fix, coverage

START = datetime.now(UTC).replace(minute=50, second=0, microsecond=0) - timedelta(hours=20)
SOME = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
FEW = settings(SOME, max_examples=15)
"""Points fall on corners and borders as often as inside, and outside of the town."""
LON = st.integers(-2, 26).map(lambda k: make.WEST + k / 4 * make.STEP)
LAT = st.integers(-2, 10).map(lambda k: make.SOUTH + k / 4 * make.STEP)
PAUSE = st.sampled_from([1, 5, 13, 15, 60, 300, 599, 600, 601, 900, 1500])


@st.composite
def tracks(draw: st.DrawFn) -> list[Fix]:
    """The tracks of a few devices of two patrols, over some hours."""
    found = []
    for patrol, device in draw(st.sets(st.sampled_from([("P-001", "a"), ("P-001", "b"), ("P-101", "c")]), min_size=1)):
        at = START
        for pause, lon, lat in draw(st.lists(st.tuples(PAUSE, LON, LAT), max_size=25)):
            at += timedelta(seconds=pause)
            found.append(Fix(patrol, device, at, lon, lat, draw(st.sampled_from(["good"] * 6 + ["coarse"]))))
    return found


@SOME
@given(tracks())
async def test_the_map_is_what_a_plain_recomputation_says(db: Database, town: make.Town, track: list[Fix]) -> None:
    await ground.wipe(db)
    await ground.put(db, town, track)
    await ground.work(db)
    assert await ground.found(db) == coverage(track, ground.POLYGONS)


@FEW
@given(tracks(), st.randoms(use_true_random=False))
async def test_in_any_order_and_in_any_portions_the_map_is_the_same(
    db: Database, town: make.Town, track: list[Fix], order: random.Random
) -> None:
    await ground.wipe(db)
    order.shuffle(track)
    while track:
        portion, track = track[:12], track[12:]
        await ground.put(db, town, portion)
        await ground.work(db)
    piecemeal = await ground.recount(db)
    await _anew(db)
    assert await ground.recount(db) == piecemeal


async def _anew(db: Database) -> None:
    """The whole map from all tracks."""
    async with db.write() as session:
        for table in (CellPresence, PatrolPresence):
            await session.execute(delete(table))
    await ground.work(db)
