"""The use cases of seats: officers assigned and taken off by a planner, and signing up to open seats themselves."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from app.core.db import Session
from app.core.once import require_version
from app.core.pages import Page, encode
from app.core.problems import NotFound, Unprocessable
from app.identity.models import Organisation
from app.identity.service import Forbidden
from app.identity.workflow import Actor
from app.roster.amendment import queries as changing
from app.roster.amendment.schemas import Edit, Why
from app.roster.amendment.service import amend, held
from app.roster.check.facts import Planned, Sitter
from app.roster.check.queries import crews
from app.roster.check.service import planned, sitter
from app.roster.models import Roster, Shift
from app.roster.queries import officers_by_number
from app.roster.schemas import Named, Seat, ShiftOut
from app.roster.seat import queries
from app.roster.seat.schemas import OpenSeat, SeatIn, SignedUp
from app.roster.seat.workflow import may_fill, open_mix
from app.roster.service import must_run
from app.roster.workflow import AmendmentKind, Serving

NO_REASON = Why()
SIGNING_UP = Why("报名 signed up")


class NoOpenSeat(NotFound):
    """There is no such shift with a seat that you may fill."""


async def assign(session: Session, by: Actor, shift_id: UUID, body: SeatIn, based_on: int) -> ShiftOut:
    """Put an officer on a shift, or make who sits there lead it."""
    await held(session, by, shift_id, based_on)
    seat = Seat(officer=body.officer, is_leader=body.is_leader)
    return (await amend(session, by, [Edit(shift_id, AmendmentKind.SEATED, seat=(seat,))], body.why()))[0]


async def unassign(session: Session, by: Actor, shift_id: UUID, officer: str, based_on: int, why: Why) -> ShiftOut:
    """Take an officer, by number, off a shift."""
    await held(session, by, shift_id, based_on)
    edit = Edit(shift_id, AmendmentKind.UNSEATED, unseat=frozenset({officer}))
    return (await amend(session, by, [edit], why))[0]


async def seat_all(
    session: Session, by: Actor, roster: Roster, seats: Iterable[tuple[UUID, str, bool]], why: Why = NO_REASON
) -> list[ShiftOut]:
    """Put many officers on a roster's shifts, all or none: which shift, whose number, whether they lead.

    Raises:
        Forbidden: the caller does not run the duty of the roster's centre.
        Unprocessable: a shift is not the roster's, or an officer cannot be had.
        SeatTaken: an officer sits on another shift at that time.
    """
    must_run(by, roster.centre_id)
    by_shift = defaultdict[UUID, list[Seat]](list)
    for shift_id, officer, is_leader in seats:
        by_shift[shift_id].append(Seat(officer=officer, is_leader=is_leader))
    _, shifts = await changing.hold(session, list(by_shift))
    if strange := sorted(id for id in by_shift if id not in shifts or shifts[id].roster_id != roster.id):
        raise Unprocessable("A shift is not one of the roster's.", shifts=strange)
    edits = [Edit(shift_id, AmendmentKind.SEATED, seat=tuple(crew)) for shift_id, crew in by_shift.items()]
    return await amend(session, by, edits, why) if edits else []


async def open_seats(session: Session, caller: Actor, after: list[Any] | None, limit: int) -> Page[OpenSeat]:
    """The shifts ahead with a seat the caller may fill, by their start. A page may hold fewer than asked for."""
    officer = await _officer(session, caller)
    serving = await _serving(session, officer)
    place = (after[0], after[1]) if after else None
    rows = await queries.open_shifts(session, officer, serving.places, place, limit)
    shown = await _fillable(session, officer, serving, rows[:limit])
    last = rows[limit - 1][0] if len(rows) > limit else None
    return Page(items=shown, next=encode("open-seats", last.starts_at, last.id) if last else None)


async def sign_up(session: Session, by: Actor, shift_id: UUID, based_on: int) -> SignedUp:
    """Take an open seat.

    Raises:
        NoOpenSeat: the shift is not there, or has no seat for the caller.
        RulesUnmet: the caller's rest or week would break a hard rule.
    """
    officer = await _officer(session, by)
    _, shifts = await changing.hold(session, [shift_id])
    serving = await _serving(session, officer)
    found = await queries.open_shifts(session, officer, serving.places, None, 1, shift_id)
    if not await _fillable(session, officer, serving, found):
        raise NoOpenSeat
    require_version(based_on, shifts[shift_id].version)
    edit = Edit(shift_id, AmendmentKind.SIGNED_UP, seat=(Seat(officer=officer.number),))
    return _signed_up(officer, (await amend(session, by, [edit], SIGNING_UP))[0], is_seated=True)


async def leave(session: Session, by: Actor, shift_id: UUID, based_on: int) -> SignedUp:
    """Leave a seat again while the roster is a draft."""
    officer = await _officer(session, by)
    _, shifts = await changing.hold(session, [shift_id])
    if not await queries.signed_up(session, shift_id, officer.id):
        raise NoOpenSeat
    require_version(based_on, shifts[shift_id].version)
    edit = Edit(shift_id, AmendmentKind.UNSEATED, unseat=frozenset({officer.number}))
    return _signed_up(officer, (await amend(session, by, [edit], SIGNING_UP))[0], is_seated=False)


async def _officer(session: Session, caller: Actor) -> Any:
    found = await queries.officer_of(session, caller.account_id)
    if found is None:
        raise Forbidden("Your account is not an active officer's.")
    return found


async def _serving(session: Session, officer: Any) -> Serving:
    return (await officers_by_number(session, [officer.number]))[officer.number][1]


async def _fillable(session: Session, officer: Any, serving: Serving, rows: Iterable[Any]) -> list[OpenSeat]:
    """Those of some shifts with a seat that the officer may fill, and is there to fill."""
    found = [row for row in rows if _is_there(serving, row[0], row[2])]
    aboard = defaultdict[UUID, list[Sitter]](list)
    for row in await crews(session, [shift.id for shift, *_ in found]):
        aboard[row.shift_id].append(sitter(row))
    own = Sitter(officer.number, tuple(officer.departments), frozenset(officer.skills))
    plans = [(row, planned(row[0], row[1].code, aboard[row[0].id])) for row in found]
    return [_shown(row, plan) for row, plan in plans if may_fill(plan, own)]


def _is_there(serving: Serving, shift: Shift, centre: Organisation) -> bool:
    at_hand = serving.serves(frozenset(centre.lineage), shift.starts_at)
    return at_hand and not serving.is_away(shift.starts_at, shift.ends_at)


def _shown(row: Any, plan: Planned) -> OpenSeat:
    shift, patrol, centre, beat = row
    return OpenSeat(
        id=shift.id,
        version=shift.version,
        roster_id=shift.roster_id,
        patrol=Named.model_validate(patrol),
        centre=Named.model_validate(centre),
        beat=Named.model_validate(beat) if beat else None,
        starts_at=shift.starts_at,
        ends_at=shift.ends_at,
        is_standby=plan.wanted.is_standby,
        open=open_mix(plan),
        skills_missing=plan.skills_missing,
    )


def _signed_up(officer: Any, shift: ShiftOut, *, is_seated: bool) -> SignedUp:
    return SignedUp(
        shift_id=shift.id,
        version=shift.version,
        officer=officer.number,
        is_seated=is_seated,
        starts_at=shift.starts_at,
        ends_at=shift.ends_at,
    )
