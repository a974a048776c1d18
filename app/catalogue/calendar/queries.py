"""Every statement about work calendars."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, delete, extract, insert, literal, or_, select, true, tuple_
from sqlalchemy.dialects.postgresql import UUID as PgUUID
from sqlalchemy.orm import aliased

from app.agency.queries import code_of, page
from app.agency.workflow import acts_as_system
from app.catalogue.models import Calendar, CalendarDay, PastCalendar
from app.catalogue.queries import calendar_json, calendar_of_centre, jurisdictions
from app.core.db import Session
from app.grid.models import Area
from app.identity.workflow import Actor


def _seen(caller: Actor) -> ColumnElement[bool]:
    """Calendars for all, and those of the caller's jurisdictions."""
    if acts_as_system(caller):
        return true()
    return or_(Calendar.area_id.is_(None), Calendar.area_id.in_(jurisdictions(caller)))


def _calendars() -> Select[Any]:
    columns: tuple[Any, ...] = tuple(Calendar.__table__.columns)
    return select(*columns, code_of(Area, Calendar.area_id).label("area"))


async def calendars(session: Session, caller: Actor, after: UUID | None, limit: int) -> Sequence[Any]:
    """Calendars the caller sees, one more than asked for."""
    return await page(session, _calendars().where(_seen(caller)), Calendar.id, after, limit)


async def calendar(session: Session, caller: Actor, code: str) -> Any:
    """The calendar with this code as it is shown, if the caller sees it."""
    return (await session.execute(_calendars().where(Calendar.code == code, _seen(caller)))).one_or_none()


async def calendar_held(session: Session, caller: Actor, code: str) -> Calendar | None:
    """The calendar with this code, if the caller sees it, held until commit."""
    return await session.scalar(select(Calendar).where(Calendar.code == code, _seen(caller)).with_for_update())


async def days(session: Session, calendar_id: UUID, year: int | None = None) -> Sequence[CalendarDay]:
    """The days of a calendar unlike their weekday, of a year or all."""
    statement = select(CalendarDay).where(CalendarDay.calendar_id == calendar_id).order_by(CalendarDay.on)
    if year is not None:
        statement = statement.where(extract("year", CalendarDay.on) == year)
    return (await session.scalars(statement)).all()


async def keep_past(session: Session, calendar_id: UUID) -> None:
    """Keep a calendar as it is, before it changes."""
    c = aliased(Calendar)
    kept = select(c.id, c.version, calendar_json(c.id).label("content")).where(c.id == calendar_id)
    await session.execute(insert(PastCalendar).from_select(["calendar_id", "version", "content"], kept))


async def editions(session: Session, wanted: Collection[tuple[UUID, int]]) -> dict[tuple[UUID, int], dict[str, Any]]:
    """Calendars by id and version, of today or from before they changed, as plain JSON."""
    c, past = aliased(Calendar), PastCalendar
    today = select(c.id, c.version, calendar_json(c.id)).where(tuple_(c.id, c.version).in_(wanted))
    before = select(past.calendar_id, past.version, past.content)
    rows = await session.execute(before.where(tuple_(past.calendar_id, past.version).in_(wanted)))
    found = {(calendar_id, version): content for calendar_id, version, content in rows}
    for calendar_id, version, content in await session.execute(today):
        found[calendar_id, version] = content
    return found


async def drop_days(session: Session, calendar_id: UUID, year: int | None) -> None:
    """Forget the days of a calendar, of a year or all."""
    statement = delete(CalendarDay).where(CalendarDay.calendar_id == calendar_id)
    if year is not None:
        statement = statement.where(extract("year", CalendarDay.on) == year)
    await session.execute(statement)


async def of_centre(session: Session, centre_id: UUID) -> dict[str, Any] | None:
    """The calendar a centre works by, as plain JSON."""
    found: dict[str, Any] | None = await session.scalar(
        select(calendar_json(calendar_of_centre(literal(centre_id, PgUUID(as_uuid=True)))))
    )
    return found
