"""Every statement about secondments."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    DateTime,
    Integer,
    Select,
    bindparam,
    case,
    cast,
    func,
    literal,
    or_,
    select,
    true,
    tuple_,
)
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.orm import aliased

from app.agency.models import Officer
from app.agency.queries import code_of, granted, local_date, local_zone
from app.agency.secondment.models import Secondment
from app.agency.secondment.schemas import SecondmentFilter
from app.agency.workflow import acts_as_system
from app.core.db import Session
from app.identity.models import Organisation, OrganisationKind
from app.identity.workflow import Actor

Host = aliased(Organisation)
TODAY = local_date(Host.lineage)


def _secondments() -> Select[Any]:
    """Secondments as they are shown; `today` is the date where the host is."""
    after = aliased(Secondment)
    own = tuple(column for column in Secondment.__table__.columns if column.name != "during")
    shown: tuple[Any, ...] = (
        Officer.number.label("officer"),
        Officer.display_name,
        code_of(Organisation, Secondment.department_id).label("department"),
        Host.code.label("host"),
        select(after.id).where(after.follows_id == Secondment.id).scalar_subquery().label("follow_up_id"),
        TODAY.label("today"),
    )
    return (
        select(*own, *shown)
        .join(Officer, Officer.id == Secondment.officer_id)
        .join(Host, Host.id == Secondment.host_id)
    )


def _seen(caller: Actor) -> ColumnElement[bool]:
    """At home, at the host or at the base of somebody the caller reaches, or the caller's own."""
    if acts_as_system(caller):
        return true()
    place = aliased(Organisation)
    reach = select(place.id).where(place.lineage.overlap(granted(caller)))
    sides = (Secondment.department_id, Secondment.host_id, Officer.centre_id)
    return or_(Officer.account_id == caller.account_id, *(side.in_(reach) for side in sides))


async def secondments(
    session: Session, caller: Actor, wanted: SecondmentFilter, after: tuple[date, UUID] | None, limit: int
) -> Sequence[Any]:
    """Secondments the caller may see by their last day, one more than asked for."""
    conditions = [_seen(caller), *_conditions(wanted)]
    if after is not None:
        conditions.append(tuple_(Secondment.ends_on, Secondment.id) > after)
    statement = _secondments().where(*conditions).order_by(Secondment.ends_on, Secondment.id)
    return list(await session.execute(statement.limit(limit + 1)))


def _conditions(wanted: SecondmentFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.officer is not None:
        found.append(Officer.number == wanted.officer)
    if wanted.department is not None:
        found.append(Secondment.department_id == _id_of(wanted.department))
    if wanted.host is not None:
        found.append(Host.code == wanted.host)
    if wanted.on is not None:
        found.append(Secondment.during.contains(wanted.on))
    if wanted.ends_within_days is not None:
        last = TODAY + cast(literal(wanted.ends_within_days), Integer)
        found += [Secondment.during.contains(TODAY), Secondment.ends_on <= last, Secondment.ended_on.is_(None)]
    if wanted.has_follow_up is not None:
        after = aliased(Secondment)
        named = select(after.id).where(after.follows_id == Secondment.id).exists()
        found.append(named if wanted.has_follow_up else ~named)
    return found


def _id_of(code: str) -> Any:
    place = aliased(Organisation)
    return select(place.id).where(place.code == code).scalar_subquery()


def seconded_to(hosts: Select[Any]) -> ColumnElement[bool]:
    """Whether an officer serves with one of these hosts today, where that is."""
    host = aliased(Organisation)
    today = Secondment.during.contains(local_date(host.lineage))
    at = select(Secondment.id).join(host, host.id == Secondment.host_id)
    return at.where(Secondment.officer_id == Officer.id, Secondment.host_id.in_(hosts), today).exists()


async def secondment(session: Session, caller: Actor, id: UUID) -> Any:
    """One secondment as it is shown, if the caller may see it."""
    return (await session.execute(_secondments().where(Secondment.id == id, _seen(caller)))).one_or_none()


async def held(session: Session, caller: Actor, id: UUID) -> Secondment | None:
    """The secondment, if the caller may see it, its row held until commit."""
    statement = select(Secondment).join(Officer, Officer.id == Secondment.officer_id)
    statement = statement.where(Secondment.id == id, _seen(caller)).with_for_update(of=Secondment)
    return await session.scalar(statement)


async def officer_held(session: Session, number: str) -> Officer | None:
    """The active officer with this number, their row held until commit."""
    statement = select(Officer).where(Officer.number == number, Officer.is_active)
    return await session.scalar(statement.with_for_update())


async def postings(session: Session, officer_ids: Collection[UUID]) -> Sequence[Any]:
    """The secondments of officers from midnight to midnight at the host: `officer_id, places, starts_at, ends_at`.

    `places` are the host alone where it is a centre; a department's are itself and everything above it.
    """
    zone = local_zone(Host.lineage)
    first, last = (cast(edge(Secondment.during), DateTime) for edge in (func.lower, func.upper))
    is_centre = Host.kind == OrganisationKind.CENTRE.value
    columns: tuple[Any, ...] = (
        Secondment.officer_id,
        case((is_centre, array([Host.id])), else_=Host.lineage).label("places"),
        func.timezone(zone, first).label("starts_at"),
        func.timezone(zone, last).label("ends_at"),
    )
    lasting = Secondment.officer_id.in_(officer_ids) & ~func.isempty(Secondment.during)
    return list(await session.execute(select(*columns).join(Host, Host.id == Secondment.host_id).where(lasting)))


async def today(session: Session, organisation_id: UUID) -> date:
    """The date where an organisation is."""
    statement = select(local_date(Organisation.lineage)).where(Organisation.id == bindparam("id"))
    return (await session.execute(statement, {"id": organisation_id})).scalar_one()
