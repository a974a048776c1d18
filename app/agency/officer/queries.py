"""Every statement about officers."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, or_, select, true
from sqlalchemy.orm import aliased

from app.agency.models import Officer
from app.agency.officer.schemas import OfficerFilter
from app.agency.queries import code_of, granted, page, reached
from app.agency.secondment.queries import seconded_to
from app.agency.workflow import acts_as_system
from app.core.db import Session
from app.identity.models import Account, Organisation, RoleGrant
from app.identity.workflow import Actor


def _officers() -> Select[Any]:
    own: tuple[Any, ...] = (
        Organisation.code.label("department"),
        code_of(Organisation, Officer.centre_id).label("centre"),
        select(Account.username).where(Account.id == Officer.account_id).scalar_subquery().label("account"),
    )
    columns: tuple[Any, ...] = tuple(Officer.__table__.columns)
    return select(*columns, *own).join(Organisation, Organisation.id == Officer.department_id)


async def officers(
    session: Session, caller: Actor, wanted: OfficerFilter, after: UUID | None, limit: int
) -> Sequence[Any]:
    """Officers the caller reaches, one more than asked for."""
    statement = _officers().where(_officer_reached(caller))
    if wanted.department is not None:
        statement = statement.where(Officer.department_id.in_(_place(wanted.department)))
    if wanted.centre is not None:
        statement = statement.where(Officer.centre_id.in_(_place(wanted.centre)))
    if wanted.host is not None:
        statement = statement.where(seconded_to(_place(wanted.host)))
    return await page(session, statement, Officer.id, after, limit)


def _place(code: str) -> Select[Any]:
    place = aliased(Organisation)
    return select(place.id).where(place.code == code)


def _officer_reached(caller: Actor) -> ColumnElement[bool]:
    """By department, by base, or by whom they serve with today."""
    if acts_as_system(caller):
        return true()
    place = aliased(Organisation)
    reach = select(place.id).where(place.lineage.overlap(granted(caller)))
    return or_(Officer.department_id.in_(reach), Officer.centre_id.in_(reach), seconded_to(reach))


async def officer(session: Session, id: UUID) -> Any:
    """One officer as they are shown."""
    return (await session.execute(_officers().where(Officer.id == id))).one()


async def officer_reached(session: Session, caller: Actor, number: str) -> Officer | None:
    """The officer with this number, if the caller reaches them, held until commit."""
    statement = select(Officer).where(Officer.number == number, _officer_reached(caller))
    return await session.scalar(statement.with_for_update())


async def account_id(session: Session, caller: Actor, username: str) -> UUID | None:
    """The account with this username, if it holds a grant that the caller reaches."""
    held = select(RoleGrant.account_id).join(Organisation, Organisation.id == RoleGrant.organisation_id)
    statement = select(Account.id).where(Account.username == username)
    inside = Account.id.in_(held.where(reached(caller)))
    return await session.scalar(statement if acts_as_system(caller) else statement.where(inside))
