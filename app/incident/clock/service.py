"""Explaining why each clock of an incident is due when it is due."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from app.catalogue.calendar.service import OFFICE_HOURS, calendar_of_centre, editions
from app.catalogue.workflow import NoWorkingTime, WorkCalendar
from app.core.db import Session
from app.identity.workflow import Actor
from app.incident.clock import queries
from app.incident.clock.schemas import (
    CalendarUsed,
    ClockEntryOut,
    ClockOut,
    ClocksOut,
    LimitOut,
    PauseOut,
    StretchOut,
)
from app.incident.clock.workflow import ClockEvent, Explanation, explained
from app.incident.models import RunningClock
from app.incident.queries import now
from app.incident.service import seen

CLOCK = (
    "id", "summons_id", "kind", "state", "is_current", "round", "level", "amount", "unit", "started_at", "due_at",
    "paused_at", "ended_at", "is_exempt", "card",
)  # fmt: skip
SECOND = timedelta(seconds=1)


async def clocks(session: Session, caller: Actor, incident_id: UUID) -> ClocksOut:
    """Every clock of an incident with the time that counts for it."""
    incident = await seen(session, caller, incident_id)
    today = await calendar_of_centre(session, incident.commanding_centre_id)
    at: datetime = await now(session)
    rows = await queries.clocks(session, incident_id)
    entries = await queries.entries(session, incident_id)
    named = [clock.basis or {} for clock in rows] + [entry.ClockEntry.details for entry in entries]
    known = await editions(session, {key for told in named if (key := _calendar_key(told))})

    def calendar_of(told: Mapping[str, Any]) -> WorkCalendar:
        key = _calendar_key(told)
        if key is None:
            return OFFICE_HOURS if "calendar" in told else today
        return known.get(key, today)

    items = []
    for clock in rows:
        mine = [entry for entry in entries if entry.ClockEntry.clock_id == clock.id]
        items.append(_shown_clock(clock, mine, _explained(clock, mine, calendar_of, at), at))
    return ClocksOut(now=at, time_zone=today.zone.key, items=items)


def _calendar_key(told: Mapping[str, Any]) -> tuple[UUID, int] | None:
    return (UUID(told["calendar"]), told["calendar_version"]) if told.get("calendar") else None


def _explained(
    clock: RunningClock, entries: list[Any], calendar_of: Callable[[Mapping[str, Any]], WorkCalendar], at: datetime
) -> Explanation:
    try:
        return explained(clock, [entry.ClockEntry for entry in entries], calendar_of, at)
    except NoWorkingTime:  # the calendar that counted is gone, and the one of today never works
        return Explanation([], [], 0, 0, 0, clock.due_at, None, clock.started_at)


def _shown_clock(clock: RunningClock, entries: list[Any], found: Explanation, at: datetime) -> ClockOut:
    basis = clock.basis or {}
    key = _calendar_key(basis)
    limit = LimitOut(
        amount=basis.get("amount", clock.limit_amount or clock.amount),
        unit=basis.get("unit", clock.unit),
        source=basis.get("source"),
        code=basis.get("code"),
        override=basis.get("override", {}),
    )
    return ClockOut(
        **{name: getattr(clock, name) for name in CLOCK},
        limit=limit,
        calendar=key and CalendarUsed(id=key[0], version=key[1]),
        yellow_at=found.yellow_at,
        overdue=clock.due_at < (clock.ended_at or clock.paused_at or at),
        left=found.left,
        left_s=found.left_s,
        counted_s=sum(stretch.seconds for stretch in found.stretches),
        recounted=found.recounted,
        added_s=(clock.due_at - found.plain_due_at).total_seconds(),
        is_exact=abs(clock.due_at - found.reckoned_due_at) < SECOND,
        stretches=[StretchOut(**stretch._asdict()) for stretch in found.stretches],
        pauses=[PauseOut(**pause._asdict()) for pause in found.pauses],
        history=_told(clock, entries, found),
    )


def _told(clock: RunningClock, entries: list[Any], found: Explanation) -> list[ClockEntryOut]:
    """The clock's history: its start, its entries, its end."""
    bare = dict.fromkeys(("seq", "by", "amount", "asked", "request_id"))
    lines = [ClockEntryOut(what="started", at=clock.started_at, due_at=found.plain_due_at, **bare)]
    for entry, by in entries:
        said = entry.details
        lines.append(
            ClockEntryOut(
                what=entry.what,
                at=entry.at,
                due_at=entry.due_at,
                seq=entry.seq,
                by=by,
                amount=said.get("amount", said.get("left")),
                asked=said.get("asked"),
                request_id=said.get("request"),
            )
        )
    if clock.ended_at is not None:
        lines.append(ClockEntryOut(what=ClockEvent(clock.state), at=clock.ended_at, due_at=clock.due_at, **bare))
    return lines
