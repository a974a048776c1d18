"""Every statement about grid plans: kept, drafted, published."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from geoalchemy2 import Geography
from sqlalchemy import (
    DDL,
    LargeBinary,
    Row,
    String,
    and_,
    cast,
    column,
    func,
    insert,
    literal,
    null,
    or_,
    select,
    union_all,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.dialects.postgresql import UUID as PgUUID
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from sqlalchemy.sql import Select
from sqlalchemy.types import TypeEngine

from app.core.geo import SRID
from app.core.ids import uuid7
from app.grid.models import Area, BeatCell, CellNeighbour, GridCell, GridPlan, PlanStatus
from app.grid.plan.schemas import Drawn, PlanFilters
from app.grid.queries import below, hold_tree, once, places_of, rows

NEAR_DEGREES = 3e-7
"""Borders that rounding has moved apart (three centimetres) are the same border…"""
SHARED_DEGREES = 1e-5
"""…if they run together for a metre: cells that meet in a corner come that near, but not for long."""
LONG = "120s"


def _shown(*, report: bool) -> Select[Any]:
    columns: tuple[Any, ...] = (
        GridPlan.id,
        GridPlan.version,
        GridPlan.created_at,
        GridPlan.updated_at,
        Area.code.label("area"),
        GridPlan.name,
        GridPlan.scheme,
        GridPlan.source,
        GridPlan.read_as,
        GridPlan.status,
        GridPlan.effective_from,
        GridPlan.effective_until,
        GridPlan.published_at,
        select(func.count()).where(GridCell.plan_id == GridPlan.id).scalar_subquery().label("cells"),
        (GridPlan.report if report else null()).label("report"),
    )
    return select(*columns).join(Area, Area.id == GridPlan.area_id)


async def page(session: AsyncSession, filters: PlanFilters, after: UUID | None) -> Sequence[Row[Any]]:
    """Plans in the order they were made, one more than asked for."""
    statement = _shown(report=False).order_by(GridPlan.id).limit(filters.limit + 1)
    if filters.area:
        statement = statement.where(Area.code == filters.area)
    if filters.status:
        statement = statement.where(GridPlan.status == filters.status.value)
    return await rows(session, statement if after is None else statement.where(GridPlan.id > after))


async def shown(session: AsyncSession, plan_id: UUID) -> Row[Any] | None:
    """One plan with its report."""
    found = await rows(session, _shown(report=True).where(GridPlan.id == plan_id))
    return found[0] if found else None


async def held(session: AsyncSession, plan_id: UUID) -> GridPlan | None:
    """The plan, held until commit with the root of its area tree: one plan of a tree changes at a time.

    What is done with a held plan reads every cell, so it may take longer than other requests.
    """
    await session.execute(select(func.set_config("statement_timeout", LONG, True)))
    plan = await session.get(GridPlan, plan_id, with_for_update=True)
    if plan is not None:
        await hold_tree(session, plan.area_id)
    return plan


async def add_cells(session: AsyncSession, plan: GridPlan, drawn: Drawn) -> None:
    """The cells of a draft in one statement; a cell of an unknown community stays at the plan's own area."""
    columns: dict[str, tuple[list[Any], TypeEngine[Any]]] = {
        "id": ([uuid7() for _ in drawn.codes], PgUUID(as_uuid=True)),
        "code": (drawn.codes, String()),
        "kind": (drawn.kinds, String()),
        "community": (drawn.communities, String()),
        "wkb": (drawn.boundaries, LargeBinary()),
    }
    given = (
        func.unnest(*(literal(values, ARRAY(kind)) for values, kind in columns.values()))
        .table_valued(*(column(name, kind) for name, (_, kind) in columns.items()))
        .render_derived()
    )
    known = aliased(Area)
    boundary = func.ST_GeomFromWKB(given.c.wkb, SRID)
    await session.execute(
        insert(GridCell).from_select(
            ["id", "plan_id", "area_id", "community_code", "code", "kind", "boundary", "area_m2", "places"],
            select(
                given.c.id,
                literal(plan.id),
                func.coalesce(known.id, plan.area_id),
                given.c.community,
                given.c.code,
                given.c.kind,
                boundary,
                func.ST_Area(cast(boundary, Geography(srid=SRID))),
                literal([], JSONB),
            )
            .select_from(given)
            .outerjoin(known, and_(known.code == given.c.community, known.lineage.contains([plan.area_id]))),
        )
    )
    # Without fresh figures the planner compares all cells with all; autovacuum would come minutes after the check.
    await session.execute(DDL("ANALYZE grid_cell"))  # type: ignore[no-untyped-call]


async def later(session: AsyncSession, plan: GridPlan, at: datetime) -> UUID | None:
    """A published plan of the same area from this instant or later."""
    same = and_(GridPlan.area_id == plan.area_id, GridPlan.status == PlanStatus.PUBLISHED.value)
    return await session.scalar(select(GridPlan.id).where(same, GridPlan.effective_from >= at).limit(1))


async def elsewhere(session: AsyncSession, plan: GridPlan, at: datetime) -> UUID | None:
    """A published plan of an area above or below this plan's that has not ended at an instant."""
    mine = aliased(Area)
    related = or_(below(plan.area_id), Area.id == func.any(mine.lineage))
    statement = (
        select(GridPlan.id)
        .join(Area, Area.id == GridPlan.area_id)
        .join(mine, mine.id == plan.area_id)
        .where(related, Area.id != plan.area_id, GridPlan.status == PlanStatus.PUBLISHED.value)
        .where(or_(GridPlan.effective_until.is_(None), GridPlan.effective_until > at))
        .limit(1)
    )
    return await session.scalar(statement)


async def end_previous(session: AsyncSession, plan: GridPlan, at: datetime) -> None:
    """End the area's plan that is in force at an instant, and its cells."""
    ended = (
        update(GridPlan)
        .where(GridPlan.area_id == plan.area_id, GridPlan.status == PlanStatus.PUBLISHED.value)
        .where(GridPlan.effective_until.is_(None))
        .values(effective_until=at, version=GridPlan.version + 1)
        .returning(GridPlan.id)
        .cte("ended")
    )
    cells = update(GridCell).where(GridCell.plan_id.in_(select(ended.c.id))).values(valid_until=at)
    await session.execute(cells.add_cte(ended).execution_options(synchronize_session=False))


async def put_in_force(session: AsyncSession, plan: GridPlan, at: datetime) -> None:
    """Give the plan's cells their period and their chain of areas."""
    holder = aliased(Area)
    changed = update(GridCell).where(GridCell.plan_id == plan.id, holder.id == GridCell.area_id)
    await session.execute(
        changed.values(valid_from=at, places=places_of(holder)).execution_options(synchronize_session=False)
    )


async def join_neighbours(session: AsyncSession, plan: GridPlan) -> None:
    """Note, both ways, which cells share a stretch of border; to meet in a corner is not enough."""
    a, b = aliased(GridCell), aliased(GridCell)
    near = func.ST_Expand(a.boundary, NEAR_DEGREES)
    same_line = func.ST_Relate(a.boundary, b.boundary, "****1****")
    beside = func.ST_Intersection(func.ST_Boundary(a.boundary), func.ST_Buffer(b.boundary, NEAR_DEGREES, "quad_segs=1"))
    pairs = (
        select(a.id.label("one"), b.id.label("other"))
        .where(a.plan_id == plan.id, b.plan_id == plan.id, once(a, b), near.op("&&")(b.boundary))
        .where(or_(same_line, func.ST_Length(beside) > SHARED_DEGREES))
        .cte("pairs")
    )
    both = union_all(select(pairs.c.one, pairs.c.other), select(pairs.c.other, pairs.c.one))
    await session.execute(insert(CellNeighbour).from_select(["cell_id", "neighbour_id"], both))


async def carry_beats(session: AsyncSession, plan: GridPlan, at: datetime) -> None:
    """Keep the beats: each cell of the plan joins the beats of the cell with its code that ends when it begins."""
    old, new = aliased(GridCell), aliased(GridCell)
    before = aliased(GridPlan)
    carried = (
        select(BeatCell.beat_id, new.id)
        .join(old, old.id == BeatCell.cell_id)
        .join(before, before.id == old.plan_id)
        .join(new, and_(new.code == old.code, new.plan_id == plan.id))
        .where(before.area_id == plan.area_id, old.valid_until == at)
    )
    await session.execute(insert(BeatCell).from_select(["beat_id", "cell_id"], carried))
