"""A request as the fuzzer sends it: straight to the application, with bytes that a proper client would not send."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote, urlencode

from fastapi import FastAPI
from starlette.types import Message

PATIENCE_S = 20


@dataclass(frozen=True)
class Request:
    """One request."""

    method: str
    path: str
    query: Sequence[tuple[str, str]] = ()
    headers: Sequence[tuple[str, bytes]] = ()
    body: bytes = b""

    def __str__(self) -> str:
        shown = [(name, value) for name, value in self.headers if name != "authorization"]
        return f"{self.method.upper()} {self.path!r} query={self.query!r} headers={shown!r} body={self.body[:2000]!r}"


@dataclass(frozen=True)
class Answer:
    """One answer; `error` is what went wrong inside, where something did, `tag` is its ETag."""

    status: int
    media_type: str
    body: bytes
    error: str
    tag: str = ""

    def json(self) -> Any:
        """The body, decoded."""
        return json.loads(self.body)


async def ask(api: FastAPI, request: Request) -> Answer:
    """Send a request. An answer that never ends is left after its beginning; one that says its length is heard out."""
    begun, error = asyncio.Event(), ""
    sent: list[Message] = []
    given: list[Message] = [{"type": "http.request", "body": request.body, "more_body": False}]

    async def receive() -> Message:
        if given:
            return given.pop()
        await begun.wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)
        says_length = b"content-length" in dict(message.get("headers", ()))
        if not says_length and not message.get("more_body"):
            begun.set()

    try:
        async with asyncio.timeout(PATIENCE_S):
            await api(_scope(request), receive, send)
    except Exception as raised:  # noqa: BLE001  # whatever it is, it is what the test is about
        error = repr(raised)
    head: Message = next(
        (message for message in sent if message["type"] == "http.response.start"), {"status": 0, "headers": []}
    )
    headers = dict(head["headers"])
    kind = headers.get(b"content-type", b"").decode().partition(";")[0]
    body = b"".join(message.get("body", b"") for message in sent)
    return Answer(head["status"], kind, body, error, headers.get(b"etag", b"").decode())


def _scope(request: Request) -> dict[str, Any]:
    raw = quote(request.path, safe="/", errors="surrogatepass")
    query = urlencode(request.query, errors="surrogatepass").encode()
    headers = [(name.encode(), value) for name, value in request.headers]
    length = [(b"content-length", str(len(request.body)).encode())] if request.body else []
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": request.method.upper(),
        "scheme": "http",
        "path": unquote(raw, errors="replace"),
        "raw_path": raw.encode(),
        "query_string": query,
        "root_path": "",
        "headers": [(b"host", b"test"), *headers, *length],
        "client": ("127.0.0.1", 1),
        "server": ("test", 80),
        "state": {},
    }
