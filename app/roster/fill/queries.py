"""Every statement about fills, and about what a solver is told of a roster."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, String, Text, cast, delete, exists, func, literal, or_, select, update
from sqlalchemy.dialects.postgresql import ARRAY, Range
from sqlalchemy.ext.asyncio import AsyncSession

from app.agency.models import Officer
from app.agency.secondment.models import Secondment
from app.identity.models import Organisation
from app.identity.workflow import Actor
from app.roster.check.queries import department_codes
from app.roster.fill.models import RosterFill
from app.roster.fill.workflow import LIVE, LOST_AFTER, FillState
from app.roster.models import CrewMember, Leave, Roster, Shift
from app.roster.queries import run_by
from app.roster.workflow import LeaveState, RosterStatus

Rows = Sequence[Row[Any]]


async def fill(session: AsyncSession, caller: Actor, fill_id: UUID, *, is_held: bool = False) -> RosterFill | None:
    """The fill with this id, for who runs the duty of its roster's centre; held until commit when asked."""
    mine = exists().where(Roster.id == RosterFill.roster_id, Roster.centre_id.in_(run_by(caller)))
    statement = select(RosterFill).where(RosterFill.id == fill_id, mine)
    if is_held:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return await session.scalar(statement)


async def fills(session: AsyncSession, roster_id: UUID, before: UUID | None, limit: int) -> Sequence[RosterFill]:
    """The fills of a roster, the latest first, one more than asked for."""
    found = select(RosterFill).where(RosterFill.roster_id == roster_id)
    if before is not None:
        found = found.where(RosterFill.id < before)
    return (await session.scalars(found.order_by(RosterFill.id.desc()).limit(limit + 1))).all()


async def next_fill(session: AsyncSession) -> RosterFill | None:
    """The fill that has waited longest, or whose worker is lost, held until commit; those that others hold are left."""
    lost = (RosterFill.state == FillState.RUNNING.value) & (RosterFill.beat_at < func.now() - LOST_AFTER)
    waiting = select(RosterFill).where(or_(RosterFill.state == FillState.QUEUED.value, lost))
    return await session.scalar(waiting.order_by(RosterFill.created_at).limit(1).with_for_update(skip_locked=True))


async def beat(session: AsyncSession, fill_id: UUID, attempt: int, progress: dict[str, Any] | None) -> bool:
    """Say that this attempt lives, and how far it is; whether it is still wanted."""
    mine = (RosterFill.id == fill_id, RosterFill.attempt == attempt, RosterFill.state == FillState.RUNNING.value)
    changed = update(RosterFill).where(*mine).values(beat_at=func.clock_timestamp(), progress=progress)
    return await session.scalar(changed.returning(RosterFill.id)) is not None


async def settle(session: AsyncSession, fill_id: UUID, attempt: int, **facts: Any) -> bool:
    """End this attempt, unless it has ended or another has taken its place; says whether it did."""
    mine = (RosterFill.id == fill_id, RosterFill.attempt == attempt, RosterFill.state == FillState.RUNNING.value)
    changed = update(RosterFill).where(*mine).values(version=RosterFill.version + 1, **facts)
    return await session.scalar(changed.returning(RosterFill.id)) is not None


async def forget(session: AsyncSession, keep: Any, batch: int) -> int:
    """Delete the oldest ended fills that are past their time; says how many."""
    old = select(RosterFill.id).where(
        RosterFill.created_at < func.now() - keep, RosterFill.state.not_in([state.value for state in LIVE])
    )
    gone = await session.execute(delete(RosterFill).where(RosterFill.id.in_(old.limit(batch))).returning(RosterFill.id))
    return len(gone.all())


async def candidates(session: AsyncSession, centre: Collection[UUID], departments: Collection[str]) -> list[str]:
    """The numbers of officers who may serve a centre, now or seconded, and count for one of these departments.

    `centre` is it and everything above it.
    """
    places = list(centre)
    own = select(Organisation.id).where(Organisation.id == Officer.department_id, Organisation.lineage.overlap(places))
    based = or_(Officer.centre_id.in_(places), Officer.centre_id.is_(None) & own.exists())
    sent = exists().where(Secondment.officer_id == Officer.id)
    counts = department_codes(Officer.department_id).op("&&")(literal(list(departments), ARRAY(String)))
    found = select(Officer.number).where(Officer.is_active, or_(based, sent), counts)
    return list(await session.scalars(found.order_by(Officer.number)))


async def departments(session: AsyncSession, officer_ids: Collection[UUID]) -> dict[UUID, tuple[str, ...]]:
    """The codes of the departments of officers and of everything above, nearest first."""
    found = select(Officer.id, department_codes(Officer.department_id)).where(Officer.id.in_(officer_ids))
    return {id: tuple(codes) for id, codes in await session.execute(found)}


async def duties(session: AsyncSession, officer_ids: Collection[UUID], between: tuple[datetime, datetime]) -> Rows:
    """The seats of officers in a stretch of time: `officer_id, shift_id, starts_at, ends_at, wanted, is_leader`."""
    columns: tuple[Any, ...] = (
        CrewMember.officer_id,
        CrewMember.shift_id,
        CrewMember.is_leader,
        Shift.starts_at,
        Shift.ends_at,
        Shift.wanted,
    )
    found = select(*columns).join(Shift, Shift.id == CrewMember.shift_id)
    inside = (CrewMember.officer_id.in_(officer_ids), CrewMember.during.op("&&")(Range(*between)))
    return (await session.execute(found.where(*inside).order_by(Shift.starts_at, Shift.id))).all()


async def leave_asked(session: AsyncSession, officer_ids: Collection[UUID]) -> Rows:
    """Leave that officers have asked for and nobody has decided: `officer_id, starts_at, ends_at`."""
    columns: tuple[Any, ...] = (Leave.officer_id, Leave.starts_at, Leave.ends_at)
    asked = select(*columns).where(Leave.officer_id.in_(officer_ids), Leave.state == LeaveState.ASKED.value)
    return (await session.execute(asked.order_by(Leave.starts_at, Leave.id))).all()


async def versions(session: AsyncSession, shift_ids: Collection[UUID], *, is_held: bool = False) -> dict[UUID, int]:
    """The versions of shifts; these held until commit when asked."""
    found = select(Shift.id, Shift.version).where(Shift.id.in_(shift_ids)).order_by(Shift.id)
    rows = await session.execute(found.with_for_update() if is_held else found)
    return {id: version for id, version in rows}  # noqa: C416  # rows are not quite tuples


async def roster(session: AsyncSession, roster_id: UUID) -> Roster:
    """The roster with this id."""
    return await session.get_one(Roster, roster_id)


async def drafts_named(session: AsyncSession, name: str) -> Sequence[Roster]:
    """The drafts with this id or title."""
    drafts = select(Roster).where(Roster.status == RosterStatus.DRAFT.value)
    return (await session.scalars(drafts.where(or_(cast(Roster.id, Text) == name, Roster.title == name)))).all()
