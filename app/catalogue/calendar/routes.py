"""HTTP of work calendars."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from app.agency.routes import ADDED, CHANGED, LISTED, ONE, BasedOn, tagged
from app.catalogue.calendar import queries, service
from app.catalogue.calendar.schemas import CalendarDetail, CalendarIn, CalendarOut, CalendarPatch, DaysIn, Year
from app.catalogue.routes import Reader, Writer
from app.core.db import Read, Write
from app.core.pages import Cursor, Limit, Page, decode, page_of
from app.identity.access import OnceKey
from app.identity.schemas import Code

router = APIRouter(prefix="/v1", tags=["catalogue"])
OfYear = Annotated[Year | None, Query(description="Days of this year; without it, of all.")]


@router.get("/calendars", responses=LISTED)
async def list_calendars(caller: Reader, session: Read, limit: Limit = 100, cursor: Cursor = None) -> Page[CalendarOut]:
    """Work calendars: those for all, and those of the caller's jurisdictions."""
    after = decode("calendars", cursor, UUID)
    rows = await queries.calendars(session, caller, after[0] if after else None, limit)
    return page_of("calendars", [CalendarOut.model_validate(row) for row in rows], limit, "id")


@router.get("/calendars/{code}", responses=ONE)
async def show_calendar(
    code: Code, caller: Reader, session: Read, response: Response, year: OfYear = None
) -> CalendarDetail:
    """One calendar with the days unlike their weekday: holidays and make-up working days."""
    return tagged(response, await service.show_calendar(session, caller, code, year))


@router.post("/calendars", status_code=201, response_model=CalendarDetail, responses=ADDED)
async def import_calendar(body: CalendarIn, caller: Writer, session: Write, once: OnceKey) -> Response:
    """Take a calendar in with its days."""
    return await once.reply(session, await service.import_calendar(session, caller, body), 201)


@router.patch("/calendars/{code}", responses=CHANGED)
async def change_calendar(
    code: Code, body: CalendarPatch, caller: Writer, session: Write, based_on: BasedOn, response: Response
) -> CalendarDetail:
    """Change a calendar's names, zone or week. Clocks that run keep the instants they were given."""
    return tagged(response, await service.change_calendar(session, caller, code, body, based_on))


@router.put("/calendars/{code}/days", responses=CHANGED)
async def replace_days(
    code: Code, body: DaysIn, caller: Writer, session: Write, based_on: BasedOn, response: Response
) -> CalendarDetail:
    """Put these days in the place of those of a year, or of all."""
    return tagged(response, await service.replace_days(session, caller, code, body, based_on))
