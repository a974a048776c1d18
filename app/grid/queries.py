"""The statements about the ground that others join: which cell holds a point at an instant, areas and their chains."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from geoalchemy2 import Geography
from sqlalchemy import ColumnElement, Double, Executable, Row, ScalarSelect, String, cast, func, or_, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from sqlalchemy.sql import Select

from app.core.geo import SRID
from app.grid.models import Area, GridCell

METRES_A_DEGREE = 110_500.0
"""Less than a degree of latitude anywhere is long, so that a box of this scale never is too small."""
POLE = 0.01


def point(lon: ColumnElement[float], lat: ColumnElement[float]) -> ColumnElement[Any]:
    """The geometry of a position in WGS 84 degrees."""
    return func.ST_SetSRID(func.ST_MakePoint(lon, lat), SRID)


def in_force(at: ColumnElement[datetime]) -> ColumnElement[bool]:
    """Cells of a plan in force at an instant; drafts never are."""
    return (GridCell.valid_from <= at) & or_(GridCell.valid_until.is_(None), GridCell.valid_until > at)


def cell_at(lon: ColumnElement[float], lat: ColumnElement[float], at: ColumnElement[datetime]) -> Select[Any]:
    """The cell that holds a position at an instant: `id, plan_id, area_id, code, kind, places`, or no row.

    Of the cells that meet in a point on a border it is always the one with the smallest code.
    """
    return (
        select(GridCell.id, GridCell.plan_id, GridCell.area_id, GridCell.code, GridCell.kind, GridCell.places)
        .where(func.ST_Intersects(GridCell.boundary, point(lon, lat)), in_force(at))
        .order_by(GridCell.code, GridCell.id)
        .limit(1)
    )


def cells_near(
    lon: ColumnElement[float],
    lat: ColumnElement[float],
    reach_m: ColumnElement[float],
    at: ColumnElement[datetime],
) -> Select[Any]:
    """The cells within `reach_m` of a position at an instant, the one that holds it first (`holds`, then `code`).

    Columns of `cell_at`, `holds`, `away_m`, and for the cell that holds the position `border_m` to its border.
    """
    here = point(lon, lat)
    degrees = reach_m / METRES_A_DEGREE
    around = func.ST_Expand(here, degrees / func.greatest(func.cos(func.radians(lat)), POLE, type_=Double()), degrees)
    holds = func.ST_Intersects(GridCell.boundary, here)
    spot = cast(here, Geography(srid=SRID))
    found = (
        select(
            GridCell.id,
            GridCell.plan_id,
            GridCell.area_id,
            GridCell.code,
            GridCell.kind,
            GridCell.places,
            GridCell.boundary,
            holds.label("holds"),
            func.ST_Distance(cast(GridCell.boundary, Geography(srid=SRID)), spot).label("away_m"),
        )
        .where(GridCell.boundary.op("&&")(around), in_force(at))
        .subquery()
    )
    border = func.ST_Distance(cast(func.ST_Boundary(found.c.boundary), Geography(srid=SRID)), spot)
    return (
        select(*(column for column in found.c if column.name != "boundary"), border.label("border_m"))
        .where(or_(found.c.holds, found.c.away_m <= reach_m))
        .order_by(found.c.holds.desc(), found.c.code, found.c.id)
    )


def once(a: Any, b: Any) -> ColumnElement[bool]:
    """True for one of the two orders of a pair of rows. Of text, so that the planner leaves the id's index alone."""
    return cast(a.id, String) < cast(b.id, String)


def below(area_id: Any) -> ColumnElement[bool]:
    """Areas that are this one or stand under it."""
    return Area.lineage.contains([area_id])


def within(code: str) -> Select[Any]:
    """The ids of the area with this code and of all below it."""
    above = aliased(Area)
    whole = func.array(select(above.id).where(above.code == code).scalar_subquery())
    return select(Area.id).where(Area.lineage.overlap(whole))


def places_of(area: Any) -> ScalarSelect[Any]:
    """The chain of areas from this one up, as cells keep it."""
    step = aliased(Area)
    shown = func.jsonb_build_object("code", step.code, "level", step.level, "name", step.name, "name_en", step.name_en)
    chain = func.jsonb_agg(aggregate_order_by(shown, func.cardinality(step.lineage).desc()))
    return select(chain).where(step.id == func.any(area.lineage)).correlate(area).scalar_subquery()


def geojson(boundary: Any) -> ColumnElement[str]:
    """The text of a boundary as GeoJSON."""
    return func.ST_AsGeoJSON(boundary)


async def area(session: AsyncSession, code: str) -> Area | None:
    """The area with this code."""
    return await session.scalar(select(Area).where(Area.code == code))


async def hold_tree(session: AsyncSession, area_id: UUID) -> None:
    """Hold the root of an area's tree until commit: one plan is published, or one area changed, at a time."""
    above = select(func.unnest(Area.lineage)).where(Area.id == area_id)
    await session.execute(select(Area.id).where(Area.id.in_(above), Area.parent_id.is_(None)).with_for_update())


async def now(session: AsyncSession) -> datetime:
    """The database's instant."""
    return (await session.execute(select(func.now()))).scalar_one()


async def rows(session: AsyncSession, statement: Executable) -> Sequence[Row[Any]]:
    """All rows of a statement."""
    found: Sequence[Row[Any]] = (await session.execute(statement)).all()
    return found
