"""What happens around every request: an id, a body limit, one log line. Plain ASGI: streams are not buffered."""

import time
from http import HTTPStatus

import structlog
from fastapi import FastAPI, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core import faults
from app.core.direct import Direct
from app.core.ids import uuid7
from app.core.problems import TooLarge
from app.core.signpost import KEY, Signposts

log = structlog.get_logger()
QUIET = frozenset({"/livez", "/readyz"})
SLOW_S = 1


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
    """Around the framework. Of the direct routes, whose requests come by the hundred, it logs what fails or is slow."""

    def __init__(self, app: ASGIApp, max_body_bytes: int, signposts: Signposts) -> None:
        self.app = app
        self.max_body_bytes = max_body_bytes
        self.signposts = signposts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        scope["request_id"] = str(uuid7())
        direct = self._found(scope)
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
            if direct is None:
                await self.app(scope, counted, noted)
            else:
                await _answer(direct, Request(scope, counted), noted)
        finally:
            took_s = time.perf_counter() - started
            if scope["path"] not in QUIET and (direct is None or answered >= HTTPStatus.BAD_REQUEST or took_s > SLOW_S):
                log.info(
                    "request",
                    method=scope["method"],
                    path=scope["path"],
                    status=answered,
                    took_ms=round(took_s * 1000, 1),
                    id=scope["request_id"],
                )

    def _found(self, scope: Scope) -> Direct | None:
        """The route of a request if it is a direct one; to any other the framework leads."""
        scope[KEY] = found = self.signposts.find(scope)
        if found is None or not isinstance(found[0], Direct):
            return None
        scope.update(found[1])
        return found[0]


class Application(FastAPI):
    """The framework's application inside of `Around`: what goes directly passes none of its layers."""

    around: Around

    def surround(self, max_body_bytes: int) -> None:
        """Put `Around` around it, when it has all its routes; nothing is served before."""
        signposts = Signposts(self.routes)
        self.router.routes.insert(0, signposts)
        self.around = Around(super().__call__, max_body_bytes, signposts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        scope["app"] = self
        await self.around(scope, receive, send)


async def _answer(direct: Direct, request: Request, send: Send) -> None:
    try:
        response = await direct.reply(request)
    except Exception as error:  # noqa: BLE001  # as the framework does, with the same answers
        response = await faults.answer(request, error)
    await response(request.scope, request.receive, send)


def _headers(scope: Scope) -> list[tuple[bytes, bytes]]:
    return [
        (b"x-request-id", scope["request_id"].encode()),
        (b"x-content-type-options", b"nosniff"),
        (b"referrer-policy", b"no-referrer"),
    ]
