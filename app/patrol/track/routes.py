"""HTTP of tracks and of who read them."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import AwareDatetime, Field, TypeAdapter

from app.core.db import Read, Write
from app.core.pages import DEFAULT_LIMIT, Cursor, InvalidCursor, Limit, Page, decode, page_of
from app.core.problems import InvalidRequest, NotFound, Unprocessable, problems
from app.patrol.track import service
from app.patrol.track.schemas import Track, TrackAsked, TrackReadingOut
from app.roster.routes import REFUSED, Reader
from app.roster.schemas import Reference

router = APIRouter(prefix="/v1", tags=["duty"])
instant = TypeAdapter[datetime](AwareDatetime).validate_python
device = TypeAdapter[str](Annotated[str, Field(max_length=100, pattern=r"^[^\x00]*$")]).validate_python
place = TypeAdapter[int](Annotated[int, Field(ge=0, lt=2**63)]).validate_python


READING = (*REFUSED, NotFound, InvalidRequest, Unprocessable, InvalidCursor)


@router.get("/patrols/{patrol}/track", responses=problems(*READING))
async def read_track(patrol: Reference, asked: TrackAsked, caller: Reader, session: Write, response: Response) -> Track:
    """Where a patrol, named by id or code, went on duty: for holders of `tracks:read`, and for the crew its own shift.

    The reading is put on record with its purpose; without one it is refused.
    """
    response.headers["Cache-Control"] = "no-store"
    return await service.read(session, caller, patrol, asked, decode("track", asked.cursor, instant, device))


@router.get("/track-readings", responses=problems(*REFUSED, InvalidCursor))
async def readings(
    caller: Reader, session: Read, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> Page[TrackReadingOut]:
    """Who read which patrol's track, when and what for: for auditors, and for the crew whose track it was."""
    before = decode("track-readings", cursor, place)
    rows = await service.readings(session, caller, before[0] if before else None, limit)
    return page_of("track-readings", rows, limit, "id")
