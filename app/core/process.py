"""How a process that serves no requests runs, until it is told to stop; and how what runs beside requests is ended."""

import asyncio
import signal
from collections.abc import Awaitable, Callable, Collection
from typing import Any

from app.core import logs
from app.core.settings import Settings

INSIST_S = 1.0


async def ended(tasks: Collection[asyncio.Task[Any]]) -> None:
    """Cancel tasks until they have ended.

    A task that goes on after failures may take a cancellation for one, when it comes just as what was waited for does.
    """
    while going := [task for task in tasks if not task.done()]:
        for task in going:
            task.cancel()
        await asyncio.wait(going, timeout=INSIST_S)


def run_until_told(settings: Settings, work: Callable[[Settings, asyncio.Event], Awaitable[None]]) -> None:
    """Do some work until SIGTERM or SIGINT sets its event, and let it end by itself."""
    logs.configure(settings.log_level, settings.log_format)

    async def until_told() -> None:
        stop = asyncio.Event()
        for sign in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(sign, stop.set)
        await work(settings, stop)

    asyncio.run(until_told())
