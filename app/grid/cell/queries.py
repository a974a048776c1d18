"""Every statement about cells, one by one and in lists."""

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ColumnElement, DateTime, Row, cast, func, literal, null, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql import Select

from app.core.geo import SRID
from app.grid.cell.schemas import CellChoice, CellFilters
from app.grid.models import Beat, BeatCell, CellNeighbour, GridCell, GridPlan
from app.grid.queries import geojson, in_force, rows, within
from app.grid.schemas import box
from app.identity.models import Organisation


def _shown(*, boundary: bool) -> Select[Any]:
    columns: tuple[Any, ...] = (
        GridCell.id,
        GridCell.version,
        GridCell.created_at,
        GridCell.updated_at,
        GridCell.plan_id,
        GridCell.code,
        GridPlan.scheme,
        GridCell.kind,
        GridCell.community_code.label("community"),
        GridCell.places,
        GridCell.area_m2,
        GridCell.valid_from,
        GridCell.valid_until,
        (cast(geojson(GridCell.boundary), JSON) if boundary else null()).label("boundary"),
    )
    return select(*columns).join(GridPlan, GridPlan.id == GridCell.plan_id)


def _chosen(which: CellChoice) -> Iterator[ColumnElement[bool]]:
    if which.plan:
        yield GridCell.plan_id == which.plan
    if which.at or not which.plan:
        yield in_force(func.coalesce(literal(which.at, DateTime(timezone=True)), func.now()))
    if which.area:
        yield GridCell.area_id.in_(within(which.area))


def _matching(filters: CellFilters) -> Iterator[ColumnElement[bool]]:
    if filters.kind:
        yield GridCell.kind == filters.kind.value
    if filters.beat:
        yield GridCell.id.in_(select(BeatCell.cell_id).where(BeatCell.beat_id == filters.beat))
    if bounds := box(filters.bbox):
        yield func.ST_Intersects(GridCell.boundary, func.ST_MakeEnvelope(*bounds, SRID))


async def page(session: AsyncSession, filters: CellFilters, after: tuple[str, UUID] | None) -> Sequence[Row[Any]]:
    """Cells in the order of their codes, one more than asked for."""
    statement = _shown(boundary=filters.boundary).where(*_chosen(filters), *_matching(filters))
    if after is not None:
        statement = statement.where(func.row(GridCell.code, GridCell.id) > func.row(*after))
    return await rows(session, statement.order_by(GridCell.code, GridCell.id).limit(filters.limit + 1))


async def named(session: AsyncSession, code: str, which: CellChoice) -> Row[Any] | None:
    """The cell with this code; the oldest where trees use the same code and no area is chosen."""
    statement = _shown(boundary=True).where(GridCell.code == code, *_chosen(which))
    found = await rows(session, statement.order_by(GridCell.id).limit(1))
    return found[0] if found else None


async def neighbours(session: AsyncSession, cell_id: UUID) -> list[str]:
    """The codes of the cells that share a border with this one."""
    statement = (
        select(GridCell.code)
        .join(CellNeighbour, CellNeighbour.neighbour_id == GridCell.id)
        .where(CellNeighbour.cell_id == cell_id)
        .order_by(GridCell.code)
    )
    return list(await session.scalars(statement))


async def beats(session: AsyncSession, cell_id: UUID, centres: Sequence[UUID]) -> Sequence[Row[Any]]:
    """The beats of some centres that this cell belongs to."""
    columns: tuple[Any, ...] = (
        Beat.id,
        Beat.version,
        Beat.created_at,
        Beat.updated_at,
        Organisation.code.label("organisation"),
        Beat.code,
        Beat.name,
        Beat.name_en,
    )
    statement = (
        select(*columns)
        .join(Organisation, Organisation.id == Beat.organisation_id)
        .join(BeatCell, BeatCell.beat_id == Beat.id)
        .where(BeatCell.cell_id == cell_id, Beat.organisation_id.in_(centres))
        .order_by(Beat.code, Beat.id)
    )
    return await rows(session, statement)
