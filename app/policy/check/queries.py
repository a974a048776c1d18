"""The statement of what routing rules are held against: categories, departments, areas and cells as they are now."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, any_, func, literal, or_, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as PgUUID
from sqlalchemy.orm import aliased

from app.agency.models import Centre, Department
from app.catalogue.models import Category, CategoryScheme
from app.catalogue.queries import root_of
from app.core.db import Session
from app.grid.models import Area, GridCell
from app.grid.queries import in_force
from app.identity.models import Organisation


async def grounds(session: Session, centre_id: UUID) -> tuple[UUID, Sequence[UUID]]:
    """The area a centre commands, and all that it commands by name."""
    row = (await session.execute(select(Centre.area_id, Centre.further_area_ids).where(Centre.id == centre_id))).one()
    return row.area_id, [row.area_id, *row.further_area_ids]


async def categories(session: Session, area_id: UUID) -> dict[str, str]:
    """The categories in force in the jurisdiction of an area, with their domain."""
    statement = (
        select(Category.code, Category.domain)
        .join(CategoryScheme, CategoryScheme.id == Category.scheme_id)
        .where(CategoryScheme.is_current, CategoryScheme.area_id == root_of(literal(area_id, PgUUID(as_uuid=True))))
    )
    return {row.code: row.domain for row in await session.execute(statement)}


def _on(ground: Sequence[UUID]) -> ColumnElement[bool]:
    """Areas on this ground, or with it below them."""
    own = aliased(Area)
    listed = literal(list(ground), ARRAY(PgUUID(as_uuid=True)))
    above = select(func.unnest(own.lineage)).where(own.id == any_(listed))
    return or_(Area.lineage.overlap(listed), Area.id.in_(above))


async def departments(session: Session, ground: Sequence[UUID], codes: Sequence[str]) -> dict[str, UUID]:
    """Of these departments those that work on a ground, in part or all of it, with their id."""
    statement = (
        select(Organisation.code, Organisation.id)
        .join(Department, Department.id == Organisation.id)
        .join(Area, Area.id == Department.area_id)
        .where(Organisation.code.in_(codes), _on(ground))
    )
    return {row.code: row.id for row in await session.execute(statement)}


async def areas(session: Session, ground: Sequence[UUID], codes: Sequence[str]) -> dict[str, frozenset[str]]:
    """Of these areas those on a ground or above it, each with its own code and those of the areas above it."""
    above = aliased(Area)
    statement = (
        select(Area.code, func.array_agg(above.code).label("chain"))
        .join(above, above.id == any_(Area.lineage))
        .where(Area.code.in_(codes), _on(ground))
        .group_by(Area.code)
    )
    return {row.code: frozenset(row.chain) for row in await session.execute(statement)}


async def cells(session: Session, ground: Sequence[UUID], codes: Sequence[str]) -> dict[str, frozenset[str]]:
    """Of these cells those in force on a ground, each with the codes of the areas it lies in."""
    above = aliased(Area)
    listed: Any = literal(list(ground), ARRAY(PgUUID(as_uuid=True)))
    statement = (
        select(GridCell.code, func.array_agg(above.code).label("chain"))
        .join(Area, and_(Area.id == GridCell.area_id, Area.lineage.overlap(listed)))
        .join(above, above.id == any_(Area.lineage))
        .where(GridCell.code.in_(codes), in_force(func.now()))
        .group_by(GridCell.code)
    )
    return {row.code: frozenset(row.chain) for row in await session.execute(statement)}
