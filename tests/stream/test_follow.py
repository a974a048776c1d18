"""The stream carries every fact of the caller's places, once, in the order of the log."""

import asyncio
import random
from uuid import UUID

import pytest
from sqlalchemy import text

from app.core import outbox
from app.core.ids import uuid7
from app.core.problems import Unprocessable
from app.stream import service
from app.stream.workflow import Place
from tests.stream.conftest import Live


async def test_a_fact_comes_as_an_event_with_its_topic_and_place(live: Live) -> None:
    reader = await live.reader("a_dispatcher")
    await live.say(1)
    (event,) = (await reader.until(lambda r: bool(r.events))).events
    assert event["event"] == "incident.reported"
    assert f'"id":"{event["id"]}"' in event["data"]
    assert '"payload":{"n": 1}' in event["data"]


async def test_a_street_never_sees_anothers_facts_and_the_district_those_of_all_its_streets(live: Live) -> None:
    readers = [await live.reader(name) for name in ("a_dispatcher", "b_dispatcher", "u_desk", "district")]
    for n, place in enumerate(("A", "B", "U", "D", "A", "B", "U")):
        await live.say(n, place)
    counts = (2, 2, 2, 5)
    for reader, count in zip(readers, counts, strict=True):
        await reader.until(lambda r, count=count: len(r.events) >= count)  # type: ignore[misc]
    assert [reader.numbers for reader in readers] == [[0, 4], [1, 5], [2, 6], [0, 1, 3, 4, 5]]


async def test_a_transaction_held_open_loses_nothing_and_keeps_the_order(live: Live) -> None:
    reader = await live.reader()
    reading = asyncio.create_task(reader.until(lambda r: len(r.events) == 3))
    async with live.world.database.write() as slow:
        outbox.record(slow, "incident.reported", uuid7(), live.scope("A"), n=1)
        await slow.flush()
        await live.say(2)
        await live.say(3)
        await asyncio.sleep(0.8)
        assert reader.events == [], "what is committed waits for what may still come before it"
    assert (await reading).numbers == [1, 2, 3]


async def test_of_many_writers_at_once_nothing_is_lost_repeated_or_out_of_order(live: Live) -> None:
    reader = await live.reader()

    async def write(n: int) -> None:
        async with live.world.database.write() as session:
            outbox.record(session, "incident.reported", uuid7(), live.scope("A"), n=n)
            await session.flush()
            await asyncio.sleep(random.random() / 5)

    for start in range(0, 80, 8):
        await asyncio.gather(*(write(start + n) for n in range(8)))
    await reader.until(lambda r: len(r.events) >= 80)
    places = [Place.parse(event["id"]) or Place(0, 0) for event in reader.events]
    assert sorted(reader.numbers) == list(range(80))
    assert places == sorted(set(places))


async def _writes(live: Live, subjects: list[UUID], writer: int) -> None:
    """Eight transactions of two facts each; some are held for a moment."""
    for turn in range(8):
        async with live.world.database.write() as session:
            for part in range(2):
                subject, n = subjects[(writer + turn + part) % len(subjects)], writer * 100 + turn * 2 + part
                outbox.record(session, "incident.reported", subject, live.scope("A"), n=n)
                await session.flush()
            if random.random() < 0.1:
                await asyncio.sleep(0.1)


async def _cut_at_random(live: Live, begin: str, count: int) -> list[str]:
    """What comes to a reader that loses its connection again and again."""
    ids: list[str] = []
    while len(ids) < count:
        reader = await live.reader(last_id=begin)
        most = random.randint(1, 60)
        await reader.until(lambda r: len(r.events) >= most)  # noqa: B023  # of this turn
        ids += [event["id"] for event in reader.events]
        begin = reader.last_id
        await reader.blocks.aclose()
    return ids


async def test_readers_that_are_cut_at_random_get_all_of_sixteen_writers_once_and_in_order(live: Live) -> None:
    subjects, begin = [uuid7() for _ in range(6)], (await live.reader()).last_id
    async with live.world.database.write() as held:
        outbox.record(held, "incident.reported", subjects[0], live.scope("A"), n=-1)
        await held.flush()
        for four in range(4):
            await asyncio.gather(*(_writes(live, subjects, four * 4 + writer) for writer in range(4)))
    reading = asyncio.gather(*(_cut_at_random(live, begin, 16 * 16 + 1) for _ in range(5)))
    async with live.world.database.read() as session:
        log = [str(Place(*row)) for row in await session.execute(text("SELECT tx, id FROM outbox ORDER BY tx, id"))]
    assert await reading == [log] * 5
    assert len(log) == len(set(log)) == 16 * 16 + 1


@pytest.mark.parametrize("cut", [1, 37, 120])
async def test_a_reader_that_comes_back_gets_the_rest_without_a_gap(live: Live, cut: int) -> None:
    first = await live.reader()
    for n in range(100):
        await live.say(n)
    await first.until(lambda r: len(r.events) >= min(cut, 100))
    got = first.numbers[:cut]
    last_id = first.events[len(got) - 1]["id"]
    writing = asyncio.gather(*(live.say(n) for n in range(100, 140)))
    second = await live.reader(last_id=last_id)
    await writing
    await second.until(lambda r: len(r.events) >= 140 - len(got))
    assert sorted(got + second.numbers) == list(range(140))


async def test_a_long_absence_is_read_from_the_log_in_pages(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    begin = (await live.reader()).last_id
    async with live.world.database.write() as session:
        for n in range(1201):
            outbox.record(session, "incident.reported", uuid7(), live.scope("A"), n=n)
            await session.flush()
    reader = await live.reader(last_id=begin)
    assert (await reader.until(lambda r: len(r.events) >= 1201)).numbers == list(range(1201))


async def test_topics_narrow_by_prefix_of_whole_words(live: Live) -> None:
    reader = await live.reader(topics=("incident", "shift.signed_on"))
    for n, topic in enumerate(("incident.reported", "incidental.x", "shift.signed_off", "shift.signed_on")):
        await live.say(n, topic=topic)
    assert (await reader.until(lambda r: len(r.events) >= 2)).numbers == [0, 3]


async def test_an_area_narrows_to_what_lies_in_it(live: Live) -> None:
    reader = await live.reader(area="A")
    lineage = {street: [str(live.world.places[f"area {street}"])] for street in "AB"}
    await live.say(0)
    await live.say(1, area_lineage=lineage["B"])
    await live.say(2, area_lineage=lineage["A"])
    assert (await reader.until(lambda r: bool(r.events))).numbers == [2]


async def test_an_unknown_area_is_refused(live: Live) -> None:
    with pytest.raises(Unprocessable):
        await service.start(live.feed, (), "nowhere", None)


async def test_a_quiet_stream_shows_life_and_keeps_its_place_fresh(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "HEARTBEAT_S", 0.2)
    reader = await live.reader("b_dispatcher")
    begin = reader.last_id
    for n in range(3):
        await live.say(n, "A")
    await reader.until(lambda r: "heartbeat" in r.comments[2:] and r.last_id != begin)
    assert reader.events == []
    assert (await live.reader("district", last_id=begin)).last_id != ""
