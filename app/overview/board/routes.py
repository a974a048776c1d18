"""HTTP of the board: a page of it, and one long answer that keeps it fresh."""

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Request, Response

from app.core.db import ReadLane
from app.core.once import answer
from app.core.pages import InvalidCursor
from app.core.problems import InvalidRequest, Unavailable, Unprocessable, problems
from app.core.query import described, query_as
from app.identity.access import bearer_and_key, doorman, needs
from app.identity.service import Forbidden, NotSignedIn
from app.identity.workflow import Actor, Right
from app.overview.board import service
from app.overview.board.live import LiveBoard
from app.overview.board.schemas import EXAMPLE, Area, BoardEvent, BoardPage, Kinds, Wanted
from app.stream.routes import EventStream

router = APIRouter(prefix="/v1/board", tags=["live"])
REFUSED = (NotSignedIn, Forbidden, Unprocessable)


def live(request: Request) -> LiveBoard:
    """The process's board."""
    found: LiveBoard = request.app.state.board
    return found


@router.get(
    "",
    response_model=BoardPage,
    responses=problems(*REFUSED, InvalidCursor, InvalidRequest),
    openapi_extra=described(Wanted),
)
async def board(
    caller: Annotated[Actor, needs(Right.INCIDENTS_READ, Right.DUTY_READ)],
    wanted: Annotated[Wanted, Depends(query_as(Wanted))],
    lane: ReadLane,
) -> Response:
    """All that is open in the caller's sight, by kind and id: incidents, patrols on duty, calls for help, voids.

    `place` is where the log was: what changed after it comes on the board's stream that begins there.
    """
    return answer(await service.page(lane, caller, wanted), 200, None)


@router.get(
    "/stream",
    status_code=200,
    response_class=EventStream,
    responses={
        200: {
            "model": BoardEvent,
            "description": "Server-sent events; the `data` of each `board` is a BoardEvent.",
            "content": {"text/event-stream": {"schema": {"type": "object"}, "example": EXAMPLE}},
        },
        **problems(*REFUSED, Unavailable),
    },
)
async def stream(
    request: Request,
    caller: Annotated[Actor, needs(*service.RIGHTS)],
    kinds: Kinds = None,
    area: Area = None,
    last_event_id: Annotated[str | None, Header(description="The `id` of the last event that came.")] = None,
    resume: Annotated[
        str | None, Query(alias="last_event_id", description="The same, or the `place` of a page.")
    ] = None,
) -> EventStream:
    """The caller's board: all of it, then every change, as whole items; where patrols are, every few seconds.

    With a `Last-Event-ID` only what changed since then comes, and `kept`: all that is still on the board. An event
    without `id` does not move the reader's place. It ends within 5 s of the right to it.
    """
    known = live(request)
    begin = await service.start(known, area, last_event_id or resume)
    token, key = bearer_and_key(request)
    return EventStream(service.follow(known, begin, caller, kinds, lambda: doorman(request).caller(token, key)))
