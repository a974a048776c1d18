"""The use case of changing a crew during its shift: seats are cut and begun at that instant, and it is on record."""

from datetime import datetime
from uuid import UUID

from app.core.db import Session
from app.core.ids import uuid7
from app.core.once import require_version
from app.core.problems import Conflict, Unprocessable
from app.identity.queries import now as instant
from app.identity.service import Forbidden
from app.identity.workflow import Actor
from app.roster import queries as roster
from app.roster.amendment.schemas import Why
from app.roster.amendment.service import record
from app.roster.crew import queries
from app.roster.crew.models import CrewChange
from app.roster.crew.schemas import CrewChangeIn, CrewChangeOut
from app.roster.models import CrewMember, Shift
from app.roster.schemas import MAX_CREW, Seat, ShiftOut
from app.roster.seating import Known
from app.roster.service import announce, decides_for, hold, seen, shown
from app.roster.workflow import AmendmentKind, CrewStep, led_by


class NotRunning(Conflict):
    """A crew changes while its shift runs; before that the shift is changed, after that nothing is."""


async def change(session: Session, by: Actor, shift_id: UUID, body: CrewChangeIn, based_on: int) -> ShiftOut:
    """Let officers join and leave a crew now, and hand the lead over.

    Raises:
        Forbidden: the caller neither leads the crew nor runs the duty.
        NotRunning: the shift has not begun, or is over.
        Unprocessable: somebody cannot be had, or nobody would lead.
        Conflict: an officer would sit on two shifts at the same time (the database's own constraint).
    """
    shift = await hold(session, by, shift_id)
    if not await decides_for(session, by, shift):
        raise Forbidden("The crew's leader, or who runs the duty, changes it.")
    require_version(based_on, shift.version)
    now = await instant(session)
    before = (await shown(session, [shift_id]))[0]
    _check_running(before, body, now)
    seats = await queries.seats(session, shift_id)
    leader = _check_crew(seats, body)
    joining = await _joining(session, by, shift, body.add)
    await _leave(session, seats, body.remove, leader, now)
    for seat in joining:
        session.add(seats.setdefault(seat[0], seat[1]))
        seats[seat[0]].sit(now, shift)
    took_lead = [] if seats[leader].is_leader else [leader]
    seats[leader].is_leader = True
    steps = {CrewStep.LEFT: body.remove, CrewStep.JOINED: body.add, CrewStep.TOOK_LEAD: took_lead}
    for step, number in ((step, number) for step, numbers in steps.items() for number in numbers):
        said = {"step": step.value, "reason": body.reason, "account_id": by.account_id}
        session.add(CrewChange(id=uuid7(), shift_id=shift.id, officer_id=seats[number].officer_id, **said))
    shift.version += 1
    await session.flush()
    after = (await announce(session, "shift.crew_changed", [shift.id]))[0]
    record(session, by, (before, after), AmendmentKind.CREW_CHANGED, Why(reason=body.reason))
    return after


def _check_running(shift: ShiftOut, body: CrewChangeIn, now: datetime) -> None:
    begun = shift.signed_on_at is not None or shift.starts_at <= now
    if shift.is_draft or not begun or shift.signed_off_at is not None or (body.add and now >= shift.ends_at):
        raise NotRunning


def _check_crew(seats: dict[str, CrewMember], body: CrewChangeIn) -> str:
    """Who leads the crew after the change."""
    crew = {number: seat.is_leader for number, seat in seats.items() if seat.left_at is None}
    if strangers := sorted({*body.remove} - {*crew}):
        raise Unprocessable(f"Not of this crew: {', '.join(strangers)}.", unknown=strangers)
    if aboard := sorted({*body.add} & {*crew}):
        raise Unprocessable(f"Of this crew already: {', '.join(aboard)}.", aboard=aboard)
    if len(crew) + len(body.add) - len(body.remove) > MAX_CREW:
        raise Unprocessable(f"A crew has at most {MAX_CREW} members.")
    leader = led_by(crew, body.add, body.remove, body.leader)
    if leader is None:
        raise Unprocessable("A crew has exactly one leader, who is of it: name who leads now.")
    return leader


async def _joining(session: Session, by: Actor, shift: Shift, numbers: list[str]) -> list[tuple[str, CrewMember]]:
    """The seats of who joins: active officers whom this centre may send."""
    officers = await roster.officers_by_number(session, numbers)
    known = Known(by, {}, {}, officers, await roster.lineages(session, [shift.centre_id]))
    return list(zip(numbers, known.crew(0, shift, [Seat(officer=number) for number in numbers]), strict=True))


async def _leave(
    session: Session, seats: dict[str, CrewMember], leaving: list[str], leader: str, now: datetime
) -> None:
    """Cut the seats of who leaves, and take the lead from whoever does not keep it, before anybody else has it."""
    for number in leaving:
        seats[number].leave(now)
    for number, seat in seats.items():
        seat.is_leader = seat.is_leader and number == leader
    await session.flush()


async def changes(session: Session, caller: Actor, shift_id: UUID) -> list[CrewChangeOut]:
    """What changed in a shift's crew, in its order."""
    await seen(session, caller, shift_id)
    return [CrewChangeOut.model_validate(row) for row in await queries.changes(session, shift_id)]
