"""Every statement about leave."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, and_, any_, exists, func, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.agency.models import Centre, Officer
from app.identity.models import Account, Organisation
from app.identity.workflow import Actor
from app.roster.leave.schemas import LeaveFilter
from app.roster.models import CrewMember, Leave, Patrol, Shift
from app.roster.queries import run_by, visible
from app.roster.workflow import LeaveState

Asker, Decider = aliased(Account), aliased(Account)
LeaveRow = Row[Leave, Officer, Organisation, str, str | None, datetime]


def _leaves() -> Select[Leave, Officer, Organisation, str, str | None, datetime]:
    """Leaves with officer, centre, who asked, who decided, and the instant it is."""
    return (
        select(Leave, Officer, Organisation, Asker.username, Decider.username, func.now())
        .join(Officer, Officer.id == Leave.officer_id)
        .join(Organisation, Organisation.id == Leave.centre_id)
        .join(Asker, Asker.id == Leave.asked_by)
        .outerjoin(Decider, Decider.id == Leave.decided_by)
    )


def _seen(caller: Actor) -> ColumnElement[bool]:
    """One's own, those one plans for; of the others of the centre, the department or the crew the approved ones."""
    whole = or_(Officer.account_id == caller.account_id, Leave.centre_id.in_(run_by(caller)))
    places = or_(Leave.centre_id.in_(caller.centres), Officer.department_id.in_(caller.departments))
    mine, theirs = aliased(CrewMember), aliased(CrewMember)
    together = exists().where(
        mine.account_id == caller.account_id, theirs.shift_id == mine.shift_id, theirs.officer_id == Leave.officer_id
    )
    return or_(whole, and_(Leave.state == LeaveState.APPROVED.value, or_(places, together)))


async def leaves(
    session: AsyncSession, caller: Actor, wanted: LeaveFilter, after: tuple[datetime, UUID] | None, limit: int
) -> Sequence[LeaveRow]:
    """Leaves the caller may see by their start, one more than asked for."""
    conditions = [_seen(caller), *_conditions(wanted)]
    if after is not None:
        conditions.append(tuple_(Leave.starts_at, Leave.id) > after)
    statement = _leaves().where(*conditions).order_by(Leave.starts_at, Leave.id)
    return (await session.execute(statement.limit(limit + 1))).all()


def _conditions(wanted: LeaveFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.officer is not None:
        found.append(Officer.number == wanted.officer)
    if wanted.centre is not None:
        found.append(Organisation.code == wanted.centre)
    if wanted.state is not None:
        found.append(Leave.state == wanted.state.value)
    if wanted.since is not None:
        found.append(Leave.ends_at > wanted.since)
    if wanted.until is not None:
        found.append(Leave.starts_at < wanted.until)
    return found


async def leave(session: AsyncSession, caller: Actor, leave_id: UUID) -> LeaveRow | None:
    """One leave, if the caller may see it."""
    return (await session.execute(_leaves().where(Leave.id == leave_id, _seen(caller)))).one_or_none()


async def leave_held(session: AsyncSession, caller: Actor, leave_id: UUID) -> LeaveRow | None:
    """The same, its row held until commit."""
    statement = _leaves().where(Leave.id == leave_id, _seen(caller)).with_for_update(of=Leave)
    return (await session.execute(statement.execution_options(populate_existing=True))).one_or_none()


async def officer(session: AsyncSession, caller: Actor, number: str | None) -> Row[Officer, UUID | None] | None:
    """The active officer with this number, or the caller as one, with the base: its own centre or its department's."""
    department = aliased(Organisation)
    above = (
        select(Centre.id)
        .where(Centre.id == any_(department.lineage))
        .order_by(Centre.level)
        .limit(1)
        .correlate_except(Centre)
        .scalar_subquery()
    )
    named = Officer.account_id == caller.account_id if number is None else Officer.number == number
    statement = select(Officer, func.coalesce(Officer.centre_id, above)).join(
        department, department.id == Officer.department_id
    )
    return (await session.execute(statement.where(named, Officer.is_active))).one_or_none()


async def hold_officer(session: AsyncSession, officer_id: UUID) -> None:
    """Wait for seats being given to this officer now, and hold new ones off until commit."""
    await session.execute(select(Officer.id).where(Officer.id == officer_id).with_for_update())


async def seats(session: AsyncSession, caller: Actor, leave_ids: Collection[UUID]) -> Sequence[Row[Any]]:
    """The seats ahead, on shifts in the caller's sight, that officers have in the time of these leaves.

    `leave_id` and the fields of an `UnmetSeat`.
    """
    columns: tuple[Any, ...] = (
        Leave.id.label("leave_id"),
        Shift.id.label("shift_id"),
        Patrol.code.label("patrol"),
        Shift.starts_at,
        Shift.ends_at,
        CrewMember.is_leader,
    )
    live = or_(Leave.state == LeaveState.ASKED.value, Leave.state == LeaveState.APPROVED.value)
    statement = (
        select(*columns)
        .join(CrewMember, (CrewMember.officer_id == Leave.officer_id) & CrewMember.during.op("&&")(Leave.during))
        .join(Shift, Shift.id == CrewMember.shift_id)
        .join(Patrol, Patrol.id == Shift.patrol_id)
        .where(Leave.id.in_(leave_ids), live, Shift.ends_at > func.now(), Shift.signed_off_at.is_(None))
        .where(visible(caller))
        .order_by(Shift.starts_at, Shift.id)
    )
    return (await session.execute(statement)).all()
