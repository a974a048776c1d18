"""How this service asks others: one request to an address that was judged, without what a hostile answer could use.

The name is resolved when a connection is made, every address judged, and the connection made to one of those very
addresses; name, certificate and Host stay those of the URL. No proxy, no cookie, no redirect, and of an answer no more
than its status.
"""

import asyncio
import ipaddress
import socket
import ssl
import time
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from enum import StrEnum
from functools import cached_property
from typing import Any, NamedTuple

import httpcore
import httpx

from app.core.egress import Address, Allowed, Refused, Target

CONNECT_S, RESOLVE_S = 5.0, 5.0
MOST_ADDRESSES = 3
DRAIN_BYTES, DRAIN_S = 16 * 1024, 1.0
"""An answer so short and quick is read, and thrown away, to keep the connection; of any other the connection is cut."""
KEPT_CONNECTIONS, KEPT_S = 8, 15.0
RESOLVERS = ThreadPoolExecutor(64, "resolve")

Resolve = Callable[[str, int], Awaitable[list[Address]]]


class Failure(StrEnum):
    """What kept a request from a good answer. `address`: it may not go there; `status`: it was answered otherwise."""

    ADDRESS = "address"
    NAME = "name"
    CONNECT = "connect"
    TLS = "tls"
    TIMEOUT = "timeout"
    PROTOCOL = "protocol"
    STATUS = "status"


class Unresolved(OSError):
    """The name leads nowhere now."""


class Answer(NamedTuple):
    """All that is kept of an answer."""

    status: int | None
    failure: Failure | None
    took_ms: int


async def resolve(host: str, port: int) -> list[Address]:
    """The addresses of a host as the system knows them.

    Raises:
        Unresolved: there are none, or nobody says in time.
    """
    asked = asyncio.get_running_loop().run_in_executor(RESOLVERS, _looked_up, host, port)
    try:
        async with asyncio.timeout(RESOLVE_S):
            return await asked
    except (OSError, UnicodeError) as error:
        raise Unresolved(type(error).__name__) from None


def _looked_up(host: str, port: int) -> list[Address]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [ipaddress.ip_address(address[0]) for *_, address in found]


async def judged(target: Target, resolve: Resolve) -> list[Address]:
    """The addresses of a target, if a request may go to all of them.

    Raises:
        Refused: it may not.
        Unresolved: there are none.
    """
    try:
        literal = [ipaddress.ip_address(target.host)]
    except ValueError:
        return target.judge(await resolve(target.host, target.port))
    return target.judge(literal)


class Pinned(httpcore.AsyncNetworkBackend):
    """Connects to addresses that were judged, and to nothing else."""

    def __init__(self, target: Target, resolve: Resolve) -> None:
        self._target = target
        self._resolve = resolve
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  # the interface
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """A connection to the first judged address that takes one."""
        if (host, port) != (self._target.host, self._target.port):
            raise Refused("is not the host that was judged")
        failed: Exception = Unresolved()
        for address in (await judged(self._target, self._resolve))[:MOST_ADDRESSES]:
            try:
                return await self._inner.connect_tcp(str(address), port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed = error
        raise failed

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await self._inner.sleep(seconds)


class Transport(httpx.AsyncHTTPTransport):
    """httpx's transport over connections of ours, which it has no way to be told of."""

    def __init__(self, tls: ssl.SSLContext, backend: Pinned) -> None:
        self._pool = httpcore.AsyncConnectionPool(
            tls,
            max_connections=None,
            max_keepalive_connections=KEPT_CONNECTIONS,
            keepalive_expiry=KEPT_S,
            network_backend=backend,
        )


class Outgoing:
    """What this process sends out; connections of each host by themselves."""

    def __init__(self, allowed: Allowed, timeout_s: float, resolve: Resolve = resolve) -> None:
        self.allowed = allowed
        self._timeout_s = timeout_s
        self._resolve = resolve
        self._hosts: dict[tuple[str, str, int], httpx.AsyncHTTPTransport] = {}

    async def post(self, url: str, headers: dict[str, str], body: bytes) -> Answer:
        """Send one request; says how it ended, whatever happens."""
        begun = time.monotonic()
        status, failure = None, None
        try:
            async with asyncio.timeout(self._timeout_s):
                status = await self._sent(url, headers, body)
        except Exception as error:  # noqa: BLE001  # whatever a hostile receiver brings about is its failure
            failure = _kind(error)
        else:
            failure = None if 200 <= status < 300 else Failure.STATUS  # noqa: PLR2004  # what HTTP calls success
        return Answer(status, failure, round((time.monotonic() - begun) * 1000))

    async def close(self) -> None:
        """Give every connection back."""
        while self._hosts:
            await self._hosts.popitem()[1].aclose()

    async def _sent(self, url: str, headers: dict[str, str], body: bytes) -> int:
        target = Target.of(url, self.allowed)
        limits = {"connect": CONNECT_S, "read": self._timeout_s, "write": self._timeout_s, "pool": self._timeout_s}
        request = httpx.Request("POST", url, headers=headers, content=body, extensions={"timeout": limits})
        if request.url.host != target.host:
            raise Refused("is read in two ways")
        answer = await self._transport(target).handle_async_request(request)
        try:
            with suppress(Exception):  # the status is known: what becomes of the rest is the receiver's affair
                async with asyncio.timeout(DRAIN_S):
                    await _drain(answer)
        finally:
            await answer.aclose()
        return answer.status_code

    def _transport(self, target: Target) -> httpx.AsyncHTTPTransport:
        key = (target.scheme, target.host, target.port)
        if key not in self._hosts:
            self._hosts[key] = Transport(self._tls, Pinned(target, self._resolve))
        return self._hosts[key]

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        """Whom we believe: the usual authorities, or those of `SSL_CERT_FILE`, for a network with its own."""
        return httpx.create_ssl_context()


async def _drain(answer: httpx.Response) -> None:
    size = 0
    assert isinstance(answer.stream, httpx.AsyncByteStream)  # noqa: S101  # an asynchronous transport
    async for part in answer.stream:
        size += len(part)
        if size > DRAIN_BYTES:
            return


def _kind(error: Exception) -> Failure:
    if isinstance(error, Refused):
        return Failure.ADDRESS
    if isinstance(error, Unresolved):
        return Failure.NAME
    if isinstance(error, TimeoutError | httpx.TimeoutException):
        return Failure.TIMEOUT
    if isinstance(error, httpx.ConnectError):
        return Failure.TLS if _is_tls(error) else Failure.CONNECT
    return Failure.PROTOCOL if isinstance(error, httpx.ProtocolError) else Failure.CONNECT


def _is_tls(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return True
        error = error.__cause__ or error.__context__
    return False
