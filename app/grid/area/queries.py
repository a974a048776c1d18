"""Every statement about areas."""

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ColumnElement, Row, cast, func, null, or_, select, update
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from sqlalchemy.sql import Select

from app.core.geo import SRID
from app.grid.area.schemas import AreaFilters
from app.grid.models import Area, GridCell
from app.grid.queries import below, geojson, places_of, rows, within


def _shown(*, boundary: bool) -> Select[Any]:
    parent, step = aliased(Area), aliased(Area)
    lineage = func.array_agg(aggregate_order_by(step.code, func.cardinality(step.lineage).desc()))
    columns: tuple[Any, ...] = (
        Area.id,
        Area.version,
        Area.created_at,
        Area.updated_at,
        Area.code,
        Area.level,
        Area.kind,
        Area.name,
        Area.name_en,
        parent.code.label("parent"),
        select(lineage).where(step.id == func.any(Area.lineage)).scalar_subquery().label("lineage"),
        Area.boundary.is_not(None).label("has_boundary"),
        (cast(geojson(Area.boundary), JSON) if boundary else null()).label("boundary"),
    )
    return select(*columns).outerjoin(parent, parent.id == Area.parent_id)


def _matching(filters: AreaFilters) -> Iterator[ColumnElement[bool]]:
    above = aliased(Area)
    if filters.parent:
        yield Area.parent_id.in_(select(above.id).where(above.code == filters.parent))
    if filters.within:
        yield Area.id.in_(within(filters.within))
    if filters.level:
        yield Area.level == filters.level
    if filters.root is not None:
        yield Area.parent_id.is_(None) if filters.root else Area.parent_id.is_not(None)


async def page(session: AsyncSession, filters: AreaFilters, after: str | None) -> Sequence[Row[Any]]:
    """Areas in the order of their codes, one more than asked for."""
    statement = _shown(boundary=filters.boundary).where(*_matching(filters))
    statement = statement.order_by(Area.code).limit(filters.limit + 1)
    return await rows(session, statement if after is None else statement.where(Area.code > after))


async def shown(session: AsyncSession, codes: Sequence[str], *, boundary: bool) -> Sequence[Row[Any]]:
    """The areas with these codes."""
    return await rows(session, _shown(boundary=boundary).where(Area.code.in_(codes)))


async def held(session: AsyncSession, codes: Sequence[str]) -> dict[str, Area]:
    """The areas with these codes, their rows held until commit."""
    statement = select(Area).where(Area.code.in_(codes)).order_by(Area.id).with_for_update()
    return {area.code: area for area in await session.scalars(statement)}


def polygon(wkb: bytes) -> Any:
    """A boundary from WKB, for a column."""
    return func.ST_GeomFromWKB(wkb, SRID)


async def move_lineage(session: AsyncSession, area: Area, above: list[UUID]) -> None:
    """Put an area and everything below it under another chain."""
    own = Area.lineage[func.array_position(Area.lineage, area.id) : func.cardinality(Area.lineage)]
    moved = update(Area).where(below(area.id)).values(lineage=func.array_cat(above, own, type_=Area.lineage.type))
    await session.execute(moved.execution_options(synchronize_session=False))


async def refresh_places(session: AsyncSession, area_id: UUID) -> None:
    """Write the chain of areas again into every cell in or below an area whose plan has not ended."""
    holder = aliased(Area)
    lasting = or_(GridCell.valid_until.is_(None), GridCell.valid_until > func.now())
    await session.execute(
        update(GridCell)
        .where(GridCell.area_id == holder.id, holder.lineage.contains([area_id]), lasting)
        .values(places=places_of(holder))
        .execution_options(synchronize_session=False)
    )
