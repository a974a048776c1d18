"""Every statement about centres, departments, and who sees which of them."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Date,
    ScalarSelect,
    Select,
    String,
    Uuid,
    and_,
    any_,
    cast,
    column,
    delete,
    func,
    literal,
    or_,
    select,
    table,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by, array, distinct_on, insert
from sqlalchemy.dialects.postgresql import UUID as PgUUID
from sqlalchemy.orm import aliased

from app.agency.models import Centre, CentreArea, Department
from app.agency.workflow import acts_as_system, granted_at
from app.core.db import Session
from app.grid.models import Area
from app.identity.models import Organisation, OrganisationKind
from app.identity.workflow import Actor, Right

GROUNDS_LOCK = 0x6365_6E74_7265
"""Held while it is changed who commands which area."""

# The calendar belongs to a capability above; as with its foreign key, only its name is known here.
CALENDAR = table(
    "calendar", column("id", Uuid), column("code", String), column("area_id", Uuid), column("time_zone", String)
)


def granted(caller: Actor) -> ColumnElement[list[UUID]]:
    """Where the caller was given a role that may look at the organisation."""
    return literal(granted_at(caller, Right.ORGANISATION_READ), ARRAY(PgUUID(as_uuid=True)))


def reached(caller: Actor) -> ColumnElement[bool]:
    """Organisations the caller's grants reach: where they are given, and below."""
    return true() if acts_as_system(caller) else Organisation.lineage.overlap(granted(caller))


def seen(caller: Actor) -> ColumnElement[bool]:
    """Organisations the caller sees: those reached, everything above them, and the departments of those above."""
    place = aliased(Organisation)
    above = select(func.unnest(place.lineage)).where(place.id == any_(granted(caller)))
    at_hand = and_(Organisation.kind == OrganisationKind.DEPARTMENT.value, Organisation.parent_id.in_(above))
    return or_(reached(caller), Organisation.id.in_(above), at_hand)


def local_zone(lineage: Any) -> ColumnElement[str]:
    """The time zone of the nearest centre of a lineage that keeps a calendar, else UTC."""
    near = aliased(Centre)
    zone = (
        select(CALENDAR.c.time_zone)
        .join(near, near.calendar_id == CALENDAR.c.id)
        .where(near.id == any_(lineage))
        .order_by(near.level)
        .limit(1)
        .correlate_except(CALENDAR, near)
        .scalar_subquery()
    )
    return func.coalesce(zone, "UTC")


def local_date(lineage: Any) -> ColumnElement[date]:
    """Today where an organisation of this lineage is."""
    return cast(func.timezone(local_zone(lineage), func.now()), Date)


def code_of(model: Any, id: Any) -> ScalarSelect[Any]:
    """The code of an organisation or area, as a value."""
    other = aliased(model)
    return select(other.code).where(other.id == id).scalar_subquery()


_ROW: tuple[Any, ...] = (
    Organisation.id,
    Organisation.version,
    Organisation.created_at,
    Organisation.updated_at,
    Organisation.code,
    Organisation.name,
    Organisation.name_en,
    Organisation.parent_id,
    code_of(Organisation, Organisation.parent_id).label("parent"),
)


def _centres() -> Select[Any]:
    further = aliased(Area)
    codes = select(func.array_agg(aggregate_order_by(further.code, further.code))).where(
        further.id == any_(Centre.further_area_ids)
    )
    own: tuple[Any, ...] = (
        Centre.level,
        Centre.area_id,
        Centre.settings,
        code_of(Area, Centre.area_id).label("area"),
        func.coalesce(codes.scalar_subquery(), cast(array([]), ARRAY(String))).label("further_areas"),
        select(CALENDAR.c.code).where(CALENDAR.c.id == Centre.calendar_id).scalar_subquery().label("calendar"),
    )
    return select(*_ROW, *own).join(Centre, Centre.id == Organisation.id)


def _departments() -> Select[Any]:
    own: tuple[Any, ...] = (
        Department.kind,
        Department.is_vertical,
        Department.functional_parent,
        Department.area_id,
        code_of(Area, Department.area_id).label("area"),
    )
    return select(*_ROW, *own).join(Department, Department.id == Organisation.id)


async def page(session: Session, statement: Select[Any], id: Any, after: UUID | None, limit: int) -> Sequence[Any]:
    """The rows after an id, in the order of that column, one more than asked for."""
    statement = statement.order_by(id).limit(limit + 1)
    return list(await session.execute(statement if after is None else statement.where(id > after)))


async def centres(session: Session, caller: Actor, after: UUID | None, limit: int) -> Sequence[Any]:
    """Centres the caller sees, one more than asked for."""
    return await page(session, _centres().where(seen(caller)), Organisation.id, after, limit)


async def departments(session: Session, caller: Actor, after: UUID | None, limit: int) -> Sequence[Any]:
    """Departments the caller sees, one more than asked for."""
    return await page(session, _departments().where(seen(caller)), Organisation.id, after, limit)


async def tree(session: Session, caller: Actor) -> Sequence[Any]:
    """Every organisation the caller sees, those above before those below."""
    columns: tuple[Any, ...] = (
        *(Organisation.id, Organisation.parent_id, Organisation.kind, Organisation.code),
        *(Organisation.name, Organisation.name_en, Centre.level, Area.code.label("area")),
    )
    ground = func.coalesce(Centre.area_id, Department.area_id)
    statement = (
        select(*columns)
        .outerjoin(Centre, Centre.id == Organisation.id)
        .outerjoin(Department, Department.id == Organisation.id)
        .outerjoin(Area, Area.id == ground)
        .where(seen(caller))
        .order_by(func.cardinality(Organisation.lineage), Organisation.kind, Organisation.code)
    )
    return list(await session.execute(statement))


async def centre(session: Session, id: UUID) -> Any:
    """One centre as it is shown."""
    return (await session.execute(_centres().where(Organisation.id == id))).one()


async def department(session: Session, id: UUID) -> Any:
    """One department as it is shown."""
    return (await session.execute(_departments().where(Organisation.id == id))).one()


async def organisation_seen(
    session: Session, caller: Actor, code: str, *kinds: OrganisationKind
) -> Organisation | None:
    """The organisation with this code, if it is of one of these kinds (any by default) and the caller sees it."""
    listed = [kind.value for kind in kinds or OrganisationKind]
    statement = select(Organisation).where(Organisation.code == code, Organisation.kind.in_(listed), seen(caller))
    return await session.scalar(statement)


async def above(session: Session, ids: Sequence[UUID]) -> list[UUID]:
    """These organisations and everything above them: who is told what concerns them."""
    found = select(func.unnest(Organisation.lineage)).where(Organisation.id.in_(ids)).distinct()
    return sorted(await session.scalars(found))


async def organisation_held(session: Session, id: UUID) -> Organisation:
    """An organisation, its row held until commit."""
    return await session.get_one(Organisation, id, with_for_update=True, populate_existing=True)


async def areas(session: Session, codes: Sequence[str]) -> dict[str, Area]:
    """Areas by code."""
    return {area.code: area for area in await session.scalars(select(Area).where(Area.code.in_(codes)))}


async def calendar_id(session: Session, code: str, area: Area) -> UUID | None:
    """The calendar with this code, if it is for all or for a jurisdiction this area is of."""
    of = or_(CALENDAR.c.area_id.is_(None), CALENDAR.c.area_id.in_(area.lineage))
    return await session.scalar(select(CALENDAR.c.id).where(CALENDAR.c.code == code, of))


async def hold_grounds(session: Session) -> None:
    """Let nobody else change who commands which area until commit."""
    await session.execute(select(func.pg_advisory_xact_lock(GROUNDS_LOCK)))


async def commanded(session: Session, area_ids: Sequence[UUID], but: UUID) -> bool:
    """Whether a centre but one commands any of these areas by name."""
    ids = literal(list(area_ids), ARRAY(PgUUID(as_uuid=True)))
    named = or_(Centre.area_id == any_(ids), Centre.further_area_ids.overlap(ids))
    return bool(await session.scalar(select(select(Centre.id).where(named, Centre.id != but).exists())))


async def rebuild_centre_areas(session: Session) -> None:
    """Say again for every area which centre is the nearest at or above it; rows that stay right are not touched."""
    own = select(Centre.id.label("centre_id"), Centre.area_id.label("area_id"))
    further = select(Centre.id, func.unnest(Centre.further_area_ids))
    ground = own.union_all(further).subquery()
    named = aliased(Area)
    nearest = (
        select(Area.id.label("area_id"), ground.c.centre_id)
        .ext(distinct_on(Area.id))
        .join(ground, ground.c.area_id == any_(Area.lineage))
        .join(named, named.id == ground.c.area_id)
        .order_by(Area.id, func.cardinality(named.lineage).desc())
    )
    added = insert(CentreArea).from_select(["area_id", "centre_id"], nearest)
    changed = added.on_conflict_do_update(
        index_elements=[CentreArea.area_id],
        set_={"centre_id": added.excluded.centre_id},
        where=CentreArea.centre_id != added.excluded.centre_id,
    )
    await session.execute(changed)
    await session.execute(delete(CentreArea).where(CentreArea.area_id.not_in(select(nearest.subquery().c.area_id))))


async def ground(session: Session, id: UUID) -> Area | None:
    """The area an organisation works in."""
    own = select(func.coalesce(Centre.area_id, Department.area_id)).select_from(Organisation)
    own = own.outerjoin(Centre, Centre.id == Organisation.id).outerjoin(Department, Department.id == Organisation.id)
    return await session.scalar(select(Area).where(Area.id == own.where(Organisation.id == id).scalar_subquery()))
