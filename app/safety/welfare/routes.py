"""HTTP of welfare checks."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response

from app.core.db import Read, Write
from app.core.once import KeyReused, StillRunning
from app.core.pages import DEFAULT_LIMIT, Cursor, InvalidCursor, Limit, Page, decode, page_of
from app.core.problems import Conflict, NotFound, Unprocessable, VersionMissing, VersionStale, problems
from app.identity.access import OnceKey, needs
from app.identity.workflow import Actor, Right
from app.roster.routes import REFUSED, BasedOn, Reader
from app.safety.welfare import service
from app.safety.welfare.schemas import (
    AnswerIn,
    WelfareDetail,
    WelfareFilter,
    WelfareIn,
    WelfareOut,
    WelfareTransitionIn,
)
from app.safety.welfare.service import AnsweredTooLate, WelfareMoveIllegal

router = APIRouter(prefix="/v1/welfare-checks", tags=["safety"])
Acting = Annotated[Actor, needs(Right.SAFETY_ACT)]
SETS = (*REFUSED, Conflict, Unprocessable, KeyReused, StillRunning)
MOVES = (*REFUSED, NotFound, WelfareMoveIllegal, VersionMissing, VersionStale, KeyReused, StillRunning)


@router.post("", status_code=201, response_model=WelfareOut, responses=problems(*SETS))
async def set_check(caller: Acting, session: Write, once: OnceKey, body: WelfareIn) -> Response:
    """Set a timer for a patrol on duty, or for one officer of its crew: by the crew, or who runs the duty."""
    return await once.reply(session, await service.set_check(session, caller, body), 201)


@router.get("", responses=problems(*REFUSED, InvalidCursor))
async def list_checks(
    session: Read,
    caller: Reader,
    wanted: Annotated[WelfareFilter, Depends()],
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[WelfareOut]:
    """Welfare checks, the newest first."""
    after = decode("welfare", cursor, UUID)
    rows = await service.page(session, caller, wanted, after[0] if after else None, limit)
    return page_of("welfare", rows, limit, "id")


@router.get("/{check_id}", responses=problems(*REFUSED, NotFound))
async def show_check(check_id: UUID, response: Response, session: Read, caller: Reader) -> WelfareDetail:
    """One welfare check with every step of it."""
    found = await service.check(session, caller, check_id)
    response.headers["ETag"] = f'"{found.version}"'
    return found


@router.post("/{check_id}/answer", responses=problems(*REFUSED, NotFound, AnsweredTooLate, WelfareMoveIllegal))
async def answer(check_id: UUID, caller: Acting, session: Write, body: AnswerIn) -> WelfareOut:
    """Say `ok`, or `help`, which raises an SOS.

    Sent twice it says the same: it needs neither key nor version, and neither keeps anybody from calling for help.
    """
    return await service.answer(session, caller, check_id, body)


@router.post("/{check_id}/transitions", response_model=WelfareOut, responses=problems(*MOVES))
async def advance(  # one parameter each of what a request carries
    check_id: UUID, caller: Acting, session: Write, once: OnceKey, body: WelfareTransitionIn, based_on: BasedOn
) -> Response:
    """Pause, resume or cancel: by who runs the duty of its centre."""
    return await once.reply(session, await service.advance(session, caller, check_id, body, based_on))
