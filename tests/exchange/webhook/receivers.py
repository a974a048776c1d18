"""Receivers as they are met: good ones that remember, and bad ones that hang, drip, flood, send elsewhere or flap."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import orjson

Writer = asyncio.StreamWriter


@dataclass
class Got:
    """One request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes
    at: float

    @property
    def id(self) -> str:
        """Which message it is."""
        return self.headers["webhook-id"]

    @property
    def event(self) -> dict[str, Any]:
        """What it says."""
        found: dict[str, Any] = orjson.loads(self.body)
        return found


Behaviour = Callable[["Receiver", Got, Writer], Awaitable[None]]


@dataclass
class Receiver:
    """A server that answers each request as it is made to."""

    behaviour: Behaviour
    got: list[Got] = field(default_factory=list)
    port: int = 0

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}/hook"

    def distinct(self) -> list[dict[str, Any]]:
        """What came, each message once, in the order in which it first came."""
        return list({one.id: one.event for one in self.got}.values())

    async def serve(self, reader: asyncio.StreamReader, writer: Writer) -> None:
        """Answer one connection."""
        try:
            while True:
                await self._answer(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # it has gone
        finally:
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: Writer) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:])}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        one = Got(head[0].split()[1], headers, body, time.time())
        self.got.append(one)
        await self.behaviour(self, one, writer)
        await writer.drain()


def status(code: int, more: str = "", body: bytes = b"") -> bytes:
    """A whole answer."""
    return f"HTTP/1.1 {code} x\r\ncontent-length: {len(body)}\r\n{more}\r\n".encode() + body


def answers(code: int, more: str = "", body: bytes = b"") -> Behaviour:
    """Always the same answer."""

    async def answer(_: Receiver, __: Got, writer: Writer) -> None:
        writer.write(status(code, more, body))

    return answer


async def hang(_: Receiver, __: Got, ___: Writer) -> None:
    """Nothing, ever."""
    await asyncio.sleep(3600)


async def drip(_: Receiver, __: Got, writer: Writer) -> None:
    """A byte of the head a second."""
    for byte in status(200):
        writer.write(bytes([byte]))
        await writer.drain()
        await asyncio.sleep(1)


async def flood(_: Receiver, __: Got, writer: Writer) -> None:
    """A gigabyte of body."""
    writer.write(b"HTTP/1.1 200 x\r\ncontent-encoding: gzip\r\ncontent-length: 1073741824\r\n\r\n")
    for _number in range(16 * 1024):
        writer.write(b"\0" * 65536)
        await writer.drain()


async def nonsense(_: Receiver, __: Got, writer: Writer) -> None:
    """No HTTP at all."""
    writer.write(b"\x00\xff 418 I am a teapot\r\n" * 1000 + b"\r\n\r\n")


async def slam(_: Receiver, __: Got, writer: Writer) -> None:
    """The door, shut."""
    writer.transport.abort()


def flaps(good: Callable[[int], bool]) -> Behaviour:
    """Good or bad by the number of the request."""

    async def flap(receiver: Receiver, _: Got, writer: Writer) -> None:
        writer.write(status(204 if good(len(receiver.got)) else 500))

    return flap


@asynccontextmanager
async def receiving(behaviour: Behaviour) -> AsyncIterator[Receiver]:
    """A receiver that listens."""
    receiver = Receiver(behaviour)
    handlers: set[asyncio.Task[None]] = set()

    async def handle(reader: asyncio.StreamReader, writer: Writer) -> None:
        task = asyncio.current_task()
        assert task
        handlers.add(task)
        with suppress(asyncio.CancelledError):
            await receiver.serve(reader, writer)

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        server.close()
        for task in handlers:
            task.cancel()
        await asyncio.gather(*handlers, return_exceptions=True)
        await server.wait_closed()
