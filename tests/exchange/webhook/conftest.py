"""A town whose log is committed, receivers it may send to, and the worker's part at hand."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select, text

from app.core import outbox
from app.core.db import Database
from app.core.ids import uuid7
from app.exchange.webhook.models import WebhookDelivery
from app.exchange.webhook.sending.reading import read_on
from app.exchange.webhook.sending.sender import Sender
from tests import make
from tests.hands import Hands

FAST = {
    "webhook_allow": ("127.0.0.0/8",),
    "webhook_tries_s": (0.0, 0.05, 0.1),
    "webhook_timeout_s": 1.0,
}
PATIENCE_S = 30
ADMIN = "admin"


async def kill(sender: Sender) -> None:
    """End a worker wherever it is."""
    for task in list(sender._flying):
        task.cancel()
    await asyncio.gather(*sender._flying, return_exceptions=True)
    await sender._outgoing.close()


class Site:
    """The town with webhooks."""

    def __init__(self, hands: Hands, database: Database) -> None:
        self.hands, self.database = hands, database
        self.sender = Sender(database)

    async def anew(self, **settings: Any) -> Sender:
        """Another worker, with other settings; the one before is lost, with all it knew."""
        await self.lose()
        self.database.settings = self.database.settings.model_copy(update=settings)
        self.sender = Sender(self.database)
        return self.sender

    async def lose(self) -> None:
        """Kill the worker."""
        await kill(self.sender)

    async def hook(self, url: str, place: str = "D", who: str = ADMIN, **more: Any) -> dict[str, Any]:
        """A webhook, with its secret."""
        body = {"place": place, "label": "test", "url": url} | more
        answer = await self.hands.post(who, "/v1/webhooks", body)
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    async def say(
        self, n: int, about: UUID | None = None, place: str = "A", topic: str = "grid.said", **more: Any
    ) -> None:
        """Record a numbered fact at a place."""
        async with self.database.write() as session:
            outbox.record(session, topic, about or uuid7(), [self.hands.town.organisations[place]], n=n, **more)

    async def send(self, sender: Sender | None = None, *, until: Callable[[], bool] | None = None) -> None:
        """Read the log and send, until this is so, or until nothing is due and nothing on its way."""
        sender = sender or self.sender
        async with asyncio.timeout(PATIENCE_S):
            while not (until and until()):
                read = await read_on(self.database)
                begun = await sender.turn()
                if not (read or begun or sender._flying or sender._ended or until):
                    return
                await asyncio.sleep(0.005)

    async def deliveries(self, **conditions: Any) -> list[WebhookDelivery]:
        """What is stored of deliveries, in their order."""
        async with self.database.read() as session:
            found = select(WebhookDelivery).filter_by(**conditions).order_by(WebhookDelivery.id)
            return list(await session.scalars(found))

    async def states(self, **conditions: Any) -> list[str]:
        """Their states."""
        return [one.state for one in await self.deliveries(**conditions)]

    async def execute(self, statement: str, **values: Any) -> None:
        """Bring something about in the database."""
        async with self.database.write() as session:
            await session.execute(text(statement), values)


@pytest.fixture
async def site(own_client: httpx.AsyncClient, own_db: Database, api: FastAPI) -> AsyncIterator[Site]:
    """The town with webhooks, and a worker that is quick to try again."""
    own_db.settings = own_db.settings.model_copy(update=FAST)
    async with own_db.write() as session:
        town = await make.town(session)
    site = Site(Hands(own_client, town, api.state.doorman), own_db)
    yield site
    await site.lose()
