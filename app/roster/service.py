"""The use cases of duty: patrols set up, shifts with joint crews planned."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from app.core import outbox
from app.core.db import Session
from app.core.ids import uuid7
from app.core.once import require_version
from app.core.problems import NotFound, Unprocessable
from app.identity.queries import now as instant
from app.identity.service import Forbidden
from app.identity.workflow import Actor, Right
from app.roster import queries
from app.roster.models import Patrol, Shift
from app.roster.schemas import (
    DepartmentCrew,
    Member,
    Named,
    PatrolIn,
    PatrolPatch,
    ShiftFilter,
    ShiftIn,
    ShiftOut,
)
from app.roster.seating import Known
from app.roster.workflow import RosterStatus, Wanted, presence


async def open_patrol(session: Session, by: Actor, body: PatrolIn) -> Patrol:
    """Set up a joint patrol at a centre the caller runs."""
    centre = await queries.centre_by_code(session, body.centre)
    if centre is None or not by.may_at(Right.DUTY_WRITE, centre.id):
        raise Unprocessable(f"There is no centre {body.centre} whose duty you run.")
    fields = body.model_dump(exclude={"id", "centre"})
    patrol = Patrol(id=body.id or uuid7(), centre_id=centre.id, **fields)
    session.add(patrol)
    return await _settled(session, patrol, "patrol.opened")


async def change_patrol(session: Session, by: Actor, reference: UUID | str, body: PatrolPatch, based_on: int) -> Patrol:
    """Change how a patrol is called or goes."""
    patrol = await queries.patrol_held(session, by, reference)
    if patrol is None:
        raise NotFound
    must_run(by, patrol.centre_id)
    require_version(based_on, patrol.version)
    for field, value in body.model_dump(exclude_none=True).items():
        setattr(patrol, field, value)
    patrol.version += 1
    return await _settled(session, patrol, "patrol.changed")


async def _settled(session: Session, patrol: Patrol, topic: str) -> Patrol:
    await session.flush()
    await session.refresh(patrol)
    facts = {"version": patrol.version, "code": patrol.code, "centre_id": str(patrol.centre_id)}
    outbox.record(session, topic, patrol.id, [patrol.centre_id], **facts)
    return patrol


async def open_shifts(session: Session, by: Actor, wanted: Sequence[ShiftIn]) -> list[ShiftOut]:
    """Plan shifts with their crews, all or none.

    Raises:
        Unprocessable: a patrol, beat or officer cannot be had; says which and of which shift.
        Conflict: an officer would sit on two shifts at the same time (the database's own constraint).
    """
    known = await Known.of(session, by, wanted)
    shifts = [known.shift(at, body) for at, body in enumerate(wanted)]
    session.add_all(shifts)
    await session.flush()
    for at, (shift, body) in enumerate(zip(shifts, wanted, strict=True)):
        known.check_led(at, {seat.officer: seat.is_leader for seat in body.crew})
        session.add_all(known.crew(at, shift, body.crew))
    await session.flush()
    return await announce(session, "shift.planned", [shift.id for shift in shifts])


async def decides_for(session: Session, by: Actor, shift: Shift) -> bool:
    """Whether the caller leads the shift's crew, or runs the duty of its centre."""
    return by.may_at(Right.DUTY_WRITE, shift.centre_id) or await queries.is_leader(session, shift.id, by.account_id)


async def hold(session: Session, by: Actor, shift_id: UUID) -> Shift:
    """The shift, held until commit, for somebody of its crew or who runs the duty of its centre.

    Raises:
        NotFound: the caller may not see it.
        Forbidden: the caller is neither.
    """
    shift = await queries.shift_held(session, by, shift_id)
    if shift is None:
        raise NotFound
    if by.may_at(Right.DUTY_WRITE, shift.centre_id):
        return shift
    # A key that may only read must not sign anybody on: going on duty is part of giving positions.
    if Right.POSITIONS_WRITE not in by.rights or not await queries.is_crew(session, shift.id, by.account_id):
        raise Forbidden("Only the crew, or who runs the duty of its centre, may do this.")
    return shift


async def seen(session: Session, caller: Actor, shift_id: UUID) -> None:
    """Make sure that the caller may see a shift.

    Raises:
        NotFound: there is none, or it is out of the caller's reach.
    """
    if await queries.visible_shift_id(session, caller, shift_id) is None:
        raise NotFound


async def shift(session: Session, caller: Actor, shift_id: UUID) -> ShiftOut:
    """One shift."""
    await seen(session, caller, shift_id)
    return (await shown(session, [shift_id]))[0]


async def shifts(
    session: Session, caller: Actor, wanted: ShiftFilter, after: list[Any] | None, limit: int
) -> list[ShiftOut]:
    """Shifts the caller may see by their start, one more than asked for."""
    rows = await queries.shifts(session, caller, wanted, (after[0], after[1]) if after else None, limit)
    return await _as_shown(session, rows)


def must_run(by: Actor, centre_id: UUID) -> None:
    """Refuse who does not run the duty of this centre."""
    if not by.may_at(Right.DUTY_WRITE, centre_id):
        raise Forbidden("You do not run the duty of this centre.")


async def announce(session: Session, topic: str, shift_ids: list[UUID]) -> list[ShiftOut]:
    """Record one fact a shift, for its centre, its crew and their departments; drafts are nobody's business."""
    found = await shown(session, shift_ids)
    crews = await queries.told(session, Shift.id.in_(shift_ids))
    for shift in found:
        if shift.is_draft:
            continue
        scope = [shift.centre.id, *crews.get(shift.id, ())]
        facts = {"version": shift.version, "patrol_id": str(shift.patrol.id), "patrol": shift.patrol.code}
        outbox.record(session, topic, shift.id, scope, centre_id=str(shift.centre.id), **facts)
    return found


async def shown(session: Session, shift_ids: list[UUID]) -> list[ShiftOut]:
    """These shifts with their crews, in the order they were made, whoever asks."""
    return await _as_shown(session, await queries.shifts_by_id(session, shift_ids))


async def _as_shown(session: Session, rows: Sequence[queries.ShiftRow]) -> list[ShiftOut]:
    aboard = await crews(session, [shift.id for shift, *_ in rows])
    now = await instant(session)
    return [
        ShiftOut(
            id=shift.id,
            version=shift.version,
            created_at=shift.created_at,
            updated_at=shift.updated_at,
            patrol=Named.model_validate(patrol),
            centre=Named.model_validate(centre),
            beat=Named.model_validate(beat) if beat else None,
            starts_at=shift.starts_at,
            ends_at=shift.ends_at,
            signed_on_at=shift.signed_on_at,
            signed_off_at=shift.signed_off_at,
            handover_note=shift.handover_note,
            signed_on_by=shift.signed_on_by,
            signed_on_distance_m=shift.signed_on_distance_m,
            signed_on_reason=shift.signed_on_reason,
            signed_off_by=shift.signed_off_by,
            presence=presence((shift.starts_at, shift.ends_at), shift.signed_on_at, shift.signed_off_at, now),
            is_overdue=shift.signed_on_at is not None and shift.signed_off_at is None and shift.ends_at <= now,
            crew=aboard[shift.id],
            roster_id=shift.roster_id,
            template_id=shift.template_id,
            is_draft=status == RosterStatus.DRAFT,
            wanted=Wanted.of(shift.wanted) if shift.wanted else None,
        )
        for shift, patrol, centre, beat, status in rows
    ]


async def crews(session: Session, shift_ids: list[UUID]) -> dict[UUID, list[DepartmentCrew]]:
    """The crews of some shifts by department, the leader's department first, in one statement."""
    seats: dict[UUID, list[tuple[Named, Member]]] = {shift_id: [] for shift_id in shift_ids}
    for seat, officer, department in await queries.crews(session, shift_ids):
        number, name = officer.number, officer.display_name
        member = Member(officer_id=officer.id, number=number, display_name=name, is_leader=seat.is_leader)
        seats[seat.shift_id].append((Named.model_validate(department), member))
    return {shift_id: DepartmentCrew.grouped(of_one) for shift_id, of_one in seats.items()}
