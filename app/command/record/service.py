"""Looking at incidents: one, a page of them, its history; and the work calendar that its limits are counted by."""

import time
from uuid import UUID

from app.catalogue.calendar.service import OFFICE_HOURS, calendar_of
from app.catalogue.workflow import WorkCalendar
from app.command.record import queries
from app.command.record.linked import Record
from app.command.record.view import parsed
from app.core.db import Lane
from app.core.problems import NotFound
from app.identity.workflow import Actor
from app.incident.queries import sight

REMEMBER_S = 30.0
"""A changed calendar counts at most this much later: it changes a few times a year, and every move needs it."""
_known: dict[UUID, tuple[WorkCalendar, float]] = {}


async def calendar(lane: Lane, calendar_id: UUID | None) -> WorkCalendar:
    """The work calendar with this id."""
    if calendar_id is None:
        return OFFICE_HOURS
    known = _known.get(calendar_id)
    if known is not None and known[1] > time.monotonic():
        return known[0]
    row = await queries.CALENDAR.row(lane, calendar_id=calendar_id)
    found = calendar_of(None if row is None else row["calendar"])
    _known[calendar_id] = (found, time.monotonic() + REMEMBER_S)
    return found


async def get(lane: Lane, actor: Actor, incident_id: UUID) -> Record:
    """One incident this caller may see."""
    row = await queries.GET.row(lane, id=incident_id, **sight(actor))
    if row is None:
        raise NotFound
    return parsed(row)
