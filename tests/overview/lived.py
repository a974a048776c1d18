"""Stories that other tests tell, lived on a database that keeps them; consoles must agree after every step."""

import inspect
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any

import httpx

from app.core.db import Database
from tests.command.timer.passing import Time
from tests.overview.conftest import Site

Story = Callable[..., Awaitable[None]]


class TimeSeen(Time):
    """Time that is made to pass behind the log's back, so that boards are read anew before the worker looks."""

    def __init__(self, site: Site, database: Database) -> None:
        super().__init__(site.hands, database)
        self.site = site

    async def passes(self, *, tick: bool = True, **span: float) -> int:
        """Time passes; then the worker looks, and after that every console shows what is."""
        await super().passes(tick=False, **span)
        await self.site.looked_again()
        done = await self.tick() if tick else 0
        await self.site.agree(f"after {span}")
        return done


async def live(story: Story, site: Site, known: dict[str, Any]) -> None:
    """Live a story; after each write that went well, and at its end, every console shows what is."""

    async def check(answer: httpx.Response) -> None:
        if answer.request.method != "GET" and answer.status_code < HTTPStatus.MULTIPLE_CHOICES:
            await answer.aread()
            await site.agree(f"after {answer.request.method} {answer.request.url.path}")

    site.hands.client.event_hooks["response"].append(check)
    await story(**{name: known[name] for name in inspect.signature(story).parameters})
    site.hands.client.event_hooks["response"].clear()
    await site.agree("at the end")
