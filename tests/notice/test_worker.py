"""Each fact makes its notices once: across several workers, some of them lost, and beside a channel that hangs."""

import asyncio
import random
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import pytest
from sqlalchemy import func, select

from app.core import outbox
from app.core.db import Database, Session
from app.core.ids import uuid7
from app.core.outbox import Event, react_at_once
from app.notice.delivery import queries as carrying
from app.notice.delivery import service as delivery
from app.notice.delivery.service import InApp, deliver
from app.notice.delivery.workflow import Letter, Refused
from app.notice.models import Notice, NoticeDelivery, NoticeReceipt
from app.notice.telling import queries
from app.notice.telling.service import tell
from app.notice.workflow import TOPICS, Urgency
from tests import make

FACTS = 60


class Lost(Exception):
    """The worker is gone."""


class Hanging:
    """A channel that never answers, and would wait long for it."""

    name = "hanging"
    carries = frozenset(Urgency)
    batch = 100
    timeout_s = 60.0

    async def deliver(self, database: Database, letters: Sequence[Letter]) -> Refused:
        """Hang."""
        await asyncio.sleep(3600)
        raise AssertionError((database, letters))


@pytest.fixture
async def place(own_db: Database) -> dict[str, Any]:
    """A town in which patrols are too few again and again: each fact is for two people of street A."""
    async with own_db.write() as session:
        town = await make.town(session)
    facts = {"centre_id": str(town.organisations["A"]), "place": {"code": "A-B01"}}
    for _ in range(FACTS):
        async with own_db.write() as session:
            outbox.record(session, "coverage_void.opened", uuid7(), [], **facts)
    return facts


async def counted(db: Database, model: Any, *conditions: Any) -> int:
    async with db.read() as session:
        return int(await session.scalar(select(func.count()).select_from(model).where(*conditions)) or 0)


async def read_on(db: Database, channels: tuple[Any, ...] = (InApp(),)) -> int:
    """One worker's turn, as `follow` takes it."""

    async def reaction(session: Session, facts: Sequence[Event]) -> None:
        await tell(session, facts, channels)

    async with db.write() as session:
        return await react_at_once(session, "notices", TOPICS, reaction, batch=7)


async def until_all_are_told(db: Database) -> None:
    """One worker's life: it takes its turns, and is back after each loss."""
    while await counted(db, Notice) < FACTS:
        with suppress(Lost):
            await read_on(db)
        await asyncio.sleep(random.random() / 50)


@pytest.mark.parametrize("point", ["around", "tell"])
@pytest.mark.parametrize("when", ["before", "after"])
async def test_three_workers_that_are_lost_again_and_again_tell_each_fact_once(
    own_db: Database, place: dict[str, Any], monkeypatch: pytest.MonkeyPatch, point: str, when: str
) -> None:
    chance, done = random.Random(7), getattr(queries, point)

    async def risky(*given: Any) -> Any:
        lost = chance.random() < 0.4
        if lost and when == "before":
            raise Lost
        found = await done(*given)
        if lost:
            raise Lost
        return found

    monkeypatch.setattr(queries, point, risky)
    await asyncio.gather(*(until_all_are_told(own_db) for _ in range(3)))
    assert await counted(own_db, Notice) == FACTS
    assert await counted(own_db, NoticeReceipt) == await counted(own_db, NoticeDelivery) == 2 * FACTS


async def test_three_workers_deliver_each_letter_once_and_say_each_notice_once(
    own_db: Database, place: dict[str, Any]
) -> None:
    await until_all_are_told(own_db)

    class Small(InApp):
        batch = 5

    async def life() -> None:
        while await deliver(own_db, Small()):
            pass

    await asyncio.gather(*(life() for _ in range(3)))
    assert await counted(own_db, NoticeReceipt, NoticeReceipt.delivered_at.is_not(None)) == 2 * FACTS
    assert await counted(own_db, NoticeDelivery, NoticeDelivery.state == "delivered") == 2 * FACTS
    async with own_db.read() as session:
        said = select(func.sum(func.cardinality(Event.scope))).where(Event.topic == "notice.created")
        assert await session.scalar(said) == 2 * FACTS


async def test_a_channel_that_hangs_holds_up_neither_the_inbox_nor_what_is_written(
    own_db: Database, place: dict[str, Any]
) -> None:
    stop, channels = asyncio.Event(), (InApp(), Hanging())
    tending = [asyncio.create_task(delivery.tend(own_db, channel, stop)) for channel in channels]
    async with asyncio.timeout(30):
        while await read_on(own_db, channels):
            pass
        while await counted(own_db, NoticeReceipt, NoticeReceipt.delivered_at.is_(None)):  # noqa: ASYNC110  # a database
            await asyncio.sleep(0.05)
    waiting = await counted(own_db, NoticeDelivery, NoticeDelivery.channel == "hanging")
    assert waiting == await counted(own_db, NoticeReceipt) == 2 * FACTS
    stop.set()
    tending[1].cancel()
    await asyncio.gather(*tending, return_exceptions=True)


async def test_what_comes_in_never_comes_below_what_was_seen(own_db: Database, place: dict[str, Any]) -> None:
    await until_all_are_told(own_db)
    r = NoticeReceipt
    async with own_db.write() as slow:
        first = (await slow.execute(select(r.notice_id, r.account_id).order_by(r.notice_id).limit(1))).one()
        await carrying.put(slow, [{"notice_id": str(first.notice_id), "account_id": str(first.account_id)}])
        other = asyncio.create_task(deliver(own_db, InApp()))
        await asyncio.sleep(0.5)
        assert not other.done(), "what is older but not committed would come in below it"
    await other
    async with own_db.read() as session:
        ordered = (await session.scalars(select(r.notice_id).order_by(r.delivered_at, r.notice_id))).all()
    assert ordered[0] == first.notice_id
