"""A channel that fails or hangs holds up nothing else; its letters are tried again, die, and may be replayed."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import func, select, text, update

from app.core.db import Database
from app.identity.models import RoleGrant
from app.notice.delivery import queries, service
from app.notice.delivery.service import InApp, deliver, replay
from app.notice.delivery.workflow import ATTEMPTS, LONGEST_WAIT, Letter, Refused, wait_after
from app.notice.models import NoticeDelivery, NoticeReceipt
from app.notice.telling.service import tell
from app.notice.workflow import Urgency
from tests.hands import Hands
from tests.notice.conftest import Post

D = NoticeDelivery


class Pager:
    """A channel for tests that does what it is told: deliver, refuse, break or hang."""

    name = "pager"
    carries = frozenset({Urgency.ACTION, Urgency.ALARM})
    batch = 10
    timeout_s = 0.05

    def __init__(self) -> None:
        self.mood = "well"
        self.sent: list[Letter] = []

    async def deliver(self, database: Database, letters: Sequence[Letter]) -> Refused:
        """Deliver as the mood is."""
        assert database is not None
        if self.mood == "broken":
            raise ConnectionError("no line")
        if self.mood == "hanging":
            await asyncio.sleep(60)
        if self.mood == "refusing":
            return {letters[0].key: "no such pager"}
        self.sent += letters
        return {}


@pytest.fixture
def pager(monkeypatch: pytest.MonkeyPatch) -> Pager:
    """A second channel beside the inbox."""
    made = Pager()
    monkeypatch.setattr("tests.notice.conftest.CHANNELS", (InApp(), made))
    return made


async def states(db: Database, channel: str = "pager") -> list[tuple[Any, ...]]:
    """State, tries and last error of a channel's deliveries."""
    async with db.read() as session:
        rows = await session.execute(select(D.state, D.attempts, D.last_error).where(D.channel == channel))
        return [tuple(row) for row in rows]


async def let_come_due(db: Database) -> None:
    async with db.write() as session:
        await session.execute(update(D).where(D.state == "waiting").values(next_attempt_at=func.now()))


async def test_a_channel_gets_what_it_carries_and_in_words(
    db: Database, hands: Hands, post: Post, pager: Pager
) -> None:
    incident = await hands.report()
    await hands.moved("street1.acceptor", incident, "reject", reason_code="duplicate", note="known")
    await post.run()
    await deliver(db, pager)
    assert [letter.topic for letter in pager.sent] == ["incident.report"]
    assert incident["number"] in pager.sent[0].text
    assert await states(db) == [("delivered", 1, None)]


@pytest.mark.parametrize(
    ("mood", "error"),
    [("broken", "ConnectionError: no line"), ("hanging", "no answer in time"), ("refusing", "no such pager")],
)
async def test_what_a_channel_cannot_deliver_waits_and_is_in_the_inbox_all_the_same(  # the two of them, and a mood
    db: Database, hands: Hands, post: Post, pager: Pager, mood: str, error: str
) -> None:
    pager.mood = mood
    await hands.report()
    await post.run()
    assert await deliver(db, pager) == 1
    assert await deliver(db, pager) == 0, "it is not due again yet"
    assert await states(db) == [("waiting", 1, error)]
    assert len(await post.inbox("street1.acceptor")) == 1
    assert await states(db, "inbox") == [("delivered", 1, None)]


async def test_a_letter_dies_after_its_last_try_and_lives_again_when_replayed(
    db: Database, hands: Hands, post: Post, pager: Pager
) -> None:
    pager.mood = "broken"
    await hands.report()
    await post.run()
    for _ in range(ATTEMPTS + 2):
        await deliver(db, pager)
        await let_come_due(db)
    assert await states(db) == [("dead", ATTEMPTS, "ConnectionError: no line")]
    pager.mood = "well"
    async with db.write() as session:
        assert [(row.channel, row.letters) for row in await service.dead(session)] == [("pager", 1)]
        assert await replay(session, "pager") == 1
    await deliver(db, pager)
    assert await states(db) == [("delivered", 1, "ConnectionError: no line")]
    assert len(pager.sent) == 1


def test_tries_lie_further_and_further_apart_and_end() -> None:
    waits = [wait_after(n) for n in range(1, ATTEMPTS + 1)]
    known = [wait for wait in waits if wait is not None]
    assert waits[-1] is None
    assert known == sorted(known)
    assert len(known) == ATTEMPTS - 1
    assert known[-1] == LONGEST_WAIT


async def test_a_worker_lost_while_sending_leaves_its_letters_to_the_next(
    db: Database, hands: Hands, post: Post, pager: Pager, monkeypatch: pytest.MonkeyPatch
) -> None:
    await hands.report()
    await post.run()
    with monkeypatch.context() as lost:
        lost.setattr(service, "_ended", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            await deliver(db, pager)
    assert await states(db) == [("waiting", 1, None)]
    assert await deliver(db, pager) == 0, "its lease holds"
    await let_come_due(db)
    await deliver(db, pager)
    assert await states(db) == [("delivered", 2, None)]


async def test_a_slow_worker_does_not_settle_what_another_has_taken(
    db: Database, hands: Hands, post: Post, pager: Pager
) -> None:
    await hands.report()
    await post.run()
    pager.mood = "refusing"
    await deliver(db, pager)
    async with db.write() as session:
        stale = await session.execute(select(D.notice_id, D.account_id).where(D.channel == "pager"))
        ended = [{"notice_id": str(n), "account_id": str(a), "attempts": 7, "state": "dead"} for n, a in stale]
        await queries.settle(session, "pager", ended)
    assert [state for state, *_ in await states(db)] == ["waiting"]


async def test_who_lost_the_role_meanwhile_is_not_sent_anything(
    db: Database, hands: Hands, post: Post, pager: Pager
) -> None:
    await hands.report()
    await post.run()
    mine = RoleGrant.account_id == hands.town.accounts["street1.acceptor"]
    async with db.write() as session:
        await session.execute(update(RoleGrant).where(mine).values(valid_until=func.now()))
    await deliver(db, pager)
    assert pager.sent == []
    assert await states(db) == [("dropped", 1, None)]


async def test_a_letter_that_the_inbox_has_already_is_delivered_and_said_once(
    db: Database, hands: Hands, post: Post
) -> None:
    await hands.report()
    await post.run()
    async with db.write() as session:
        before = (await session.scalars(select(NoticeReceipt.delivered_at))).all()
        await session.execute(update(D).values(state="waiting", attempts=0, next_attempt_at=func.now()))
    await deliver(db, InApp())
    async with db.read() as session:
        assert (await session.scalars(select(NoticeReceipt.delivered_at))).all() == before
        said = await session.scalar(text("SELECT count(*) FROM outbox WHERE topic = 'notice.created'"))
    assert said == 1


async def test_told_again_of_a_fact_nothing_is_written_twice(db: Database, hands: Hands, post: Post) -> None:
    await hands.report()
    await post.run()
    post.last = 0
    await post.run()
    assert len(await post.inbox("street1.acceptor")) == 1
    async with db.write() as session:
        await tell(session, [], ())
