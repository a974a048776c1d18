"""A process of its own for vehicle terminals: it listens where the settings say, if they do."""

import asyncio

import structlog

import app.models  # noqa: F401  # foreign keys are named by string
from app.core.db import Database, lacking
from app.core.process import run_until_told
from app.core.settings import Settings
from app.migrating import expected_revision
from app.patrol.terminal.server import Listener

log = structlog.get_logger()


async def listen(settings: Settings, stop: asyncio.Event) -> None:
    """Take what terminals send until told to stop."""
    if settings.jt808_port is None:
        raise SystemExit("LIANQIN_JT808_PORT says at which port terminals connect; it is not set.")
    database = Database(settings)
    await database.open()
    listener = Listener(database)
    try:
        if wrong := await lacking(database, expected_revision()):
            raise SystemExit("Refusing to start: " + "; ".join(wrong))
        port = await listener.open(settings.jt808_host, settings.jt808_port)
        log.info("terminals_started", port=port)
        await stop.wait()
        await listener.close()
    finally:
        await database.close()


def run(settings: Settings) -> None:
    """The process: SIGTERM and SIGINT end it cleanly."""
    run_until_told(settings, listen)
