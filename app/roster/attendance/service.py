"""The use cases of roll calls: who is there is derived; what a leader sees is put on record."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from app.core import outbox
from app.core.db import Session
from app.core.ids import uuid7
from app.core.problems import Conflict, Unprocessable
from app.identity.queries import now as instant
from app.identity.service import Forbidden
from app.identity.workflow import Actor
from app.roster import queries as roster
from app.roster.attendance import queries
from app.roster.attendance.models import RollCallMark
from app.roster.attendance.schemas import Called, MarksIn, RollCall, ShiftCalled, Totals
from app.roster.models import CrewMember, Shift
from app.roster.schemas import Named
from app.roster.service import decides_for, hold
from app.roster.workflow import SIGN_ON_EARLY, late_min, presence


class NotOnNow(Conflict):
    """A crew is called while its shift is on: from an hour before the start until it signs off."""


async def roll_call(session: Session, caller: Actor, centre: str | None, at: datetime | None) -> RollCall:
    """Who is there, late and missing at an instant (now, if none is given), as it was known then."""
    moment = at or await instant(session)
    rows = await queries.due(session, caller, centre, moment)
    crews, totals = await _crews(session, [row[0] for row in rows], moment)
    return RollCall(at=moment, shifts=[_shift(row, crews[row[0].id], moment) for row in rows], totals=totals)


async def mark(session: Session, by: Actor, shift_id: UUID, body: MarksIn) -> ShiftCalled:
    """Put on record who of a crew is there.

    Raises:
        Forbidden: the caller neither leads the crew nor runs the duty.
        NotOnNow: the shift is not on.
        Unprocessable: somebody does not sit on it.
    """
    shift = await hold(session, by, shift_id)
    if not await decides_for(session, by, shift):
        raise Forbidden("The crew's leader, or who runs the duty, calls the roll.")
    now = await instant(session)
    is_draft = await roster.is_draft(session, shift.roster_id)
    if is_draft or shift.signed_off_at is not None or now + SIGN_ON_EARLY < shift.starts_at:
        raise NotOnNow
    seats = {officer.number: officer.id for _, officer, _ in await roster.crews(session, [shift_id])}
    if unknown := sorted({one.officer for one in body.marks} - {*seats}):
        raise Unprocessable(f"Not of this crew: {', '.join(unknown)}.", unknown=unknown)
    for one in body.marks:
        seen = {"is_present": one.present, "note": one.note, "account_id": by.account_id}
        session.add(RollCallMark(id=uuid7(), shift_id=shift_id, officer_id=seats[one.officer], **seen))
    facts = {"centre_id": str(shift.centre_id), "patrol_id": str(shift.patrol_id)}
    absent = [one.officer for one in body.marks if not one.present]
    outbox.record(session, "shift.called", shift_id, [shift.centre_id], absent=absent, **facts)
    await session.flush()
    row = (await roster.shifts_by_id(session, [shift_id]))[0]
    return _shift(row, (await _crews(session, [shift], now))[0][shift_id], now)


Crews = dict[UUID, list[Called]]


async def _crews(session: Session, shifts: Sequence[Shift], at: datetime) -> tuple[Crews, list[Totals]]:
    """The crews of some shifts, and how many of each department are where."""
    by_id = {shift.id: shift for shift in shifts}
    crews: Crews = {shift_id: [] for shift_id in by_id}
    totals: dict[UUID, Totals] = {}
    for row in await queries.called(session, [*by_id], at):
        seat, _, department, *_ = row
        one = _called(row, by_id[seat.shift_id], at)
        crews[seat.shift_id].append(one)
        of = totals.setdefault(department.id, Totals(department=Named.model_validate(department), officers={}))
        of.officers[one.presence] = of.officers.get(one.presence, 0) + 1
    return crews, sorted(totals.values(), key=lambda of: of.department.code)


def _called(row: Any, shift: Shift, at: datetime) -> Called:
    seat, officer, department, is_present, called_at, note = row
    starts_at = max(shift.starts_at, seat.since)
    came_at = _came(seat, shift, is_present, called_at)
    return Called(
        officer_id=officer.id,
        number=officer.number,
        display_name=officer.display_name,
        is_leader=seat.is_leader,
        department=department.code,
        presence=presence((starts_at, shift.ends_at), came_at, shift.signed_off_at, at),
        late_min=late_min(starts_at, came_at, at),
        called_at=called_at,
        note=note,
    )


def _came(seat: CrewMember, shift: Shift, is_present: bool | None, called_at: datetime | None) -> datetime | None:  # noqa: FBT001  # a column that may be null
    """When somebody came: with the crew, when they joined it, or when they were first seen.

    Who was called and was not there has not come.
    """
    if is_present is False:
        return None
    on = shift.signed_on_at
    with_crew = None if on is None else max(on, seat.since) if seat.since > shift.starts_at else on
    came = [instant for instant in (with_crew, called_at if is_present else None) if instant is not None]
    return min(came, default=None)


def _shift(row: roster.ShiftRow, crew: list[Called], at: datetime) -> ShiftCalled:
    shift, patrol, centre, beat, _ = row
    on = shift.signed_on_at if shift.signed_on_at and shift.signed_on_at <= at else None
    off = shift.signed_off_at if shift.signed_off_at and shift.signed_off_at <= at else None
    over_min = int((at - shift.ends_at) / timedelta(minutes=1)) if on and not off else 0
    return ShiftCalled(
        id=shift.id,
        patrol=Named.model_validate(patrol),
        centre=Named.model_validate(centre),
        beat=Named.model_validate(beat) if beat else None,
        starts_at=shift.starts_at,
        ends_at=shift.ends_at,
        signed_on_at=on,
        signed_off_at=off,
        presence=presence((shift.starts_at, shift.ends_at), on, off, at),
        late_min=late_min(shift.starts_at, on, at),
        overdue_min=max(0, over_min),
        crew=crew,
    )
