"""Every statement about categories and standards, and the pieces that other capabilities build theirs from."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    ScalarSelect,
    Select,
    Text,
    any_,
    cast,
    func,
    literal,
    literal_column,
    or_,
    select,
    true,
    union_all,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.dialects.postgresql import UUID as PgUUID
from sqlalchemy.orm import aliased

from app.agency.models import Centre, Department
from app.agency.queries import code_of, page
from app.agency.workflow import acts_as_system, granted_at
from app.catalogue.models import Calendar, CalendarDay, Category, CategoryScheme, Standard
from app.catalogue.schemas import CategoryFilter
from app.core.db import Session
from app.grid.models import Area
from app.identity.models import Organisation
from app.identity.workflow import Actor, Right

# --- pieces for hot statements -------------------------------------------------------------------------------------


def _object(**members: Any) -> ColumnElement[Any]:
    parts: list[Any] = []
    for name, value in members.items():
        parts += [literal_column(f"'{name}'"), value]
    return func.jsonb_build_object(*parts)


def calendar_json(calendar_id: Any) -> ScalarSelect[Any]:
    """A calendar as `WorkCalendar.of` takes it, with its id and version, or NULL; the id is a column or a look-up."""
    days = (
        select(func.jsonb_object_agg(cast(CalendarDay.on, Text), CalendarDay.periods))
        .where(CalendarDay.calendar_id == Calendar.id)
        .scalar_subquery()
    )
    shown = _object(
        id=Calendar.id,
        version=Calendar.version,
        time_zone=Calendar.time_zone,
        weekly=Calendar.weekly,
        days=func.coalesce(days, literal_column("'{}'::jsonb", JSONB)),
    )
    return select(shown).where(Calendar.id == calendar_id).scalar_subquery()


def calendar_of_centre(centre_id: Any) -> ScalarSelect[Any]:
    """The id of the calendar a centre works by: its own, else that of the nearest centre above; or NULL."""
    own, above = aliased(Organisation), aliased(Organisation)
    centre = aliased(Centre)
    return (
        select(centre.calendar_id)
        .join(above, above.id == centre.id)
        .join(own, centre.id == any_(own.lineage))
        .where(own.id == centre_id, centre.calendar_id.is_not(None))
        .order_by(func.cardinality(above.lineage).desc())
        .limit(1)
        .scalar_subquery()
    )


def standard_json(standard_id: Any) -> ScalarSelect[Any]:
    """A standard with id, code and limits, or NULL."""
    standard = aliased(Standard)
    shown = _object(id=standard.id, code=standard.code, limits=standard.limits)
    return select(shown).where(standard.id == standard_id).scalar_subquery()


def default_standard(category_id: Any) -> ScalarSelect[Any]:
    """The id of a category's default standard."""
    standard = aliased(Standard)
    return select(standard.id).where(standard.category_id == category_id, standard.is_default).scalar_subquery()


def category_in_force(code: Any, root_area_id: Any) -> Select[Any]:
    """The `Category` with this code in the edition in force of a jurisdiction, by its root area."""
    return (
        select(Category)
        .join(CategoryScheme, CategoryScheme.id == Category.scheme_id)
        .where(CategoryScheme.is_current, CategoryScheme.area_id == root_area_id, Category.code == code)
    )


def root_of(area_id: Any) -> ScalarSelect[Any]:
    """The id of the root area above an area: its jurisdiction."""
    own, root = aliased(Area), aliased(Area)
    joined = select(root.id).join(own, root.id == any_(own.lineage))
    return joined.where(own.id == area_id, root.parent_id.is_(None)).scalar_subquery()


# --- what a caller sees --------------------------------------------------------------------------------------------


def jurisdictions(caller: Actor) -> Select[Any]:
    """The root areas of the trees in which the caller's centres and departments work."""
    granted = literal(granted_at(caller, Right.CATALOGUE_READ), ARRAY(PgUUID(as_uuid=True)))
    centres = select(Centre.area_id.label("id")).where(Centre.id == any_(granted))
    departments = select(Department.area_id).where(Department.id == any_(granted))
    own, root = aliased(Area), aliased(Area)
    ground = union_all(centres, departments).subquery()
    joined = select(root.id).join(own, root.id == any_(own.lineage)).join(ground, ground.c.id == own.id)
    return joined.where(root.parent_id.is_(None))


def seen(caller: Actor) -> ColumnElement[bool]:
    """Editions of the caller's jurisdictions."""
    return true() if acts_as_system(caller) else CategoryScheme.area_id.in_(jurisdictions(caller))


def _schemes() -> Select[Any]:
    columns: tuple[Any, ...] = tuple(CategoryScheme.__table__.columns)
    number = select(func.count()).where(Category.scheme_id == CategoryScheme.id).scalar_subquery()
    return select(*columns, code_of(Area, CategoryScheme.area_id).label("area"), number.label("categories"))


async def schemes(session: Session, caller: Actor, after: UUID | None, limit: int) -> Sequence[Any]:
    """Editions the caller sees, one more than asked for."""
    return await page(session, _schemes().where(seen(caller)), CategoryScheme.id, after, limit)


async def scheme(session: Session, id: UUID) -> Any:
    """One edition as it is shown."""
    return (await session.execute(_schemes().where(CategoryScheme.id == id))).one()


async def scheme_held(session: Session, caller: Actor, id: UUID) -> CategoryScheme | None:
    """An edition the caller sees, held until commit."""
    statement = select(CategoryScheme).where(CategoryScheme.id == id, seen(caller))
    return await session.scalar(statement.with_for_update())


def _filtered(statement: Select[Any], caller: Actor, wanted: CategoryFilter) -> Select[Any]:
    statement = statement.join(CategoryScheme, CategoryScheme.id == Category.scheme_id).where(seen(caller))
    if wanted.edition is None:
        statement = statement.where(CategoryScheme.is_current)
    named = {CategoryScheme.code: wanted.scheme, CategoryScheme.edition: wanted.edition, Category.domain: wanted.domain}
    for column, value in (*named.items(), (Category.code, wanted.category)):
        statement = statement if value is None else statement.where(column == value)
    if wanted.area is not None:
        area = aliased(Area)
        statement = statement.where(CategoryScheme.area_id.in_(select(area.id).where(area.code == wanted.area)))
    if wanted.q is not None:
        texts = (Category.code, Category.name, Category.name_en)
        statement = statement.where(or_(*(text.icontains(wanted.q, autoescape=True) for text in texts)))
    return statement


async def categories(
    session: Session, caller: Actor, wanted: CategoryFilter, after: UUID | None, limit: int
) -> Sequence[Any]:
    """Categories the caller sees, one more than asked for."""
    columns: tuple[Any, ...] = tuple(Category.__table__.columns)
    statement = select(*columns, CategoryScheme.code.label("scheme"), CategoryScheme.edition)
    return await page(session, _filtered(statement, caller, wanted), Category.id, after, limit)


async def standards(
    session: Session, caller: Actor, wanted: CategoryFilter, after: UUID | None, limit: int
) -> Sequence[Any]:
    """Standards of categories the caller sees, one more than asked for."""
    columns: tuple[Any, ...] = tuple(Standard.__table__.columns)
    statement = select(*columns, Category.code.label("category")).join(Category, Category.id == Standard.category_id)
    return await page(session, _filtered(statement, caller, wanted), Standard.id, after, limit)


async def standards_of(session: Session, category_id: UUID) -> Sequence[Any]:
    """The standards of one category, the default first."""
    columns: tuple[Any, ...] = tuple(Standard.__table__.columns)
    statement = select(*columns, Category.code.label("category")).join(Category, Category.id == Standard.category_id)
    ordered = statement.where(Category.id == category_id).order_by(Standard.is_default.desc(), Standard.code)
    return list(await session.execute(ordered))


# --- what a change needs -------------------------------------------------------------------------------------------


async def root_area(session: Session, code: str) -> Area | None:
    """The jurisdiction with this code."""
    return await session.scalar(select(Area).where(Area.code == code, Area.parent_id.is_(None)))


async def root_centre(session: Session, area_id: UUID) -> UUID | None:
    """The centre that commands a jurisdiction."""
    return await session.scalar(select(Centre.id).where(Centre.area_id == area_id))


async def centres_of(session: Session, area_id: UUID | None) -> Sequence[UUID]:
    """The centres of a jurisdiction, or all: who is told of a change."""
    statement = select(Centre.id).join(Area, Area.id == Centre.area_id)
    if area_id is not None:
        statement = statement.where(Area.lineage.contains([area_id]))
    return (await session.scalars(statement)).all()


async def named_departments(session: Session, scheme_id: UUID) -> Sequence[dict[str, Any]]:
    """The rules of an edition's categories, for the departments they name."""
    return (await session.scalars(select(Category.rules).where(Category.scheme_id == scheme_id))).all()


async def known_departments(session: Session, area_id: UUID, codes: Sequence[str]) -> Sequence[str]:
    """Which of these codes are departments of a jurisdiction."""
    statement = select(Organisation.code).join(Department, Department.id == Organisation.id)
    statement = statement.join(Area, Area.id == Department.area_id)
    inside = Area.lineage.contains([area_id])
    return (await session.scalars(statement.where(Organisation.code.in_(codes), inside))).all()


async def retire(session: Session, area_id: UUID) -> None:
    """Take the edition in force of a jurisdiction out of force."""
    in_force = update(CategoryScheme).where(CategoryScheme.area_id == area_id, CategoryScheme.is_current)
    await session.execute(in_force.values(is_current=False, version=CategoryScheme.version + 1))
