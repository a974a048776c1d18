"""What had to be read and was not is said once, with who did not; what everybody has read goes after its time."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, text, update

from app.core.db import Database
from app.core.outbox import Event
from app.notice.models import Notice, NoticeDelivery, NoticeReceipt
from app.notice.telling.service import forget, remind
from tests.hands import Hands
from tests.notice.conftest import Post

KEPT = timedelta(days=90)


async def later(db: Database) -> int:
    """The time to read is over."""
    async with db.write() as session:
        await session.execute(update(Notice).values(read_by=Notice.read_by - timedelta(hours=1)))
        return await remind(session, 200)


async def said(db: Database) -> list[dict[str, Any]]:
    async with db.read() as session:
        return list(
            await session.scalars(select(Event.payload).where(Event.topic == "notice.unread").order_by(Event.id))
        )


@pytest.fixture
async def escalated(hands: Hands, post: Post) -> dict[str, Any]:
    incident = await hands.moved("street1.dispatcher", await hands.registered(), "escalate")
    await post.run()
    return incident


async def test_a_notice_nobody_read_in_time_is_said_once_with_who_did_not(
    escalated: dict[str, Any], db: Database, post: Post
) -> None:
    assert await later(db) == 1
    assert await later(db) == 0
    (fact,) = await said(db)
    assert (fact["kind"], fact["who"], fact["incident_id"]) == ("escalated", "D", escalated["id"])
    assert await post.got("unread") == {"district.dispatcher", "district.shift_leader"}
    assert "D未按时阅读通知" in (await post.inbox("district.dispatcher"))[0]["text"]


async def test_one_who_reads_is_enough_for_a_place(
    escalated: dict[str, Any], db: Database, hands: Hands, post: Post
) -> None:
    (notice,) = await post.inbox("district.shift_leader")
    await hands.post("district.shift_leader", f"/v1/notices/{notice['id']}/read", None)
    assert await later(db) == 1
    assert await said(db) == []


async def test_a_crew_that_did_not_read_is_named_by_its_patrol(db: Database, hands: Hands, post: Post) -> None:
    await hands.dispatched()
    await post.run()
    await later(db)
    assert [fact["who"] for fact in await said(db)] == ["P-001"]


async def test_what_reached_nobody_at_all_is_said_as_well(db: Database, hands: Hands, post: Post) -> None:
    async with db.write() as session:
        await session.execute(
            text("UPDATE role_grant SET role = 'auditor' WHERE role IN ('dispatcher', 'shift_leader')")
        )
    centre = str(hands.town.organisations["D"])
    await post.say("sos.escalated", told_centre_id=centre, centre_id=centre, roles=["dispatcher"])
    await later(db)
    assert [fact["who"] for fact in await said(db)] == ["无人"]


async def test_the_limit_is_the_centres_own(db: Database, hands: Hands, post: Post) -> None:
    async with db.write() as session:
        await session.execute(text("UPDATE centre SET settings = '{\"notice_action_min\": 2}' WHERE level = 2"))
    await hands.moved("street1.dispatcher", await hands.registered(), "escalate")
    await post.run()
    async with db.read() as session:
        limits = await session.scalars(select(Notice.read_by - Notice.told_at).where(Notice.kind == "escalated"))
        assert [str(limit) for limit in limits] == ["0:02:00"]


async def test_an_old_notice_goes_when_all_have_read_it_and_later_when_not(
    escalated: dict[str, Any], db: Database
) -> None:
    async with db.write() as session:
        await session.execute(update(Notice).values(told_at=func.now() - KEPT - timedelta(days=1)))
        read = NoticeReceipt.notice_id.in_(select(Notice.id).where(Notice.kind != "escalated"))
        await session.execute(update(NoticeReceipt).where(read).values(read_at=func.now()))
        await forget(session, KEPT, 100)
        assert (await session.scalars(select(Notice.kind))).all() == ["escalated"]
        assert await session.scalar(select(func.count()).select_from(NoticeDelivery)) == 2
        await session.execute(update(Notice).values(told_at=func.now() - timedelta(days=401)))
        assert await forget(session, KEPT, 100) == 1
        assert await session.scalar(select(func.count()).select_from(NoticeReceipt)) == 0
