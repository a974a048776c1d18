"""Every statement about minimums and voids: what they say, how many patrols are there, who may decide on a void."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import CTE, ColumnElement, Row, and_, case, delete, exists, func, or_, select, true
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from sqlalchemy.sql import Select

from app.agency.models import Centre, CentreArea
from app.catalogue.models import Calendar
from app.coverage.minimum.schemas import MinimumFilters, VoidFilters
from app.coverage.minimum.workflow import FRESH
from app.coverage.models import CoverageMinimum, CoverageVoid
from app.grid.models import Area, Beat, BeatCell, GridCell
from app.grid.queries import cell_at, in_force, rows
from app.identity.models import Organisation
from app.identity.workflow import Actor
from app.patrol.models import LatestPosition
from app.patrol.workflow import Quality
from app.roster.models import CrewMember, Patrol, Shift
from app.roster.queries import ON_DUTY, SEATED, at_or_below

Department = aliased(Organisation)


def _shown() -> Select[Any]:
    """Minimums with their centre, the beat, area or department they name, and `zone`, the clock of their centre."""
    zone = (
        select(Calendar.time_zone)
        .join(Centre, Centre.calendar_id == Calendar.id)
        .where(Centre.id == Organisation.lineage.any_())
        .order_by(Centre.level)
        .limit(1)
        .correlate(Organisation)
        .scalar_subquery()
    )
    columns: tuple[Any, ...] = (
        CoverageMinimum,
        Organisation,
        Beat,
        Area,
        Department.code.label("department"),
        func.coalesce(zone, "UTC").label("zone"),
    )
    return (
        select(*columns)
        .join(Organisation, Organisation.id == CoverageMinimum.centre_id)
        .outerjoin(Beat, Beat.id == CoverageMinimum.beat_id)
        .outerjoin(Area, Area.id == CoverageMinimum.area_id)
        .outerjoin(Department, Department.id == CoverageMinimum.department_id)
    )


def _mine(caller: Actor) -> ColumnElement[bool]:
    return CoverageMinimum.centre_id.in_(caller.centres)


async def page(session: AsyncSession, caller: Actor, wanted: MinimumFilters, after: UUID | None) -> Sequence[Row[Any]]:
    """Minimums in the order they were made, one more than asked for."""
    statement = _shown().where(_mine(caller)).order_by(CoverageMinimum.id).limit(wanted.limit + 1)
    if wanted.centre is not None:
        statement = statement.where(at_or_below(wanted.centre))
    if wanted.active is not None:
        statement = statement.where(CoverageMinimum.is_active == wanted.active)
    return await rows(session, statement if after is None else statement.where(CoverageMinimum.id > after))


async def shown(session: AsyncSession, caller: Actor, minimum_id: UUID) -> Row[Any] | None:
    """One minimum, if the caller reaches its centre."""
    found = await rows(session, _shown().where(CoverageMinimum.id == minimum_id, _mine(caller)))
    return found[0] if found else None


async def held(session: AsyncSession, caller: Actor, minimum_id: UUID) -> CoverageMinimum | None:
    """The minimum, held until commit, if the caller reaches its centre."""
    mine = select(CoverageMinimum).where(CoverageMinimum.id == minimum_id, _mine(caller))
    return await session.scalar(mine.with_for_update())


async def has_cell(session: AsyncSession, centre_id: UUID, code: str) -> bool:
    """Whether a cell in force with this code lies on the ground of a centre or one below it."""
    statement = (
        select(GridCell.id)
        .join(CentreArea, CentreArea.area_id == GridCell.area_id)
        .join(Organisation, Organisation.id == CentreArea.centre_id)
        .where(GridCell.code == code, in_force(func.now()), Organisation.lineage.contains([centre_id]))
    )
    return bool(await session.scalar(select(statement.exists())))


async def area_of(session: AsyncSession, centre_id: UUID, code: str) -> UUID | None:
    """The area with this code, if a centre or one below it commands it."""
    statement = (
        select(Area.id)
        .join(CentreArea, CentreArea.area_id == Area.id)
        .join(Organisation, Organisation.id == CentreArea.centre_id)
        .where(Area.code == code, Organisation.lineage.contains([centre_id]))
    )
    return await session.scalar(statement)


async def take(session: AsyncSession) -> list[UUID]:
    """The minimums that nobody else decides on now, held until commit."""
    free = select(CoverageMinimum.id).order_by(CoverageMinimum.id).with_for_update(skip_locked=True)
    return list(await session.scalars(free))


async def named(session: AsyncSession, minimum_ids: Collection[UUID]) -> Sequence[Row[Any]]:
    """These minimums with what they name."""
    return await rows(session, _shown().where(CoverageMinimum.id.in_(minimum_ids)).order_by(CoverageMinimum.id))


async def present(session: AsyncSession, minimum_ids: Collection[UUID]) -> dict[UUID, int]:
    """How many patrols on duty are at the places of these minimums, of those that count."""
    m, out = CoverageMinimum, _on_duty()
    counts = and_(or_(m.vehicle.is_(None), m.vehicle == out.c.vehicle), _has_aboard(out), _is_at(out))
    statement = select(m.id, func.count(out.c.patrol_id)).outerjoin(out, counts).where(m.id.in_(minimum_ids))
    found = await session.execute(statement.group_by(m.id))
    return {row[0]: row[1] for row in found}


def _on_duty() -> CTE:
    """Patrols on duty with the cell they are in, its areas and centres; `is_located` if their position says where."""
    p, leaf, command = LatestPosition, aliased(Area), aliased(Organisation)
    fresh = and_(p.patrol_id == Shift.patrol_id, p.observed_at > func.now() - FRESH, p.quality == Quality.GOOD.value)
    cell = cell_at(func.ST_X(p.location), func.ST_Y(p.location), func.now()).lateral("cell")
    return (
        select(
            Shift.patrol_id,
            Shift.id.label("shift_id"),
            Shift.beat_id,
            Patrol.vehicle,
            p.patrol_id.is_not(None).label("is_located"),
            cell.c.id.label("cell_id"),
            cell.c.code.label("cell_code"),
            leaf.lineage.label("areas"),
            command.lineage.label("centres"),
        )
        .join(Patrol, Patrol.id == Shift.patrol_id)
        .outerjoin(p, fresh)
        .outerjoin(cell, true())
        .outerjoin(leaf, leaf.id == cell.c.area_id)
        .outerjoin(CentreArea, CentreArea.area_id == leaf.id)
        .outerjoin(command, command.id == CentreArea.centre_id)
        .where(ON_DUTY)
        .cte("on_duty")
    )


def _has_aboard(out: CTE) -> ColumnElement[bool]:
    """True where the minimum asks for no department, or somebody of it, or below it, is aboard."""
    wanted, sent = CoverageMinimum.department_id, aliased(Organisation)
    seat = and_(CrewMember.shift_id == out.c.shift_id, SEATED)
    aboard = exists().where(seat, sent.id == CrewMember.department_id, wanted == sent.lineage.any_())
    return or_(wanted.is_(None), aboard)


def _is_at(out: CTE) -> ColumnElement[bool]:
    """True where a patrol is at the place: by its position; without one, by the beat it is on duty on."""
    m, leaf, away = CoverageMinimum, aliased(Area), ~out.c.is_located
    in_cell = and_(out.c.cell_code == m.cell_code, m.centre_id == func.any(out.c.centres))
    in_beat = exists().where(BeatCell.beat_id == m.beat_id, BeatCell.cell_id == out.c.cell_id)
    by_beat = exists().where(
        BeatCell.beat_id == out.c.beat_id,
        GridCell.id == BeatCell.cell_id,
        in_force(func.now()),
        leaf.id == GridCell.area_id,
        m.area_id == leaf.lineage.any_(),
    )
    return case(
        (m.cell_code.is_not(None), in_cell),
        (m.beat_id.is_not(None), or_(in_beat, and_(away, out.c.beat_id == m.beat_id))),
        else_=or_(m.area_id == func.any(out.c.areas), and_(away, by_beat)),
    )


async def lacking(session: AsyncSession, minimum_ids: Collection[UUID]) -> dict[UUID, CoverageVoid]:
    """What is not over: voids, and what may become one, by minimum."""
    v = CoverageVoid
    open_ = select(v).where(v.minimum_id.in_(minimum_ids), v.ended_at.is_(None))
    fresh = await session.scalars(open_.execution_options(populate_existing=True))
    return {void.minimum_id: void for void in fresh}


async def drop(session: AsyncSession, void: CoverageVoid) -> None:
    """Forget a lack that passed unsaid."""
    await session.execute(delete(CoverageVoid).where(CoverageVoid.id == void.id))


async def voids(session: AsyncSession, caller: Actor, wanted: VoidFilters, after: UUID | None) -> Sequence[Row[Any]]:
    """Voids that were said, the newest first, one more than asked for, each with its minimum."""
    v = CoverageVoid
    statement = _shown().add_columns(v, v.id).join(v, v.minimum_id == CoverageMinimum.id)
    statement = statement.where(_mine(caller), v.opened_at.is_not(None)).order_by(v.id.desc()).limit(wanted.limit + 1)
    if wanted.centre is not None:
        statement = statement.where(at_or_below(wanted.centre))
    if wanted.open is not None:
        statement = statement.where(v.ended_at.is_(None) if wanted.open else v.ended_at.is_not(None))
    return await rows(session, statement if after is None else statement.where(v.id < after))
