"""Every statement about beats."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, delete, func, insert, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql import Select

from app.core.geo import SRID
from app.grid.beat.schemas import BeatFilters
from app.grid.models import Beat, BeatCell, CellNeighbour, GridCell, GridPlan
from app.grid.queries import in_force, rows, within
from app.identity.models import Organisation


def _shown() -> Select[Any]:
    columns: tuple[Any, ...] = (
        Beat.id,
        Beat.version,
        Beat.created_at,
        Beat.updated_at,
        Beat.organisation_id,
        Organisation.code.label("organisation"),
        Beat.code,
        Beat.name,
        Beat.name_en,
    )
    return select(*columns).join(Organisation, Organisation.id == Beat.organisation_id)


async def page(
    session: AsyncSession, filters: BeatFilters, centres: Sequence[UUID], after: UUID | None
) -> Sequence[Row[Any]]:
    """Beats of some centres in the order they were made, one more than asked for."""
    statement = _shown().where(Beat.organisation_id.in_(centres)).order_by(Beat.id).limit(filters.limit + 1)
    if filters.organisation:
        statement = statement.where(Organisation.code == filters.organisation)
    if filters.cell:
        statement = statement.where(Beat.id.in_(_holding(filters.cell)))
    return await rows(session, statement if after is None else statement.where(Beat.id > after))


def _holding(code: str) -> Select[Any]:
    inside = select(BeatCell.beat_id).join(GridCell, GridCell.id == BeatCell.cell_id)
    return inside.where(GridCell.code == code, in_force(func.now()))


async def shown(session: AsyncSession, beat_id: UUID, centres: Sequence[UUID]) -> Row[Any] | None:
    """One beat, if it belongs to one of some centres."""
    found = await rows(session, _shown().where(Beat.id == beat_id, Beat.organisation_id.in_(centres)))
    return found[0] if found else None


async def shown_by_code(
    session: AsyncSession, organisation: str, code: str, centres: Sequence[UUID]
) -> Row[Any] | None:
    """The beat of this code at a centre, if that is one of some centres."""
    mine = _shown().where(Organisation.code == organisation, Beat.code == code, Beat.organisation_id.in_(centres))
    found = await rows(session, mine)
    return found[0] if found else None


async def held(session: AsyncSession, beat_id: UUID) -> Beat | None:
    """The beat, its row held until commit."""
    return await session.get(Beat, beat_id, with_for_update=True)


async def cells(session: AsyncSession, beat_ids: Sequence[UUID]) -> Sequence[Row[Any]]:
    """The cells in force of some beats: `beat_id, cell_id, code`, and `neighbours`, the ids beside each."""
    beside = select(func.array_agg(CellNeighbour.neighbour_id)).where(CellNeighbour.cell_id == GridCell.id)
    statement = (
        select(BeatCell.beat_id, BeatCell.cell_id, GridCell.code, beside.scalar_subquery().label("neighbours"))
        .join(GridCell, GridCell.id == BeatCell.cell_id)
        .where(BeatCell.beat_id.in_(beat_ids), in_force(func.now()))
        .order_by(GridCell.code)
    )
    return await rows(session, statement)


async def codes_within(session: AsyncSession, shape: str) -> Sequence[str]:
    """The codes of the cells in force whose middle lies in a shape, given as GeoJSON in WGS 84."""
    whole = func.ST_SetSRID(func.ST_GeomFromGeoJSON(shape), SRID)
    middle = func.ST_PointOnSurface(GridCell.boundary)
    inside = and_(GridCell.boundary.op("&&")(whole), func.ST_Contains(whole, middle))
    statement = select(GridCell.code).where(inside, in_force(func.now())).order_by(GridCell.code)
    return (await session.scalars(statement)).all()


async def usable(session: AsyncSession, codes: Sequence[str], area: str | None) -> Sequence[Row[Any]]:
    """Published cells with these codes that have not ended: `id, code, tree`, and `now` for those in force."""
    statement = (
        select(
            GridCell.id, GridCell.code, GridPlan.area_id.label("tree"), (GridCell.valid_from <= func.now()).label("now")
        )
        .join(GridPlan, GridPlan.id == GridCell.plan_id)
        .where(GridCell.code.in_(codes), GridCell.valid_from.is_not(None))
        .where(or_(GridCell.valid_until.is_(None), GridCell.valid_until > func.now()))
    )
    if area:
        statement = statement.where(GridCell.area_id.in_(within(area)))
    return await rows(session, statement)


async def replace_cells(session: AsyncSession, beat_id: UUID, cell_ids: Sequence[UUID]) -> None:
    """Give a beat these cells. Cells of ended plans stay, for the record of that time."""
    ended = select(GridCell.id).where(GridCell.valid_until <= func.now())
    await session.execute(delete(BeatCell).where(BeatCell.beat_id == beat_id, BeatCell.cell_id.not_in(ended)))
    chosen = select(literal(beat_id), GridCell.id).where(GridCell.id.in_(cell_ids))
    await session.execute(insert(BeatCell).from_select(["beat_id", "cell_id"], chosen))
