"""Which rosters the demo's centres have: one published from yesterday to a week ahead, and a draft to try things."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from app.core.db import Session
from app.core.once import ANY_VERSION
from app.identity.queries import now as instant
from app.identity.workflow import Actor
from app.roster.period import service as periods
from app.roster.period.schemas import RosterFilter, RosterIn, RosterOut
from app.roster.schemas import ShiftOut
from app.roster.seat.service import seat_all
from app.roster.workflow import RosterStatus
from seed.load import files

WEEK = timedelta(days=7)
DAY = timedelta(days=1)
DRAFTS = "320111004000"
"""This centre has a draft for the days after: leaders are seated, all other seats are open."""
ENOUGH = 1000


async def plan(session: Session, by: Actor, centre: str) -> int:
    """Publish a centre's roster when its last one ends today or before; says how many shifts it has.

    A draft for these days, with everybody seated, is it.
    """
    today = await _today(session)
    own = [
        one
        for one in await periods.rosters(session, by, RosterFilter(centre), None, ENOUGH)
        if one.centre.code == centre
    ]
    ends_on = max((one.ends_on for one in own if one.status is RosterStatus.PUBLISHED), default=date.min)
    if ends_on > today:
        return 0
    first = max(ends_on + DAY, today - DAY)
    waiting = [one for one in own if one.status is RosterStatus.DRAFT and one.starts_on <= first <= one.ends_on]
    roster = waiting[0] if waiting else await _drafted(session, by, centre, first)
    await _seat(session, by, roster, leaders_only=False)
    shown = await periods.publish(session, by, roster.id, ANY_VERSION)
    if centre == DRAFTS:
        await _seat(session, by, await _drafted(session, by, centre, shown.ends_on + DAY), leaders_only=True)
    return shown.shifts


async def _today(session: Session) -> date:
    now: datetime = await instant(session)
    return now.astimezone(ZoneInfo(files.calendar().time_zone)).date()


async def _drafted(session: Session, by: Actor, centre: str, first: date) -> RosterOut:
    last = first + WEEK
    title = f"{first:%m月%d日}至{last:%m月%d日}"
    body = {"centre": centre, "title": title, "starts_on": first, "ends_on": last}
    return await periods.make(session, by, RosterIn.model_validate(body))


async def _seat(session: Session, by: Actor, roster: RosterOut, *, leaders_only: bool) -> None:
    """Put each crew of the district on the shifts of its patrol, or its leader only."""
    held = await periods.draft_held(session, by, roster.id, ANY_VERSION)
    shifts = await periods.shifts(session, by, roster.id, None, ENOUGH)
    await seat_all(session, by, held, _seats(shifts, leaders_only=leaders_only))


def _seats(shifts: list[ShiftOut], *, leaders_only: bool) -> Iterator[tuple[UUID, str, bool]]:
    crews = {crew["code"]: crew for crew in files.records("crews")}
    for shift in shifts:
        crew = crews[shift.patrol.code]
        for number in crew["members"]:
            if not leaders_only or number == crew["leader"]:
                yield shift.id, number, number == crew["leader"]
