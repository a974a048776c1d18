"""A town whose log is told at once, and its people's inboxes."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from app.core import outbox
from app.core.db import Database
from app.core.ids import uuid7
from app.core.outbox import Event
from app.identity.models import Account
from app.notice.delivery.service import InApp, deliver
from app.notice.models import Notice, NoticeReceipt
from app.notice.telling.service import tell
from app.worker import CHANNELS
from tests.hands import Hands


class Post:
    """What the worker does of itself, done now: the facts of the log told and delivered."""

    def __init__(self, db: Database, hands: Hands) -> None:
        self.db, self.hands, self.last = db, hands, 0

    async def run(self) -> None:
        """Tell and deliver everything since the last time."""
        async with self.db.write() as session:
            facts = (await session.scalars(select(Event).where(Event.id > self.last).order_by(Event.id))).all()
            await tell(session, facts, CHANNELS)
        self.last = facts[-1].id if facts else self.last
        while await deliver(self.db, InApp()):
            pass

    async def say(self, topic: str, subject_id: UUID | None = None, **payload: Any) -> None:
        """Record a fact, as another capability would, and tell it."""
        await self.run()
        async with self.db.write() as session:
            outbox.record(session, topic, subject_id or uuid7(), [], **payload)
        await self.run()

    async def inbox(self, who: str, **wanted: Any) -> list[dict[str, Any]]:
        """Somebody's inbox."""
        await self.run()
        answer = await self.hands.get(who, "/v1/notices", **wanted)
        assert answer.status_code == 200, answer.text
        items: list[dict[str, Any]] = answer.json()["items"]
        return items

    async def got(self, kind: str) -> set[str]:
        """Who was told by this kind of notice and sees it in the inbox."""
        await self.run()
        async with self.db.read() as session:
            told = select(Account.username).join(NoticeReceipt, NoticeReceipt.account_id == Account.id)
            named = told.join(Notice, Notice.id == NoticeReceipt.notice_id).where(Notice.kind == kind).distinct()
            names = (await session.scalars(named)).all()
        return {who for who in names if kind in await self.kinds(who)}

    async def kinds(self, who: str, **wanted: Any) -> list[str]:
        """The kinds of notice in somebody's inbox, the oldest first."""
        return [one["kind"] for one in reversed(await self.inbox(who, **wanted))]


@pytest.fixture
def post(db: Database, hands: Hands) -> Post:
    """The worker's part, at hand."""
    return Post(db, hands)
