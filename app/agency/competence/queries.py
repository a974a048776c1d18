"""Every statement about who is competent."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, any_, func, literal, select
from sqlalchemy.dialects.postgresql import UUID as PgUUID
from sqlalchemy.orm import aliased

from app.agency.models import Competence
from app.agency.queries import page, seen
from app.agency.workflow import Part
from app.core.db import Session
from app.grid.models import Area
from app.identity.models import Organisation
from app.identity.workflow import Actor


def _competences() -> Select[Any]:
    own: tuple[Any, ...] = (
        Area.code.label("area"),
        Organisation.code.label("department"),
        Organisation.name.label("department_name"),
        Organisation.name_en.label("department_name_en"),
    )
    columns: tuple[Any, ...] = tuple(Competence.__table__.columns)
    statement = select(*columns, *own).join(Area, Area.id == Competence.area_id)
    return statement.join(Organisation, Organisation.id == Competence.department_id)


async def competences(session: Session, caller: Actor, after: UUID | None, limit: int) -> Sequence[Any]:
    """Competences of departments the caller sees, one more than asked for."""
    return await page(session, _competences().where(seen(caller)), Competence.id, after, limit)


def matching(category_code: ColumnElement[str], area_id: ColumnElement[UUID]) -> Select[Any]:
    """The rules that cover a category in an area, with what ranks them; the arguments may be columns or parameters."""
    asked = aliased(Area)
    covers = and_(Area.id == any_(asked.lineage), func.starts_with(category_code, Competence.category_prefix))
    return (
        _competences()
        .add_columns(
            (func.cardinality(asked.lineage) - func.cardinality(Area.lineage)).label("steps_up"),
            func.length(Competence.category_prefix).label("prefix_length"),
            (Competence.part == Part.LEAD.value).label("is_lead"),
        )
        .join(asked, asked.id == area_id)
        .where(covers)
    )


async def matches(session: Session, category_code: str, area_id: UUID, caller: Actor | None = None) -> Sequence[Any]:
    """The rules that cover a category in an area, all or those of departments the caller sees."""
    statement = matching(literal(category_code), literal(area_id, PgUUID(as_uuid=True)))
    return list(await session.execute(statement if caller is None else statement.where(seen(caller))))


async def competences_by_id(session: Session, ids: Sequence[UUID]) -> Sequence[Any]:
    """Some competences as they are shown."""
    return list(await session.execute(_competences().where(Competence.id.in_(ids)).order_by(Competence.id)))


async def competence_seen(session: Session, caller: Actor, id: UUID) -> Competence | None:
    """The competence with this id, if the caller sees its department, held until commit."""
    statement = select(Competence).join(Organisation, Organisation.id == Competence.department_id)
    return await session.scalar(statement.where(Competence.id == id, seen(caller)).with_for_update(of=Competence))
