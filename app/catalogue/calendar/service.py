"""The use cases of work calendars: taken in, changed, and read for the arithmetic of limits."""

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

import orjson

from app.catalogue.calendar import queries
from app.catalogue.calendar.schemas import (
    CalendarDetail,
    CalendarIn,
    CalendarOut,
    CalendarPatch,
    DayIn,
    DaysIn,
    working_calendar,
)
from app.catalogue.models import Calendar, CalendarDay
from app.catalogue.queries import centres_of
from app.catalogue.service import jurisdiction, require_catalogue
from app.catalogue.workflow import WorkCalendar
from app.core import outbox
from app.core.db import Session
from app.core.ids import uuid7
from app.core.once import require_version
from app.core.problems import NotFound, Unprocessable
from app.identity.workflow import Actor

_HOURS = [["08:00", "12:00"], ["14:00", "18:00"]]
OFFICE_HOURS = WorkCalendar.of({"time_zone": "Asia/Shanghai", "weekly": {str(day): _HOURS for day in range(1, 6)}})
"""Where no centre up to the root has a calendar."""

_known: dict[str, tuple[int, WorkCalendar]] = {}


def calendar_of(row: Mapping[str, Any] | str | bytes | None) -> WorkCalendar:
    """The calendar of what `calendar_json` gave, made once a version; office hours where it gave NULL."""
    if row is None:
        return OFFICE_HOURS
    facts: Mapping[str, Any] = orjson.loads(row) if isinstance(row, str | bytes) else row
    known = _known.get(facts["id"])
    if known is None or known[0] != facts["version"]:
        known = _known[facts["id"]] = facts["version"], WorkCalendar.of(facts)
    return known[1]


async def calendar_of_centre(session: Session, centre_id: UUID) -> WorkCalendar:
    """The calendar a centre works by: its own, else that of the nearest centre above, else office hours."""
    return calendar_of(await queries.of_centre(session, centre_id))


async def editions(session: Session, wanted: Collection[tuple[UUID, int]]) -> dict[tuple[UUID, int], WorkCalendar]:
    """Calendars as they were at a version; one that is not known any more is left out."""
    return {key: WorkCalendar.of(content) for key, content in (await queries.editions(session, wanted)).items()}


async def import_calendar(session: Session, by: Actor, body: CalendarIn) -> CalendarDetail:
    """Take a calendar in with its days."""
    area_id = None if body.area is None else await jurisdiction(session, body.area)
    await require_catalogue(session, by, area_id)
    facts = body.model_dump(mode="json", exclude={"id", "area", "days"})
    calendar = Calendar(id=body.id or uuid7(), area_id=area_id, **facts)
    session.add(calendar)
    await session.flush()
    session.add_all(_rows(calendar, body.days))
    return await _changed(session, by, calendar, "calendar.imported")


async def change_calendar(session: Session, by: Actor, code: str, body: CalendarPatch, based_on: int) -> CalendarDetail:
    """Change a calendar's names, zone or week. Clocks that run keep the instants they were given."""
    calendar = await _held(session, by, code, based_on)
    for name, value in body.model_dump(mode="json", exclude_none=True).items():
        setattr(calendar, name, value)
    calendar.version += 1
    return await _changed(session, by, calendar, "calendar.changed")


async def replace_days(session: Session, by: Actor, code: str, body: DaysIn, based_on: int) -> CalendarDetail:
    """Put these days in the place of those of a year, or of all."""
    calendar = await _held(session, by, code, based_on)
    await queries.drop_days(session, calendar.id, body.year)
    session.add_all(_rows(calendar, body.days))
    calendar.version += 1
    return await _changed(session, by, calendar, "calendar.changed")


async def show_calendar(session: Session, caller: Actor, code: str, year: int | None = None) -> CalendarDetail:
    """A calendar with the days of a year, or all."""
    row = await queries.calendar(session, caller, code)
    if row is None:
        raise NotFound
    days = [DayIn.model_validate(day) for day in await queries.days(session, row.id, year)]
    return CalendarDetail(**CalendarOut.model_validate(row).model_dump(), days=days)


def _rows(calendar: Calendar, days: list[DayIn]) -> list[CalendarDay]:
    return [CalendarDay(calendar_id=calendar.id, **day.model_dump()) for day in days]


async def _held(session: Session, by: Actor, code: str, based_on: int) -> Calendar:
    calendar = await queries.calendar_held(session, by, code)
    if calendar is None:
        raise NotFound
    await require_catalogue(session, by, calendar.area_id)
    require_version(based_on, calendar.version)
    await queries.keep_past(session, calendar.id)
    return calendar


async def _changed(session: Session, by: Actor, calendar: Calendar, topic: str) -> CalendarDetail:
    await session.flush()
    shown = await show_calendar(session, by, calendar.code)
    try:
        working_calendar(shown.time_zone, shown.weekly, shown.days)
    except ValueError as error:
        raise Unprocessable(str(error)) from None
    scope = list(await centres_of(session, calendar.area_id))
    outbox.record(session, topic, calendar.id, scope, code=calendar.code, version=calendar.version)
    return shown
