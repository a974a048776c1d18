"""What is wrong with a plan: one statement a rule, each with the columns of `_found`."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from geoalchemy2 import Geography
from sqlalchemy import (
    ColumnElement,
    Row,
    String,
    and_,
    case,
    cast,
    exists,
    func,
    literal,
    not_,
    null,
    select,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, array
from sqlalchemy.dialects.postgresql import UUID as PgUUID
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from sqlalchemy.sql import Select

from app.core.geo import SRID
from app.grid.check.schemas import Rule, Severity
from app.grid.models import Area, GridCell, GridPlan, Scheme
from app.grid.queries import below, once, rows

SLIVER_M2 = 1.0
SLIVER_WIDTH_M = 0.02
"""Pieces smaller than this, or thinner on average, come from rounding coordinates, not from drawing."""
MAX_FINDINGS = 200
FREE_CODE = 64
POLYGONS = 3


def _geography(shape: Any) -> ColumnElement[Any]:
    return cast(shape, Geography(srid=SRID))


def _m2(shape: Any) -> ColumnElement[float]:
    return func.ST_Area(_geography(shape))


def _matters(shape: Any) -> ColumnElement[bool]:
    thin = SLIVER_WIDTH_M / 2 * func.ST_Perimeter(_geography(shape))
    return and_(_m2(shape) > SLIVER_M2, _m2(shape) > thin)


def _found(
    cells: Any, detail: Any, *, severity: Any = Severity.ERROR.value, community: Any = None, shape: Any = None
) -> tuple[ColumnElement[Any], ...]:
    """The columns of a finding."""
    within = func.ST_PointOnSurface(shape)
    return (
        (literal(severity) if isinstance(severity, str) else severity).label("severity"),
        (array(cells, type_=String) if isinstance(cells, list) else cells).label("cells"),
        (null() if community is None else community).label("community"),
        (null() if shape is None else _m2(shape)).label("area_m2"),
        (null() if shape is None else func.ST_X(within)).label("lon"),
        (null() if shape is None else func.ST_Y(within)).label("lat"),
        (literal(detail) if isinstance(detail, str) else detail).label("detail"),
    )


def _none_of(id: Any, ids: list[UUID]) -> ColumnElement[bool]:
    none: ColumnElement[bool] = id != func.all(literal(ids, ARRAY(PgUUID(as_uuid=True))))
    return none


async def unsound(session: AsyncSession, plan_id: UUID) -> list[UUID]:
    """The cells whose polygons cross themselves; the other rules leave their ground out or mend it."""
    wrong = not_(func.ST_IsValid(GridCell.boundary))
    return list(await session.scalars(select(GridCell.id).where(GridCell.plan_id == plan_id, wrong)))


def invalid_polygon(plan: GridPlan, unsound: list[UUID]) -> Select[Any]:
    """Every polygon is valid: its rings do not cross or touch along a line."""
    reason = func.ST_IsValidReason(GridCell.boundary)
    shape = func.ST_MakeValid(GridCell.boundary)
    return select(*_found([GridCell.code], reason, shape=shape)).where(
        GridCell.plan_id == plan.id, not_(_none_of(GridCell.id, unsound))
    )


def overlap(plan: GridPlan, unsound: list[UUID]) -> Select[Any]:
    """No two cells share ground."""
    a, b = aliased(GridCell), aliased(GridCell)
    shared = func.ST_CollectionExtract(func.ST_Intersection(a.boundary, b.boundary), POLYGONS)
    pairs = (
        select(a.code.label("one"), b.code.label("other"), shared.label("shape"))
        .where(
            a.plan_id == plan.id,
            b.plan_id == plan.id,
            once(a, b),
            _none_of(a.id, unsound),
            _none_of(b.id, unsound),
            a.boundary.op("&&")(b.boundary),
            func.ST_Relate(a.boundary, b.boundary, "2********"),
        )
        .subquery()
    )
    columns = _found([pairs.c.one, pairs.c.other], "Two cells share ground.", shape=pairs.c.shape)
    return select(*columns).where(_matters(pairs.c.shape))


def hole(plan: GridPlan, unsound: list[UUID]) -> Select[Any]:
    """All ground inside the boundary of the plan's area (if it has none, the cells' outline) belongs to a cell."""
    mended = func.ST_CollectionExtract(func.ST_MakeValid(GridCell.boundary), POLYGONS)
    sound = case((not_(_none_of(GridCell.id, unsound)), mended), else_=GridCell.boundary)
    union = select(func.ST_Union(sound).label("shape")).where(GridCell.plan_id == plan.id).cte("covered")
    root = select(Area.boundary).where(Area.id == plan.area_id).scalar_subquery()
    gaps = select(func.ST_Dump(func.ST_Difference(root, union.c.shape)).geom.label("shape")).where(root.is_not(None))
    parts = select(func.ST_Dump(union.c.shape).geom.label("shape")).where(root.is_(None)).subquery()
    ring = func.ST_DumpRings(parts.c.shape)
    rings = select(ring.path[1].label("n"), ring.geom.label("shape")).subquery()
    inner = select(rings.c.shape).where(rings.c.n > 0)
    found = gaps.union_all(inner).subquery()
    columns = _found([], "No cell holds this ground.", shape=found.c.shape)
    return select(*columns).where(_matters(found.c.shape)).order_by(_m2(found.c.shape).desc())


def duplicate_code(plan: GridPlan, _: list[UUID]) -> Select[Any]:
    """A code names one cell."""
    detail = func.concat(cast(func.count(), String), " cells have this code.")
    return (
        select(*_found([GridCell.code], detail))
        .where(GridCell.plan_id == plan.id)
        .group_by(GridCell.code)
        .having(func.count() > 1)
        .order_by(GridCell.code)
    )


def wrong_code(plan: GridPlan, _: list[UUID]) -> Select[Any]:
    """A code follows the scheme: in `unit-15` the community's 12 digits and 3 more, else up to 64 characters."""
    unit = and_(GridCell.code.regexp_match("^[0-9]{15}$"), func.left(GridCell.code, 12) == GridCell.community_code)
    right, detail = (
        (unit, "Not the community's 12 digits and 3 more.")
        if plan.scheme == Scheme.UNIT_15
        else (func.char_length(GridCell.code) <= FREE_CODE, f"Longer than {FREE_CODE} characters.")
    )
    columns = _found([GridCell.code], detail, community=GridCell.community_code)
    return select(*columns).where(GridCell.plan_id == plan.id, not_(right)).order_by(GridCell.code)


def unknown_community(plan: GridPlan, _: list[UUID]) -> Select[Any]:
    """Every cell's community stands in the tree of the plan's area."""
    columns = _found([GridCell.code], "There is no such community in this area.", community=GridCell.community_code)
    mine = and_(GridCell.plan_id == plan.id, Area.id == GridCell.area_id)
    return select(*columns).where(mine, Area.code != GridCell.community_code).order_by(GridCell.code)


def not_a_leaf(plan: GridPlan, _: list[UUID]) -> Select[Any]:
    """Every cell belongs to an area without areas below, never straight to a street or district."""
    child = aliased(Area)
    columns = _found([GridCell.code], "This area is divided further.", community=GridCell.community_code)
    known = and_(Area.id == GridCell.area_id, Area.code == GridCell.community_code)
    divided = exists().where(child.parent_id == Area.id)
    return select(*columns).where(GridCell.plan_id == plan.id, known, divided).order_by(GridCell.code)


def outside_community(plan: GridPlan, unsound: list[UUID]) -> Select[Any]:
    """A cell lies in its community, or the nearest area above with a boundary; mostly outside is an error."""
    above, holder = aliased(Area), aliased(Area)
    nearest = (
        select(above.boundary.label("shape"))
        .where(above.id == func.any(holder.lineage), above.boundary.is_not(None))
        .order_by(func.cardinality(above.lineage).desc())
        .limit(1)
        .lateral()
    )
    out = func.ST_CollectionExtract(func.ST_Difference(GridCell.boundary, nearest.c.shape), POLYGONS)
    crossing = (
        select(GridCell.code, GridCell.community_code, GridCell.area_m2, out.label("shape"))
        .join(holder, holder.id == GridCell.area_id)
        .join(nearest, true())
        .where(
            GridCell.plan_id == plan.id,
            _none_of(GridCell.id, unsound),
            not_(func.ST_Covers(nearest.c.shape, GridCell.boundary)),
        )
        .subquery()
    )
    mostly = _m2(crossing.c.shape) > crossing.c.area_m2 / 2
    severity = case((mostly, Severity.ERROR.value), else_=Severity.WARNING.value)
    columns = _found(
        [crossing.c.code],
        "Lies outside its community's boundary.",
        severity=severity,
        community=crossing.c.community_code,
        shape=crossing.c.shape,
    )
    return select(*columns).where(_matters(crossing.c.shape)).order_by(mostly.desc(), crossing.c.code)


def empty_community(plan: GridPlan, _: list[UUID]) -> Select[Any]:
    """Every area without areas below has cells."""
    child = aliased(Area)
    leaf = not_(exists().where(child.parent_id == Area.id))
    used = exists().where(GridCell.area_id == Area.id, GridCell.plan_id == plan.id)
    columns = _found([], "No cell belongs to this area.", severity=Severity.WARNING.value, community=Area.code)
    return select(*columns).where(below(plan.area_id), leaf, not_(used)).order_by(Area.code)


RULES = {
    Rule.INVALID_POLYGON: invalid_polygon,
    Rule.OVERLAP: overlap,
    Rule.HOLE: hole,
    Rule.DUPLICATE_CODE: duplicate_code,
    Rule.WRONG_CODE: wrong_code,
    Rule.UNKNOWN_COMMUNITY: unknown_community,
    Rule.NOT_A_LEAF: not_a_leaf,
    Rule.OUTSIDE_COMMUNITY: outside_community,
    Rule.EMPTY_COMMUNITY: empty_community,
}


async def findings(session: AsyncSession, rule: Rule, plan: GridPlan, unsound: list[UUID]) -> Sequence[Row[Any]]:
    """What a rule finds, one more than is listed."""
    return await rows(session, RULES[rule](plan, unsound).limit(MAX_FINDINGS + 1))


async def settle_communities(session: AsyncSession, plan: GridPlan) -> None:
    """Tie cells to communities that the area tree has come to know, or has moved, since they were drafted."""
    known = and_(Area.code == GridCell.community_code, below(plan.area_id), Area.id != GridCell.area_id)
    tied = update(GridCell).where(GridCell.plan_id == plan.id, known).values(area_id=Area.id)
    await session.execute(tied.execution_options(synchronize_session=False))


async def communities(session: AsyncSession, plan_id: UUID) -> Sequence[Row[Any]]:
    """How many cells each area has: `code, name, name_en, cells`."""
    statement = (
        select(Area.code, Area.name, Area.name_en, func.count().label("cells"))
        .join(GridCell, GridCell.area_id == Area.id)
        .where(GridCell.plan_id == plan_id)
        .group_by(Area.id)
        .order_by(Area.code)
    )
    return await rows(session, statement)
