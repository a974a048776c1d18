"""A small S3 for tests: an HTTP server that holds objects in memory and speaks what of the protocol the store uses."""

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qs, unquote

import uvicorn

BUCKET = "evidence"
WHEN = "2026-11-23T02:00:00.000Z"
LISTED = f"<Contents><Key>{{}}</Key><LastModified>{WHEN}</LastModified><ETag>x</ETag><Size>{{}}</Size></Contents>"


class SmallS3:
    """One bucket. `signed` says by which key each request was signed; while `is_down`, everything fails."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.signed: set[str] = set()
        self.is_down = False

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        self.signed |= set(re.findall(r"Credential=([^/]+)/", headers.get("authorization", "")))
        status, answer = self._answer(scope, headers, body)
        size = len(self.objects.get(self._key(scope), b"")) if scope["method"] == "HEAD" else len(answer)
        told = {
            "content-length": str(size),
            "etag": f'"{hashlib.sha256(answer).hexdigest()}"',
            "last-modified": "Mon, 23 Nov 2026 02:00:00 GMT",
        }
        raw = [(name.encode(), value.encode()) for name, value in told.items()]
        await send({"type": "http.response.start", "status": status, "headers": raw})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else answer})

    @staticmethod
    def _key(scope: Any) -> str:
        return str(unquote(scope["path"]).removeprefix(f"/{BUCKET}").lstrip("/"))

    def _answer(self, scope: Any, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        if self.is_down:
            return 500, b""
        if not scope["path"].startswith(f"/{BUCKET}"):
            return 404, b"<Error><Code>NoSuchBucket</Code></Error>"
        key, asked = self._key(scope), parse_qs(scope["query_string"].decode(), keep_blank_values=True)
        if "list-type" in asked:
            return 200, self._listed(asked.get("prefix", [""])[0])
        if scope["method"] == "POST":
            return 200, self._deleted(body)
        return self._of_object(scope["method"], key, headers, body)

    def _of_object(self, method: str, key: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        if method == "PUT" and headers.get("if-none-match") == "*" and key in self.objects:
            return 412, b"<Error><Code>PreconditionFailed</Code></Error>"
        if method == "PUT":
            self.objects[key] = body
            return 200, b""
        if method == "DELETE":
            self.objects.pop(key, None)
            return 204, b""
        return (200, self.objects[key]) if key in self.objects else (404, b"<Error><Code>NoSuchKey</Code></Error>")

    def _listed(self, prefix: str) -> bytes:
        found = [name for name in sorted(self.objects) if name.startswith(prefix)]
        listed = "".join(LISTED.format(name, len(self.objects[name])) for name in found)
        return f"<ListBucketResult><IsTruncated>false</IsTruncated>{listed}</ListBucketResult>".encode()

    def _deleted(self, body: bytes) -> bytes:
        gone = [unquote(name) for name in re.findall("<Key>([^<]+)</Key>", body.decode())]
        told = [f"<Deleted><Key>{name}</Key></Deleted>" for name in gone if self.objects.pop(name, b"") is not None]
        return f"<DeleteResult>{''.join(told)}</DeleteResult>".encode()


@asynccontextmanager
async def serving_bucket(port: int) -> AsyncIterator[SmallS3]:
    """The small S3, answering on a port."""
    bucket = SmallS3()
    server = uvicorn.Server(uvicorn.Config(bucket, port=port, log_level="error", lifespan="off"))
    running = asyncio.create_task(server.serve())
    try:
        async with asyncio.timeout(20):
            while not server.started:  # noqa: ASYNC110  # it has no event of its own
                await asyncio.sleep(0.01)
        yield bucket
    finally:
        server.should_exit = True
        await running
