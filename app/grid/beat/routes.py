"""HTTP of beats."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from app.core.db import Read, Write
from app.core.once import KeyReused, StillRunning, base_version
from app.core.pages import InvalidCursor, Page, decode, page_of
from app.core.problems import (
    Conflict,
    InvalidRequest,
    NotFound,
    Unprocessable,
    VersionMissing,
    VersionStale,
    problems,
)
from app.grid.beat import service
from app.grid.beat.schemas import BeatFilters, BeatIn, BeatOut, BeatPatch
from app.identity.access import OnceKey, needs
from app.identity.service import Forbidden, NotSignedIn
from app.identity.workflow import Actor, Right

router = APIRouter(prefix="/v1/beats", tags=["ground"])
BasedOn = Annotated[int, Depends(base_version)]
Reader = Annotated[Actor, needs(Right.GROUND_READ)]
Administrator = Annotated[Actor, needs(Right.GROUND_WRITE)]
REFUSED = (NotSignedIn, Forbidden, InvalidRequest)
ONCE = (KeyReused, StillRunning)


@router.get("", responses=problems(*REFUSED, InvalidCursor))
async def list_beats(caller: Reader, filters: Annotated[BeatFilters, Query()], session: Read) -> Page[BeatOut]:
    """Beats of the centres the caller reaches, in the order they were made."""
    after = decode("beats", filters.cursor, UUID)
    found = await service.beats(session, caller, filters, after[0] if after else None)
    return page_of("beats", found, filters.limit, "id")


@router.get("/{beat_id}", responses=problems(*REFUSED, NotFound))
async def show_beat(beat_id: UUID, caller: Reader, session: Read, response: Response) -> BeatOut:
    """One beat."""
    found = await service.beat(session, caller, beat_id)
    response.headers["ETag"] = f'"{found.version}"'
    return found


@router.post("", status_code=201, response_model=BeatOut, responses=problems(*REFUSED, Conflict, Unprocessable, *ONCE))
async def make_beat(body: BeatIn, caller: Administrator, session: Write, once: OnceKey) -> Response:
    """Make a beat of cells in force for a centre."""
    return await once.reply(session, await service.make_beat(session, caller, body), 201)


@router.patch("/{beat_id}", responses=problems(*REFUSED, NotFound, Unprocessable, VersionStale, VersionMissing))
async def change_beat(  # what FastAPI hands in
    beat_id: UUID, body: BeatPatch, caller: Administrator, session: Write, based_on: BasedOn, response: Response
) -> BeatOut:
    """Change a beat; cells given replace all it has."""
    changed = await service.change_beat(session, caller, beat_id, body, based_on)
    response.headers["ETag"] = f'"{changed.version}"'
    return changed
