"""How the server runs, and that head and body of an answer leave in one piece: by itself it sends each as it comes."""

import asyncio
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MOST_HELD = 65_536
"""Bytes that are not held back: a long body leaves as it comes, so that a slow reader is waited for."""


class OnePiece:
    """A connection on which all that is written in a turn of the event loop leaves together, at the turn's end."""

    def __init__(self, connection: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._connection, self._loop = connection, loop
        self._held: list[bytes] = []
        self._size = 0

    def __getattr__(self, name: str) -> Any:
        """All else is the connection's."""
        return getattr(self._connection, name)

    def write(self, data: bytes) -> None:
        """Send this with what else is written in this turn."""
        if not self._held:
            self._loop.call_soon(self._leave)
        self._held.append(data)
        self._size += len(data)
        if self._size > MOST_HELD:
            self._leave()

    def close(self) -> None:
        """Close it after what has been written."""
        self._leave()
        self._connection.close()

    def _leave(self) -> None:
        if self._held:
            data = b"".join(self._held)
            self._held.clear()
            self._size = 0
            if not self._connection.is_closing():
                self._connection.write(data)


class Protocol(HttpToolsProtocol):
    """HTTP as the server speaks it, on connections whose answers leave in one piece."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as the server has it
        """Begin."""
        super().connection_made(OnePiece(transport, self.loop))  # type: ignore[arg-type]  # it has all of a transport


def serve(app: str, host: str, port: int, processes: int) -> None:
    """Answer requests until told to stop; `app` is the import path of what makes the application."""
    uvicorn.run(
        app,
        factory=True,
        http=Protocol,
        workers=processes,
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=20,
    )
