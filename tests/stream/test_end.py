"""A stream ends when the right to it does, when its reader is too slow, and when the service stops."""

import asyncio
import time
from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from app.core.ids import uuid7
from app.identity.workflow import Actor
from app.stream import feed as feeds
from app.stream import hall as halls
from app.stream import service
from app.stream.hall import CLOSING, SLOW, Hall, Listener
from app.stream.workflow import Entry, Place, Reach, View, rendered
from tests.stream.conftest import Live

NOBODY = dict.fromkeys(("subject_id", "subject_version", "home_id", "departments", "people"))


async def test_a_grant_taken_away_ends_the_stream_within_five_seconds(live: Live) -> None:
    reader = await live.reader("a_dispatcher")
    async with live.world.database.write() as session:
        await session.execute(text("DELETE FROM role_grant"))
    async with asyncio.timeout(5):
        await reader.until(lambda _: False)
    assert reader.comments[-1] == "The caller's roles do not allow this."


async def test_what_moves_out_of_reach_is_not_sent_any_more(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "CHECK_S", 0)

    async def again() -> Actor:
        return await live.actor("b_dispatcher")

    reader = await live.reader("a_dispatcher", again=again)
    await live.say(1, "A")
    await live.say(2, "B")
    assert (await reader.until(lambda r: bool(r.events))).numbers == [2]


async def test_a_reader_that_does_not_keep_up_is_ended(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(halls, "MAX_WAITING", 5)
    reader = await live.reader()
    await live.say(0)
    await reader.until(lambda r: bool(r.events))
    for n in range(1, 8):
        await live.say(n)
    await reader.until(lambda _: False)
    assert reader.comments[-1] == SLOW
    rest = await live.reader(last_id=reader.last_id)
    assert (await rest.until(lambda r: len(r.events) >= 7)).numbers == list(range(1, 8))


async def test_a_queue_is_bounded_in_bytes_as_well(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(halls, "MAX_WAITING_BYTES", 1000)
    listener = Listener(View(Reach.of(await live.actor("district"))))
    with live.feed.joined(listener):
        await live.say(1, text="x" * 2000)
        assert await listener.take(20) == []
    assert listener.ended == SLOW


async def test_what_comes_in_the_instant_the_time_is_up_is_not_lost() -> None:
    place = uuid7()
    entry = Entry({"tx": 1, "id": 1, "topic": "x", "scope": [place], "payload": "{}", "at": datetime.now(UTC)} | NOBODY)
    listener, hall = Listener(View(Reach(frozenset({place}), frozenset(), place))), Hall[View, Entry](rendered)
    hall.enter(listener, Place(0, 0))
    taking = asyncio.create_task(listener.take(0.01))
    await asyncio.sleep(0)
    asyncio.get_running_loop().call_later(0.02, hall.tell, [entry], entry.place)
    time.sleep(0.05)  # noqa: ASYNC251  # both are due in one turn of the loop
    assert [chunk.block for chunk in await taking] == [entry.block]


async def test_when_the_service_stops_every_stream_ends(live: Live) -> None:
    readers = [await live.reader() for _ in range(3)]
    reading = [asyncio.create_task(reader.until(lambda _: False)) for reader in readers]
    await asyncio.sleep(0.3)
    live.feed.stop()
    async with asyncio.timeout(1):
        await asyncio.gather(*reading)
    assert {reader.comments[-1] for reader in readers} == {CLOSING}


async def test_a_stream_that_comes_while_the_service_stops_ends_at_once(live: Live) -> None:
    live.feed.stop()
    reader = await (await live.reader()).until(lambda _: False)
    assert reader.comments[-1] == CLOSING


async def test_a_process_serves_so_many_streams_and_no_more(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeds, "MAX_LISTENERS", 1)
    live.world.client._transport.app.state.feed = live.feed  # type: ignore[attr-defined]  # as a server has it
    with live.feed.joined(Listener(View(Reach.of(await live.actor("district"))))):
        answer = await live.world.get("a_dispatcher", "/v1/stream")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")


async def test_the_feed_outlives_a_database_that_does_not_answer(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    reader = await live.reader()
    lane = live.world.database.read_lane
    monkeypatch.setattr(feeds, "AFTER_FAILURE_S", 0.05)

    def broken() -> None:
        raise OSError

    monkeypatch.setattr(live.world.database, "read_lane", broken)
    await asyncio.sleep(0.6)
    monkeypatch.setattr(live.world.database, "read_lane", lane)
    await live.say(1)
    assert (await reader.until(lambda r: bool(r.events))).numbers == [1]
