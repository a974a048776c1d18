"""Every statement about what a roster's rules look at."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.dialects.postgresql import Range, aggregate_order_by
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.agency.models import CentreArea, Officer
from app.grid.models import BeatCell, GridCell
from app.grid.queries import in_force
from app.identity.models import Organisation
from app.roster.models import CrewMember, Patrol, Roster, Shift
from app.roster.queries import SEATED, drafted

Rows = Sequence[Any]


def department_codes(department_id: Any) -> Any:
    """The codes of a department and of everything above it, nearest first."""
    own, above = aliased(Organisation), aliased(Organisation)
    codes = func.array_agg(aggregate_order_by(above.code, func.cardinality(above.lineage).desc()))
    return select(codes).join(own, above.id == own.lineage.any_()).where(own.id == department_id).scalar_subquery()


async def shifts(session: AsyncSession, roster_id: UUID) -> Rows:
    """A roster's shifts by their start: `id, starts_at, ends_at, beat_id, wanted, patrol_id, patrol`."""
    columns: tuple[Any, ...] = (Shift.id, Shift.starts_at, Shift.ends_at, Shift.beat_id, Shift.wanted, Shift.patrol_id)
    found = select(*columns, Patrol.code.label("patrol")).join(Patrol, Patrol.id == Shift.patrol_id)
    return (await session.execute(found.where(Shift.roster_id == roster_id).order_by(Shift.starts_at, Shift.id))).all()


async def crews(session: AsyncSession, shift_ids: Collection[UUID]) -> Rows:
    """Who sits on some shifts: `shift_id, is_leader, officer_id, number, skills, is_active, departments`."""
    member: tuple[Any, ...] = (CrewMember.shift_id, CrewMember.is_leader, CrewMember.officer_id)
    officer: tuple[Any, ...] = (Officer.number, Officer.skills, Officer.is_active)
    codes = department_codes(CrewMember.department_id).label("departments")
    found = select(*member, *officer, codes).join(Officer, Officer.id == CrewMember.officer_id)
    ordered = found.where(CrewMember.shift_id.in_(shift_ids), SEATED).order_by(
        CrewMember.is_leader.desc(), Officer.number
    )
    return (await session.execute(ordered)).all()


async def duties_elsewhere(
    session: AsyncSession, roster: Roster, officer_ids: Collection[UUID], between: tuple[datetime, datetime]
) -> Rows:
    """The duties of officers outside a roster: `number, id, starts_at, ends_at, wanted`."""
    columns: tuple[Any, ...] = (Officer.number, Shift.id, Shift.starts_at, Shift.ends_at, Shift.wanted)
    found = (
        select(*columns)
        .join(CrewMember, CrewMember.shift_id == Shift.id)
        .join(Officer, Officer.id == CrewMember.officer_id)
        .where(CrewMember.officer_id.in_(officer_ids), CrewMember.during.op("&&")(Range(*between)))
        .where(Shift.roster_id.is_distinct_from(roster.id))
    )
    return (await session.execute(found)).all()


async def shifts_elsewhere(
    session: AsyncSession, roster: Roster, patrol_ids: Collection[UUID], between: tuple[datetime, datetime]
) -> Rows:
    """Shifts outside a roster of its centre or of some patrols: `id, starts_at, ends_at, beat_id, wanted, patrol`.

    `is_covering` for those of the centre that are settled: drafts of others cover nothing yet.
    """
    covering = (Shift.centre_id == roster.centre_id) & ~drafted()
    columns: tuple[Any, ...] = (Shift.id, Shift.starts_at, Shift.ends_at, Shift.beat_id, Shift.wanted)
    found = (
        select(*columns, Patrol.code.label("patrol"), covering.label("is_covering"))
        .join(Patrol, Patrol.id == Shift.patrol_id)
        .where(Shift.starts_at < between[1], Shift.ends_at > between[0])
        .where(or_(covering, Shift.patrol_id.in_(patrol_ids)), Shift.roster_id.is_distinct_from(roster.id))
    )
    return (await session.execute(found)).all()


async def cells_of_beats(session: AsyncSession, beat_ids: Collection[UUID]) -> Rows:
    """The cells in force of some beats: `beat_id, code`."""
    columns: tuple[Any, ...] = (BeatCell.beat_id, GridCell.code)
    found = select(*columns).join(GridCell, GridCell.id == BeatCell.cell_id)
    return (await session.execute(found.where(BeatCell.beat_id.in_(beat_ids), in_force(func.now())))).all()


async def cells_of_centre(session: AsyncSession, centre_id: UUID) -> frozenset[str]:
    """The cells in force that a centre commands first."""
    found = select(GridCell.code).join(CentreArea, CentreArea.area_id == GridCell.area_id)
    return frozenset(await session.scalars(found.where(CentreArea.centre_id == centre_id, in_force(func.now()))))
