"""How a process that serves no requests runs: until it is told to stop."""

import asyncio
import signal
from collections.abc import Awaitable, Callable

from app.core import logs
from app.core.settings import Settings


def run_until_told(settings: Settings, work: Callable[[Settings, asyncio.Event], Awaitable[None]]) -> None:
    """Do some work until SIGTERM or SIGINT sets its event, and let it end by itself."""
    logs.configure(settings.log_level, settings.log_format)

    async def until_told() -> None:
        stop = asyncio.Event()
        for sign in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(sign, stop.set)
        await work(settings, stop)

    asyncio.run(until_told())
