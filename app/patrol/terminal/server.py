"""Listens for vehicle terminals: how many, how long, how large; garbage costs nobody but its sender."""

import asyncio
from contextlib import suppress

import structlog

from app.core.db import Database
from app.patrol.ingest.access import Terms
from app.patrol.terminal.framing import FLAG, MOST_FRAME, BadFrameError, Frame, decode
from app.patrol.terminal.service import Talk

log = structlog.get_logger()
MOST_CONNECTIONS = 2000
STRANGER_S = 30.0
"""How long a terminal may be connected before it has said who it is."""
IDLE_S = 600.0
"""How long it may be silent after that; terminals send a heartbeat every few minutes at most."""
MOST_BAD_FRAMES = 20
SEND_S, CLOSE_S = 10.0, 10.0


class Listener:
    """The open port and the terminals connected to it."""

    def __init__(self, database: Database, most_connections: int = MOST_CONNECTIONS) -> None:
        self.database = database
        self.most_connections = most_connections
        self.terms = Terms(database.settings.track_keep_days)
        self._talks: dict[asyncio.Task[None], asyncio.StreamReader] = {}
        self._server: asyncio.Server | None = None

    async def open(self, host: str, port: int) -> int:
        """Listen; says at which port, for the port 0."""
        self._server = await asyncio.start_server(self._connected, host, port, limit=MOST_FRAME)
        opened: int = self._server.sockets[0].getsockname()[1]
        return opened

    async def close(self) -> None:
        """Take no more, answer what is being stored, and hang up."""
        if self._server is not None:
            self._server.close()
        for reader in self._talks.values():
            reader.feed_eof()
        if self._talks:
            await asyncio.wait(set(self._talks), timeout=CLOSE_S)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101  # the server runs each connection in one
        self._talks[task] = reader
        try:
            if len(self._talks) <= self.most_connections:
                await self._serve(reader, writer)
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as ended:
            log.debug("terminal_gone", error=type(ended).__name__)
        except Exception as error:
            log.exception("terminal_failed", error=type(error).__name__)
        finally:
            self._talks.pop(task)
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talk, bad = Talk(self.database, self.terms), 0
        clock = asyncio.get_running_loop().time
        introduced_by = clock() + STRANGER_S
        while bad < MOST_BAD_FRAMES:
            async with asyncio.timeout_at(introduced_by if talk.number is None else clock() + IDLE_S):
                frame = await next_frame(reader)
            if frame is None:
                bad += 1
                continue
            answer = await talk.answer(frame)
            if answer is not None:
                writer.write(answer)
                async with asyncio.timeout(SEND_S):
                    await writer.drain()


async def next_frame(reader: asyncio.StreamReader) -> Frame | None:
    """The next frame, or nothing where there are bytes that are none.

    Raises:
        asyncio.IncompleteReadError: the connection has ended.
        asyncio.LimitOverrunError: more bytes than a frame has came without an end.
    """
    between = b""
    while not between:  # one flag may end a frame and begin the next, or each has its own
        between = (await reader.readuntil(bytes([FLAG])))[:-1]
    try:
        return decode(between)
    except BadFrameError:
        return None
