"""HTTP of the live view: one long answer of server-sent events."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated

import structlog
from fastapi import APIRouter, Header, Query, Request
from starlette.responses import StreamingResponse
from starlette.types import Message, Receive, Scope, Send

from app.core.problems import Unavailable, Unprocessable, problems
from app.identity.access import doorman, needs
from app.identity.schemas import Code
from app.identity.service import Forbidden, NotSignedIn
from app.identity.workflow import Actor, Right
from app.stream import service
from app.stream.feed import Feed
from app.stream.schemas import EXAMPLE, StreamEvent

log = structlog.get_logger()
router = APIRouter(prefix="/v1", tags=["live"])
SEND_TIMEOUT_S = 5.0
TOPICS = r"^[a-z_]{1,40}(\.[a-z_]{1,40})?(,[a-z_]{1,40}(\.[a-z_]{1,40})?){0,19}$"


class EventStream(StreamingResponse):
    """Server-sent events; a reader that takes nothing for five seconds is left."""

    media_type = "text/event-stream"

    def __init__(self, blocks: AsyncGenerator[bytes, None]) -> None:
        super().__init__(blocks, headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        self._blocks = blocks

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send until the source ends, the reader goes, or it is stuck."""

        async def in_time(message: Message) -> None:
            async with asyncio.timeout(SEND_TIMEOUT_S):
                await send(message)

        try:
            async with aclosing(self._blocks):
                await super().__call__(scope, receive, in_time)
        except TimeoutError:
            log.info("stream cut", reason="stuck reader")


def feed(request: Request) -> Feed:
    """The process's feed."""
    found: Feed = request.app.state.feed
    return found


@router.get(
    "/stream",
    status_code=200,
    response_class=EventStream,
    responses={
        200: {
            "model": StreamEvent,
            "description": "Server-sent events as they happen; the `data` of each is a StreamEvent.",
            "content": {"text/event-stream": {"schema": {"type": "object"}, "example": EXAMPLE}},
        },
        **problems(NotSignedIn, Forbidden, Unprocessable, Unavailable),
    },
)
async def stream(
    request: Request,
    caller: Annotated[Actor, needs(Right.STREAM_READ)],
    topics: Annotated[
        str | None,
        Query(
            pattern=TOPICS, description="Only these topics, or those below them.", examples=["incident,shift.signed_on"]
        ),
    ] = None,
    area: Annotated[Code | None, Query(description="An area's code: only what lies in it.")] = None,
    last_event_id: Annotated[str | None, Header(description="The `id` of the last event that came.")] = None,
    resume: Annotated[
        str | None, Query(alias="last_event_id", description="The same, for clients that cannot set the header.")
    ] = None,
) -> EventStream:
    """What happens in the caller's centres and departments, and to incidents of their own, as it happens.

    `event` is the topic, `data` a StreamEvent, `id` the place in the feed. Sent again as `Last-Event-ID`, the stream
    goes on from there without loss or repeat; the event `reset` says that it cannot (`too_old`, `unknown`) and goes on
    from now. Comments every 15 s keep the connection and the id fresh. It ends within 5 s of the right to it.
    """
    source = feed(request)
    begin = await service.start(source, tuple(topics.split(",")) if topics else (), area, last_event_id or resume)
    token, key = credentials(request)
    blocks = service.follow(source, begin, caller, lambda: doorman(request).caller(token, key))
    return EventStream(blocks)


def credentials(request: Request) -> tuple[str | None, str | None]:
    """What the caller showed at the door, to be shown again."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None, request.headers.get("x-api-key")
