"""The use cases of leave: asked for, decided by somebody else, called off; and who sees how much of it."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from app.agency.models import Officer
from app.core import outbox
from app.core.db import Session
from app.core.ids import uuid7
from app.core.once import require_version
from app.core.problems import Conflict, NotFound, Unprocessable
from app.identity.queries import now as instant
from app.identity.service import Forbidden
from app.identity.workflow import Actor, Right
from app.roster.leave import queries
from app.roster.leave.queries import LeaveRow
from app.roster.leave.schemas import AbsenceOut, LeaveDecisionIn, LeaveFilter, LeaveIn, LeaveOut, UnmetSeat
from app.roster.leave.workflow import MOVES, LeaveAction, Standing, allowed, may
from app.roster.models import Leave
from app.roster.schemas import Named
from app.roster.workflow import LeaveKind, LeaveState


class LeaveSettled(Conflict):
    """This leave has been decided, called off, or is over; `allowed` lists what may still be done."""


async def ask(session: Session, by: Actor, body: LeaveIn) -> LeaveOut:
    """Ask for leave: an officer by their own account, or a planner for an officer of the base.

    Raises:
        Unprocessable: the caller is no officer, there is none whom they plan for, or it is over already.
    """
    found = await queries.officer(session, by, body.officer)
    officer, base = found or (None, None)
    if officer is None or base is None or not _may_ask(by, officer.account_id, base):
        raise Unprocessable("There is no such officer whose leave you may ask for.")
    if body.ends_at <= await instant(session):
        raise Unprocessable("This time is over.")
    made = Leave(
        id=body.id or uuid7(),
        officer_id=officer.id,
        centre_id=base,
        kind=body.kind.value,
        state=LeaveState.ASKED.value,
        starts_at=body.starts_at,
        ends_at=body.ends_at,
        note=body.note,
        asked_by=by.account_id,
    )
    session.add(made)
    await session.flush()
    outbox.record(session, "leave.asked", made.id, _own(officer), version=made.version)
    return await _whole(session, by, made.id)


def _own(officer: Officer) -> list[UUID]:
    return [officer.account_id] if officer.account_id else []


def _may_ask(by: Actor, account_id: UUID | None, base: UUID) -> bool:
    # A key that may only read must not take anybody off duty: being on it is part of giving positions.
    own = account_id == by.account_id and Right.POSITIONS_WRITE in by.rights
    return own or by.may_at(Right.DUTY_WRITE, base)


async def decide(session: Session, by: Actor, leave_id: UUID, body: LeaveDecisionIn, based_on: int) -> LeaveOut:
    """Approve or refuse. Seats the officer has in that time are not taken away: the answer lists them as unmet.

    Raises:
        LeaveSettled, Forbidden.
        Conflict: the officer has approved leave then (the database's own constraint).
    """
    now = await instant(session)
    row = await _move(session, by, leave_id, LeaveAction(body.decision), based_on)
    row.decided_by, row.decided_at, row.decision_note = by.account_id, now, body.note
    return await _moved(session, by, row)


async def cancel(session: Session, by: Actor, leave_id: UUID, based_on: int) -> LeaveOut:
    """Call a leave off: by the officer, or by who runs the duty of the base."""
    return await _moved(session, by, await _move(session, by, leave_id, LeaveAction.CANCEL, based_on))


async def _move(session: Session, by: Actor, leave_id: UUID, action: LeaveAction, based_on: int) -> Leave:
    found = await queries.leave_held(session, by, leave_id)
    if found is None:
        raise NotFound
    leave, standing = found[0], _standing(by, found)
    reads_only = not standing.is_planner and Right.POSITIONS_WRITE not in by.rights
    if reads_only or not may(MOVES[action], standing):
        raise Forbidden("Decided by who runs the duty of the base, and neither asked for it nor takes it.")
    require_version(based_on, leave.version)
    can = allowed(LeaveState(leave.state), standing, is_over=leave.ends_at <= found[5])
    if action not in can:
        raise LeaveSettled(f"It is {leave.state}.", state=leave.state, allowed=can)
    await queries.hold_officer(session, leave.officer_id)
    leave.state = MOVES[action].target.value
    leave.version += 1
    return leave


async def _moved(session: Session, by: Actor, leave: Leave) -> LeaveOut:
    await session.flush()
    shown = await _whole(session, by, leave.id)
    # What nobody but the officer and the planners may know is for nobody's stream.
    open_to = [leave.centre_id] if leave.state != LeaveState.REFUSED and leave.decided_by else []
    open_to += _own(await session.get_one(Officer, leave.officer_id))
    period = {"starts_at": leave.starts_at.isoformat(), "ends_at": leave.ends_at.isoformat()}
    facts = {"version": leave.version, "officer_id": str(leave.officer_id), "unmet_seats": len(shown.unmet_seats)}
    outbox.record(session, f"leave.{leave.state}", leave.id, open_to, **facts, **period)
    return shown


async def leave(session: Session, caller: Actor, leave_id: UUID) -> LeaveOut | AbsenceOut:
    """One leave, as much of it as the caller may see."""
    row = await queries.leave(session, caller, leave_id)
    if row is None:
        raise NotFound
    return (await _shown(session, caller, [row]))[0]


async def leaves(
    session: Session, caller: Actor, wanted: LeaveFilter, after: tuple[datetime, UUID] | None, limit: int
) -> list[LeaveOut | AbsenceOut]:
    """Leaves the caller may see by their start, one more than asked for; two statements whatever their number."""
    return await _shown(session, caller, await queries.leaves(session, caller, wanted, after, limit))


async def _whole(session: Session, by: Actor, leave_id: UUID) -> LeaveOut:
    row = await queries.leave(session, by, leave_id)
    assert row is not None, "who asks or decides sees it"  # noqa: S101  # a programming error
    await session.refresh(row[0])
    shown = (await _shown(session, by, [row]))[0]
    assert isinstance(shown, LeaveOut), "and all of it"  # noqa: S101  # a programming error
    return shown


async def _shown(session: Session, caller: Actor, rows: Sequence[LeaveRow]) -> list[LeaveOut | AbsenceOut]:
    seats: dict[UUID, list[UnmetSeat]] = {}
    for seat in await queries.seats(session, caller, [row[0].id for row in rows]):
        seats.setdefault(seat.leave_id, []).append(UnmetSeat.model_validate(seat))
    return [_one(caller, row, seats.get(row[0].id, [])) for row in rows]


def _one(caller: Actor, row: LeaveRow, seats: list[UnmetSeat]) -> LeaveOut | AbsenceOut:
    leave, officer, centre, asked_by, decided_by, now = row
    standing = _standing(caller, row)
    period = {"starts_at": leave.starts_at, "ends_at": leave.ends_at}
    who = {"officer_id": officer.id, "officer": officer.number, "display_name": officer.display_name}
    if not standing.sees_all:
        return AbsenceOut.model_validate({"id": leave.id} | who | period)
    state = LeaveState(leave.state)
    own = ("id", "version", "created_at", "updated_at", "decided_at", "decision_note")
    facts = {name: getattr(leave, name) for name in own} | who | period
    return LeaveOut(
        **facts,
        centre=Named.model_validate(centre),
        kind=LeaveKind(leave.kind),
        note=leave.note if standing.is_planner or standing.is_asker else None,
        state=state,
        asked_by=asked_by,
        decided_by=decided_by,
        unmet_seats=seats,
        allowed_actions=allowed(state, standing, is_over=leave.ends_at <= now),
    )


def _standing(caller: Actor, row: LeaveRow) -> Standing:
    leave, officer, *_ = row
    return Standing(
        is_planner=caller.may_at(Right.DUTY_WRITE, leave.centre_id),
        is_officer=officer.account_id == caller.account_id,
        is_asker=leave.asked_by == caller.account_id,
    )
