"""HTTP of patrols as dispatchers see them, and of signing off, which needs to know that no work is left."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response
from pydantic import TypeAdapter

from app.core.db import Read, Write
from app.core.once import KeyReused, StillRunning
from app.core.pages import Cursor, InvalidCursor, Limit, Page, decode, page_of
from app.core.problems import NotFound, VersionMissing, VersionStale, problems
from app.dispatch.crews import service
from app.dispatch.crews.schemas import PatrolFilter, PatrolOut
from app.dispatch.crews.service import StillAssigned
from app.identity.access import OnceKey
from app.identity.schemas import Code
from app.roster.routes import REFUSED, BasedOn, Reader
from app.roster.schemas import Reference, ShiftOut, SignOffIn
from app.roster.signing.service import NotOnDuty

router = APIRouter(prefix="/v1", tags=["duty"])
SIGNS = (*REFUSED, NotFound, NotOnDuty, StillAssigned, VersionMissing, VersionStale, KeyReused, StillRunning)
code = TypeAdapter[str](Code).validate_python


@router.get("/patrols", responses=problems(*REFUSED, InvalidCursor))
async def list_patrols(
    session: Read,
    caller: Reader,
    wanted: Annotated[PatrolFilter, Depends()],
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[PatrolOut]:
    """Patrols by their code: members by department, beat, latest position and its age, availability, assignments."""
    after = decode("patrols", cursor, code)
    rows = await service.patrols(session, caller, wanted, after[0] if after else None, limit)
    return page_of("patrols", rows, limit, "code")


@router.get("/patrols/{patrol}", responses=problems(*REFUSED, NotFound))
async def show_patrol(patrol: Reference, response: Response, session: Read, caller: Reader) -> PatrolOut:
    """One patrol, by id or code."""
    found = await service.patrol(session, caller, patrol)
    response.headers["ETag"] = f'"{found.version}"'
    return found


@router.post("/shifts/{shift_id}/sign-off", response_model=ShiftOut, responses=problems(*SIGNS))
async def sign_off(
    shift_id: UUID, caller: Reader, session: Write, once: OnceKey, based_on: BasedOn, body: SignOffIn | None = None
) -> Response:
    """End a shift: its crew, or who runs the duty of its centre, when no assignment is left. Its position goes."""
    return await once.reply(session, await service.sign_off(session, caller, shift_id, based_on, body or SignOffIn()))
