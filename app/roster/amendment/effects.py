"""How a change of shifts is carried out: who leaves first, then times and beats, then who comes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID

from app.core.db import Session
from app.core.problems import Conflict, Unprocessable
from app.identity.workflow import Actor
from app.roster import queries as duty
from app.roster.amendment import queries
from app.roster.amendment.schemas import Edit
from app.roster.models import Shift
from app.roster.schemas import MAX_CREW, Seat
from app.roster.seating import Known
from app.roster.service import announce
from app.roster.workflow import AmendmentKind, period_holds


class SeatTaken(Conflict):
    """The officer sits on another shift then: `officer`, `starts_at`, `ends_at`, and `shift_id` if you may see it."""

    members: ClassVar[dict[str, Any]] = {
        "officer": "0012",
        "starts_at": "2026-11-23T00:00:00Z",
        "ends_at": "2026-11-23T08:00:00Z",
        "shift_id": "01a2080d-0000-7000-8000-000000000001",
    }


@dataclass(frozen=True, slots=True)
class _Crew:
    """Who sits on a shift before and after a change: numbers with whether they lead."""

    shift: Shift
    before: Mapping[str, bool]
    after: Mapping[str, bool]
    is_retimed: bool

    @property
    def moved(self) -> list[str]:
        """Those for whom the shift must be free of others: who comes, and all when its time changes."""
        return [number for number in self.after if self.is_retimed or number not in self.before]

    @property
    def leader(self) -> str | None:
        """Who leads."""
        return next((number for number, leads in self.after.items() if leads), None)

    @property
    def led_by_another(self) -> bool:
        """Whether the lead changes among those who stay."""
        return any(leads != self.after.get(number, leads) for number, leads in self.before.items())


async def carry_out(session: Session, by: Actor, shifts: Mapping[UUID, Shift], edits: Sequence[Edit]) -> None:
    """Change these shifts, held until commit.

    Raises:
        SeatTaken.
        Unprocessable: a beat or officer cannot be had, or the crew of a shift without a roster would not be whole.
    """
    gone = [edit.shift_id for edit in edits if edit.kind is AmendmentKind.CANCELLED]
    left = [edit for edit in edits if edit.kind is not AmendmentKind.CANCELLED]
    aboard: dict[UUID, dict[str, bool]] = {shift_id: {} for shift_id in shifts}
    for shift_id, number, leads in await queries.members(session, list(shifts)):
        aboard[shift_id][number] = leads
    known = await _known(session, by, shifts, left, aboard)
    crews = [_changed(shifts[edit.shift_id], edit, aboard[edit.shift_id], known) for edit in left]
    await announce(session, "shift.cancelled", gone)
    await queries.cancel(session, gone)
    await session.flush()
    await _reseat(session, by, known, crews)


async def _known(
    session: Session,
    by: Actor,
    shifts: Mapping[UUID, Shift],
    edits: Sequence[Edit],
    aboard: Mapping[UUID, dict[str, bool]],
) -> Known:
    centres = {shift.centre_id for shift in shifts.values()}
    beats = {edit.patch.beat for edit in edits if edit.patch.beat}
    numbers = {seat.officer for edit in edits for seat in (*edit.seat, *(edit.patch.crew or ()))}
    numbers.update(number for crew in aboard.values() for number in crew)
    return Known(
        by,
        {},
        await duty.beats_by_code(session, centres, beats),
        await duty.officers_by_number(session, numbers, is_held=True),
        await duty.lineages(session, centres),
    )


def _changed(shift: Shift, edit: Edit, crew: Mapping[str, bool], known: Known) -> _Crew:
    """Set a shift's beat and time; says who is to sit on it."""
    patch = edit.patch
    starts_at, ends_at = patch.starts_at or shift.starts_at, patch.ends_at or shift.ends_at
    is_retimed = (starts_at, ends_at) != (shift.starts_at, shift.ends_at)
    if not period_holds(starts_at, ends_at):
        raise Unprocessable("A shift ends after it starts and lasts at most 24 hours.")
    if "beat" in patch.model_fields_set:
        shift.beat_id = known.beat_id(0, shift.centre_id, patch.beat)
    shift.starts_at, shift.ends_at = starts_at, ends_at
    shift.version += 1
    after = _seated(edit, crew)
    if shift.roster_id is None and (not after or sum(after.values()) != 1):
        raise Unprocessable("A crew has exactly one leader.")
    if shift.roster_id is None:
        known.check_led(0, after)
    return _Crew(shift, crew, after, is_retimed)


def _seated(edit: Edit, crew: Mapping[str, bool]) -> dict[str, bool]:
    """Who sits on a shift after an edit."""
    if edit.patch.crew:
        return {seat.officer: seat.is_leader for seat in edit.patch.crew}
    if absent := sorted(edit.unseat - crew.keys()):
        raise Unprocessable(f"Officer {absent[0]} does not sit on this shift.")
    after = {number: leads for number, leads in crew.items() if number not in edit.unseat}
    for seat in edit.seat:
        if seat.is_leader:
            after = dict.fromkeys(after, False)
        after[seat.officer] = seat.is_leader
    if len(after) > MAX_CREW:
        raise Unprocessable(f"A crew has at most {MAX_CREW} people.")
    return after


async def _reseat(session: Session, by: Actor, known: Known, crews: Sequence[_Crew]) -> None:
    await queries.unseat(session, [(one.shift.id, number) for one in crews for number in one.before.keys() - one.after])
    moved = [
        (known.officers[number][0].id, one.shift) for one in crews for number in one.moved if number in known.officers
    ]
    if moved and (taken := await queries.clash(session, by, moved)):
        facts = {"officer": taken.number, "starts_at": taken.starts_at, "ends_at": taken.ends_at, "shift_id": taken.id}
        raise SeatTaken(f"Officer {taken.number} sits on another shift at that time.", **facts)
    for one in crews:
        if one.is_retimed:
            known.check_free(one.shift, one.after.keys() & one.before.keys())
            await queries.retime(session, one.shift)
    if turned := {one.shift.id: one.leader for one in crews if one.led_by_another}:
        await queries.lead(session, turned)
    come = [
        (one.shift, [Seat(officer=n, is_leader=leads) for n, leads in one.after.items() if n not in one.before])
        for one in crews
    ]
    session.add_all(seat for at, (shift, seats) in enumerate(come) for seat in known.crew(at, shift, seats))
    await session.flush()
