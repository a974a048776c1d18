"""Requests that come together are written together; each gets its own answer, and none harms another."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import pairwise
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import orjson
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from app.core.db import Database
from app.core.problems import Unavailable
from app.patrol import gathering, queries
from app.patrol.batch import Batch
from app.patrol.gathering import Gatherer
from app.patrol.judging import Judged
from app.patrol.schemas import Fix, PositionsOut
from app.patrol.service import Sender
from app.patrol.workflow import Places
from tests.command.test_statements import Counted
from tests.patrol.fixes import fix, history
from tests.roster import world as small
from tests.roster.world import World

Keep = Callable[[Any, Judged], Any]


def batch(*fixes: dict[str, Any]) -> Batch:
    return Batch.of(Fix.model_validate(one) for one in fixes)


async def patrol(world: World) -> Sender:
    """Who gives the positions of PA, which is on duty."""
    return Sender(patrol_id=UUID((await world.on_duty())["patrol"]["id"]))


@pytest.fixture
async def racing(api: FastAPI, own_db: Database, own_client: httpx.AsyncClient) -> World:
    """The district on a database with several connections."""
    return await small.make(api, own_client, own_db)


def said(answers: list[PositionsOut]) -> list[tuple[int, int, list[str]]]:
    return [(one.stored, one.repeated, [why.reason.value for why in one.not_stored]) for one in answers]


async def test_who_comes_together_is_written_by_two_statements_and_answered_apart(
    world: World, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    sender, asked, opened = await patrol(world), list[str](), db.position_lane
    gateway = Sender(account_id=world.accounts["a_idle"], centres=[world.places["A"]])

    @asynccontextmanager
    async def counted() -> AsyncIterator[Any]:
        async with opened() as lane:
            yield Counted(lane, asked)

    monkeypatch.setattr(db, "position_lane", counted)
    monkeypatch.setattr(gathering, "GROUPS", 1)
    gatherer, once = Gatherer(db), fix(9)
    brought = [
        (sender, batch(once, fix(8), fix(7, 181))),
        (sender, batch(fix(6), once)),
        (gateway, batch(fix(5, patrol="PA"), fix(5, patrol="PB"), fix(5))),
        (Sender(officer_id=UUID(int=1)), batch(fix(4))),
        (gateway, batch(fix(3, device_id="b"), fix(3, device_id="b", patrol="PA"))),
    ]
    answers = await asyncio.gather(*(gatherer.store(*one) for one in brought))
    assert said(answers[:2]) == [(2, 0, ["bad_coordinate"]), (1, 1, [])]
    assert said(answers[2:]) == [
        (1, 0, ["unknown_patrol", "not_on_duty"]),
        (0, 0, ["not_on_duty"]),
        (1, 0, ["not_on_duty"]),
    ]
    assert [why.index for one in answers for why in one.not_stored] == [2, 1, 2, 0, 0]
    assert (len(asked), len(await history(world))) == (2, 5)


async def test_of_a_clock_that_tells_no_time_one_fix_a_request_is_stored_in_company_too(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gathering, "GROUPS", 1)
    sender, gatherer = await patrol(world), Gatherer(world.database)
    ahead = [gatherer.store(sender, batch(fix(-3600), fix(-3500 - n))) for n in range(3)]
    assert said(await asyncio.gather(*ahead)) == [(1, 1, [])] * 3


@pytest.mark.parametrize("bulk", [1, 1000])
async def test_who_sends_again_is_told_so_and_the_others_are_stored(
    world: World, monkeypatch: pytest.MonkeyPatch, bulk: int
) -> None:
    monkeypatch.setattr(queries, "BULK", bulk)
    monkeypatch.setattr(gathering, "GROUPS", 1)
    sender, gatherer, again = await patrol(world), Gatherer(world.database), fix(50)
    await gatherer.store(sender, batch(again))
    many = [gatherer.store(sender, batch(again, fix(40 - n))) for n in range(5)]
    assert said(await asyncio.gather(*many)) == [(1, 1, [])] * 5
    assert len(await history(world)) == 6


async def test_what_harms_a_group_harms_nobody_but_who_brought_it(
    racing: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep: Keep = queries.keep

    async def poisoned(lane: Any, judged: Judged) -> Places:
        if "poison" in judged.columns.devices:
            raise asyncpg.DeadlockDetectedError
        stored: Places = await keep(lane, judged)
        return stored

    monkeypatch.setattr(queries, "keep", poisoned)
    sender, gatherer = await patrol(racing), Gatherer(racing.database)
    devices = ["a", "b", "poison", "c"]
    sent = [gatherer.store(sender, batch(fix(9, device_id=name))) for name in devices]
    answers = await asyncio.gather(*sent, return_exceptions=True)
    assert [type(one) for one in answers] == [PositionsOut, PositionsOut, asyncpg.DeadlockDetectedError, PositionsOut]
    assert len(await history(racing)) == 3


@pytest.mark.parametrize("bulk", [1, 1000])
async def test_a_connection_that_is_lost_takes_no_rows_with_it(
    racing: World, monkeypatch: pytest.MonkeyPatch, bulk: int
) -> None:
    monkeypatch.setattr(queries, "BULK", bulk)
    keep, lost = queries.keep, list[int]()

    async def cut(lane: Any, judged: Judged) -> Places:
        if not lost:
            lost.append(lane.get_server_pid())
            async with racing.database.write() as session:
                await session.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": lost[0]})
        return await keep(lane, judged)

    monkeypatch.setattr(queries, "keep", cut)
    sender, gatherer = await patrol(racing), Gatherer(racing.database)
    answers = await asyncio.gather(*(gatherer.store(sender, batch(fix(n + 1))) for n in range(6)))
    assert (said(answers), len(lost)) == ([(1, 0, [])] * 6, 1)
    assert len(await history(racing)) == 6


async def test_who_goes_away_takes_nobody_along(racing: World, monkeypatch: pytest.MonkeyPatch) -> None:
    sender, gatherer, keep, reached = await patrol(racing), Gatherer(racing.database), queries.keep, asyncio.Event()

    async def slow(lane: Any, judged: Judged) -> Places:
        reached.set()
        await asyncio.sleep(0.05)
        return await keep(lane, judged)

    monkeypatch.setattr(queries, "keep", slow)
    monkeypatch.setattr(gathering, "GROUPS", 1)
    written = [asyncio.ensure_future(gatherer.store(sender, batch(fix(9, device_id=name)))) for name in "ab"]
    await reached.wait()
    waiting = [asyncio.ensure_future(gatherer.store(sender, batch(fix(8, device_id=name)))) for name in "cd"]
    await asyncio.sleep(0)
    written[0].cancel()
    waiting[0].cancel()
    assert said([await written[1], await waiting[1]]) == [(1, 0, [])] * 2
    assert len(await history(racing)) == 3, "one was being written, the other is left out"


async def test_what_waits_is_bounded_in_rows_and_in_seconds(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    sender, gatherer = await patrol(world), Gatherer(world.database)
    monkeypatch.setattr(gathering, "MOST_WAITING", 3)
    monkeypatch.setattr(gathering, "MOST_ROWS", 2)
    monkeypatch.setattr(gathering, "GROUPS", 1)
    monkeypatch.setattr(gathering, "WAIT_S", 0.0)
    sent = [gatherer.store(sender, batch(fix(n + 1), fix(n + 1.5))) for n in range(2)]
    first, second = await asyncio.gather(*sent, return_exceptions=True)
    assert isinstance(second, Unavailable)
    assert "Too many" in str(second)
    assert said([first]) == [(2, 0, [])]  # type: ignore[list-item]


async def test_who_has_waited_too_long_is_sent_away_and_not_stored(
    racing: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    sender, gatherer, keep = await patrol(racing), Gatherer(racing.database), queries.keep

    async def slow(lane: Any, judged: Judged) -> Places:
        await asyncio.sleep(0.2)
        return await keep(lane, judged)

    monkeypatch.setattr(queries, "keep", slow)
    monkeypatch.setattr(gathering, "GROUPS", 1)
    monkeypatch.setattr(gathering, "WAIT_S", 0.05)
    written = asyncio.ensure_future(gatherer.store(sender, batch(fix(9))))
    await asyncio.sleep(0.02)
    with pytest.raises(Unavailable, match="too long"):
        await gatherer.store(sender, batch(fix(8)))
    assert said([await written]) == [(1, 0, [])]
    assert len(await history(racing)) == 1


async def test_closing_writes_what_waits_and_leaves_nothing_behind(
    racing: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gathering, "MOST_ROWS", 3)
    sender, gatherer = await patrol(racing), Gatherer(racing.database)
    sent = [asyncio.ensure_future(gatherer.store(sender, batch(fix(n + 1), fix(n + 1.5)))) for n in range(7)]
    await asyncio.sleep(0)
    await gatherer.close()
    assert said([one.result() for one in sent]) == [(2, 0, [])] * 7
    assert (len(gatherer._queue), gatherer._rows, len(gatherer._groups)) == (0, 0, 0)


@pytest.mark.parametrize("bulk", [1, 1000])
async def test_two_processes_that_are_sent_the_same_store_it_once(
    racing: World, monkeypatch: pytest.MonkeyPatch, bulk: int
) -> None:
    monkeypatch.setattr(queries, "BULK", bulk)
    sender, processes = await patrol(racing), [Gatherer(racing.database) for _ in range(2)]
    requests = [batch(*(fix(10 * n + m / 10, device_id=d) for m in range(20) for d in "ab")) for n in range(8)]
    sent = [one.store(sender, requests[n]) for n in range(8) for one in processes]
    answers = await asyncio.gather(*sent)
    assert {one.stored + one.repeated for one in answers} == {40}
    assert sum(one.stored for one in answers) == 320 == len(await history(racing))


@pytest.mark.parametrize(("fixes", "is_alone"), [(800, True), (50, False)])
async def test_others_come_between_long_bodies(
    db: Database, monkeypatch: pytest.MonkeyPatch, fixes: int, *, is_alone: bool
) -> None:
    gatherer, turns, read = Gatherer(db), list[str](), Batch.read

    def noted(body: bytes) -> Batch:
        turns.append("read")
        return read(body)

    async def another() -> None:
        while turns.count("read") < 5:
            turns.append("other")
            await asyncio.sleep(0)

    monkeypatch.setattr(Batch, "read", noted)
    body = orjson.dumps({"positions": [fix(n / 10) for n in range(fixes)]})
    batches = await asyncio.gather(another(), *(gatherer.read(body) for _ in range(5)))
    assert [len(one.fixes) for one in batches[1:] if one] == [fixes] * 5
    assert any(pair == ("read", "read") for pair in pairwise(turns)) is not is_alone


async def test_a_second_group_begins_when_it_is_as_large_as_the_first(
    racing: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    sender, keep, go_on, begun = await patrol(racing), queries.keep, asyncio.Event(), asyncio.Queue[int]()

    async def slow(lane: Any, judged: Judged) -> Places:
        begun.put_nowait(len(judged.stored))
        await go_on.wait()
        return await keep(lane, judged)

    monkeypatch.setattr(queries, "keep", slow)
    gatherer = Gatherer(racing.database)
    sent = [asyncio.ensure_future(gatherer.store(sender, batch(fix(n + 1)))) for n in range(6)]
    assert await begun.get() == 4
    await asyncio.sleep(0.05)
    assert begun.empty(), "two wait for as many as are being written"
    sent += [asyncio.ensure_future(gatherer.store(sender, batch(fix(n + 1)))) for n in range(6, 8)]
    assert await begun.get() == 4
    go_on.set()
    assert said(await asyncio.gather(*sent)) == [(1, 0, [])] * 8
