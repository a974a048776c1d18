"""What happens around every request: an id, a body limit, one log line. Plain ASGI: streams are not buffered."""

import time
from collections.abc import Mapping
from http import HTTPStatus

import structlog
from fastapi import FastAPI, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core import faults
from app.core.direct import Handler
from app.core.ids import uuid7
from app.core.problems import TooLarge

log = structlog.get_logger()
QUIET = frozenset({"/livez", "/readyz"})


async def bounded(request: Request, max_bytes: int) -> bytes:
    """The body of a request to a path that takes less than others do.

    Raises:
        TooLarge: it is more; the rest is not read.
    """
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > max_bytes:
            raise TooLarge(max_bytes=max_bytes)
    return bytes(body)


class Around:
    """Around the framework. Of the direct routes, whose requests come by the thousand, only what fails is logged."""

    def __init__(self, app: ASGIApp, max_body_bytes: int, direct: Mapping[tuple[str, str], Handler]) -> None:
        self.app = app
        self.max_body_bytes = max_body_bytes
        self.direct = direct

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        scope["request_id"] = str(uuid7())
        handler = self.direct.get((scope["method"], scope["path"]))
        started, answered, size = time.perf_counter(), 0, 0

        async def counted() -> Message:
            nonlocal size
            message = await receive()
            size += len(message.get("body", b""))
            if size > self.max_body_bytes:
                raise TooLarge(max_bytes=self.max_body_bytes)
            return message

        async def noted(message: Message) -> None:
            nonlocal answered
            if message["type"] == "http.response.start":
                answered = message["status"]
                message["headers"] = [*message["headers"], *_headers(scope)]
            await send(message)

        try:
            if handler is None:
                await self.app(scope, counted, noted)
            else:
                await _answer(handler, Request(scope, counted), noted)
        finally:
            if scope["path"] not in QUIET and (handler is None or answered != HTTPStatus.OK):
                took_ms = round((time.perf_counter() - started) * 1000, 1)
                log.info(
                    "request",
                    method=scope["method"],
                    path=scope["path"],
                    status=answered,
                    took_ms=took_ms,
                    id=scope["request_id"],
                )


class Application(FastAPI):
    """The framework's application inside of `Around`: what goes directly passes none of its layers."""

    around: Around

    def surround(self, max_body_bytes: int, direct: Mapping[tuple[str, str], Handler]) -> None:
        """Put `Around` around it; nothing is served before."""
        self.around = Around(super().__call__, max_body_bytes, direct)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        scope["app"] = self
        await self.around(scope, receive, send)


async def _answer(handler: Handler, request: Request, send: Send) -> None:
    try:
        response = await handler(request)
    except Exception as error:  # noqa: BLE001  # as the framework does, with the same answers
        response = await faults.answer(request, error)
    await response(request.scope, request.receive, send)


def _headers(scope: Scope) -> list[tuple[bytes, bytes]]:
    return [
        (b"x-request-id", scope["request_id"].encode()),
        (b"x-content-type-options", b"nosniff"),
        (b"referrer-policy", b"no-referrer"),
    ]
