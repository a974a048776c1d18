"""Several workers, people at the same incident: each step once, nobody waits in vain, nobody is refused for it."""

import asyncio
from collections import Counter

from app.core.db import Database
from tests.command.timer.passing import Time
from tests.hands import Hands


async def test_several_workers_take_each_step_once(crowd: Hands, own_db: Database) -> None:
    for _ in range(30):
        await crowd.report()
    workers = [Time(crowd, own_db) for _ in range(4)]
    for minutes in (13, 3, 15):
        await workers[0].passes(minutes=minutes, tick=False)
        await asyncio.gather(*(worker.tick() for worker in workers))
    assert Counter(row[1:3] for row in await workers[0].steps()) == {(n, "done"): 30 for n in (1, 2, 3)}
    assert await workers[0].rows("SELECT count(*), count(DISTINCT incident_id) FROM supervision_order") == [(30, 30)]
    assert await workers[0].rows("SELECT count(*) FROM trial") == [(0,)]


async def test_people_and_the_clock_move_the_same_incidents_and_no_request_fails(
    crowd: Hands, own_db: Database
) -> None:
    incidents = [await crowd.report(category_code="E0406") for _ in range(12)]
    time = Time(crowd, own_db)
    await time.passes(minutes=31, tick=False)
    accepts = [crowd.move("street1.acceptor", incident, "accept") for incident in incidents]
    ticking = asyncio.gather(*(Time(crowd, own_db).tick() for _ in range(3)))
    answers = await asyncio.gather(*accepts)
    await ticking
    await time.tick()
    assert Counter(answer.status_code for answer in answers) == {200: 12}
    found = await time.rows(
        "SELECT version, (SELECT count(*) FROM incident_move WHERE incident_id = i.id) FROM incident i"
    )
    assert all(version == moves for version, moves in found)
    assert await time.rows("SELECT count(*) FROM trial") == [(0,)]


async def test_what_somebody_holds_is_left_and_taken_later(crowd: Hands, own_db: Database) -> None:
    held, free = await crowd.report(), await crowd.report()
    time = Time(crowd, own_db)
    await time.passes(minutes=13, tick=False)
    async with own_db.write_lane() as lane:
        await lane.fetch("SELECT id FROM incident WHERE id = $1 FOR UPDATE", held["id"])
        assert await time.tick() == 1
    assert (await time.shown(free))["clocks"][0]["card"] == "yellow"
    assert (await time.tick(), (await time.shown(held))["clocks"][0]["card"]) == (1, "yellow")
