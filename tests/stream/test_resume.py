"""A place that the log cannot be read from any more is answered with a reset, never with a silent gap."""

import pytest
from sqlalchemy import text

from app.stream import service
from app.stream.workflow import Place
from tests.stream.conftest import Live

PLACES = text("SELECT tx, id FROM outbox ORDER BY tx, id")
AGE = text(
    "UPDATE outbox SET at = at - interval '7 days' WHERE id IN (SELECT id FROM outbox ORDER BY tx, id LIMIT :old)"
)


async def _aged(live: Live, old: int) -> list[str]:
    """The places of ten facts, so many of which are a week old."""
    for n in range(10):
        await live.say(n)
    async with live.world.database.write() as session:
        await session.execute(AGE, {"old": old})
        return [str(Place(*row)) for row in await session.execute(PLACES)]


async def _purged(live: Live, batch: int = 5000) -> int:
    async with live.world.database.write() as session:
        return await service.purge(session, 72, batch)


@pytest.mark.parametrize("last_id", ["nonsense", "1", "-", "1-x", "-1--1", "٣-1", "9" * 19 + "-1", "9" * 500 + "-1"])
async def test_a_place_that_is_none_resets_and_goes_on_from_now(live: Live, last_id: str) -> None:
    reader = await live.reader(last_id=last_id)
    assert (reader.events[0]["event"], reader.events[0]["data"]) == ("reset", '{"reason":"unknown"}')
    await live.say(7)
    assert (await reader.until(lambda r: len(r.events) == 2)).numbers == [7]


async def test_a_place_of_which_the_rest_was_deleted_resets(live: Live) -> None:
    places = await _aged(live, 6)
    assert await _purged(live) == 5
    reader = await live.reader(last_id=places[2])
    assert (reader.events[0]["event"], reader.events[0]["data"]) == ("reset", '{"reason":"too_old"}')


async def test_from_the_landmark_on_nothing_is_lost(live: Live) -> None:
    places = await _aged(live, 6)
    await _purged(live)
    reader = await live.reader(last_id=places[5])
    assert (await reader.until(lambda r: len(r.events) >= 4)).numbers == [6, 7, 8, 9]


async def test_a_reader_from_before_the_first_fact_is_not_reset(live: Live) -> None:
    await _aged(live, 0)
    reader = await live.reader(last_id="3-0")
    assert (await reader.until(lambda r: len(r.events) >= 10)).numbers == list(range(10))


async def test_the_log_is_deleted_from_its_beginning_in_batches(live: Live) -> None:
    places = await _aged(live, 8)
    assert [await _purged(live, 3) for _ in range(4)] == [3, 3, 1, 0]
    async with live.world.database.read() as session:
        left = (await session.execute(PLACES)).all()
    assert [Place(*row) for row in left] == [Place.parse(place) for place in places[7:]]
