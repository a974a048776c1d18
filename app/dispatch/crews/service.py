"""The use cases of patrols on duty: who they are, where and how busy; and that nobody leaves with work in hand."""

from collections.abc import Sequence
from typing import Any, ClassVar
from uuid import UUID

from app.core.db import Session
from app.core.geo import Point
from app.core.problems import Conflict, NotFound
from app.dispatch.crews import queries
from app.dispatch.crews.queries import PatrolRow, TaskRow
from app.dispatch.crews.schemas import Availability, Duty, PatrolFilter, PatrolOut, Task
from app.dispatch.workflow import AssignmentState
from app.identity.service import ensure_system_account
from app.identity.workflow import Actor
from app.patrol import service as positions
from app.patrol.schemas import Position
from app.roster import queries as duty
from app.roster import service as roster
from app.roster.schemas import DepartmentCrew, Named, ShiftOut, SignOffIn
from app.roster.signing import service as signing
from app.roster.workflow import Vehicle, is_late
from app.safety.welfare import service as welfare


class StillAssigned(Conflict):
    """A patrol signs off after its assignments are over or withdrawn; `incidents` names those the caller may see."""

    members: ClassVar[dict[str, Any]] = {"incidents": ["320111004000-2026-000007"]}


async def patrol(session: Session, caller: Actor, reference: UUID | str) -> PatrolOut:
    """One patrol, by id or code."""
    row = await queries.patrol(session, caller, reference)
    if row is None:
        raise NotFound
    return (await _shown(session, caller, [row]))[0]


async def patrols(
    session: Session, caller: Actor, wanted: PatrolFilter, after: str | None, limit: int
) -> list[PatrolOut]:
    """Patrols the caller may see by their code, one more than asked for; three statements whatever their number."""
    return await _shown(session, caller, await queries.patrols(session, caller, wanted, after, limit))


async def sign_off(session: Session, by: Actor, shift_id: UUID, based_on: int, body: SignOffIn) -> ShiftOut:
    """The crew ends its duty.

    Raises:
        StillAssigned: the patrol holds an assignment, or one waits for it.
    """
    # Shift and patrol are held first: an assignment being given now is seen here, or sees the patrol off duty.
    shift = await roster.hold(session, by, shift_id)
    await queries.hold_patrol(session, shift.patrol_id)
    if shift.signed_on_at and (open_tasks := await queries.tasks(session, by, [shift.patrol_id])):
        raise StillAssigned(incidents=[number for _, number, is_seen in open_tasks if is_seen])
    await welfare.end(session, shift_id)
    return await positions.sign_off(session, by, shift_id, based_on, body.handover_note)


async def end_overdue(session: Session, batch: int) -> int:
    """End the shifts that are long over and whose crew did not sign off; says how many.

    A crew that still has work stays on duty, and that it is overdue is said once.
    """
    ended = 0
    for shift in await duty.overdue(session, batch):
        await queries.hold_patrol(session, shift.patrol_id)
        if await queries.has_work(session, shift.patrol_id):
            await signing.remind(session, shift)
            continue
        await welfare.end(session, shift.id)
        await positions.end(session, shift, (await ensure_system_account(session)).id)
        ended += 1
    return ended


async def _shown(session: Session, caller: Actor, rows: Sequence[PatrolRow]) -> list[PatrolOut]:
    crews = await roster.crews(session, [row[2].id for row in rows if row[2]])
    active: dict[UUID, Task] = {}
    stacked: dict[UUID, list[Task]] = {}
    for row in await queries.tasks(session, caller, [row[0].id for row in rows]):
        if row[0].is_active:
            active[row[0].patrol_id] = _task(row)
        else:
            stacked.setdefault(row[0].patrol_id, []).append(_task(row))
    return [_patrol(row, crews, active.get(row[0].id), stacked.get(row[0].id, [])) for row in rows]


def _task(row: TaskRow) -> Task:
    assignment, number, is_seen = row
    return Task(
        id=assignment.id,
        version=assignment.version,
        incident_id=assignment.incident_id if is_seen else None,
        incident=number if is_seen else None,
        state=AssignmentState(assignment.state),
        offered_at=assignment.offered_at,
    )


def _patrol(
    row: PatrolRow, crews: dict[UUID, list[DepartmentCrew]], active: Task | None, stacked: list[Task]
) -> PatrolOut:
    patrol, centre, shift, *_ = row
    on_duty = Availability.BUSY if active else Availability.AVAILABLE
    return PatrolOut(
        id=patrol.id,
        version=patrol.version,
        created_at=patrol.created_at,
        updated_at=patrol.updated_at,
        code=patrol.code,
        name=patrol.name,
        name_en=patrol.name_en,
        centre=Named.model_validate(centre),
        vehicle=Vehicle(patrol.vehicle),
        availability=on_duty if shift else Availability.OFF_DUTY,
        shift=_duty(row, crews),
        position=_position(row),
        active=active,
        stacked=stacked,
    )


def _duty(row: PatrolRow, crews: dict[UUID, list[DepartmentCrew]]) -> Duty | None:
    _, _, shift, beat, *_ = row
    if shift is None or shift.signed_on_at is None:
        return None
    return Duty(
        id=shift.id,
        version=shift.version,
        starts_at=shift.starts_at,
        ends_at=shift.ends_at,
        signed_on_at=shift.signed_on_at,
        is_late=is_late(shift.starts_at, shift.signed_on_at),
        beat=Named.model_validate(beat) if beat else None,
        crew=crews[shift.id],
        mix={group.department.code: len(group.members) for group in crews[shift.id]},
    )


def _position(row: PatrolRow) -> Position | None:
    *_, seen, lon, lat, age_s = row
    if seen is None:
        return None
    return Position(
        location=Point(coordinates=(lon, lat)),
        observed_at=seen.observed_at,
        age_s=max(age_s, 0),
        accuracy_m=seen.accuracy_m,
        speed_mps=seen.speed_mps,
        heading_deg=seen.heading_deg,
        battery=seen.battery,
        quality=seen.quality,
    )
