"""Every statement about changes of a crew."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.agency.models import Officer
from app.core.db import Session
from app.identity.models import Account, Organisation
from app.roster.crew.models import CrewChange
from app.roster.models import CrewMember


async def seats(session: Session, shift_id: UUID) -> dict[str, CrewMember]:
    """Every seat of a shift by the officer's number, those that were left too."""
    statement = select(Officer.number, CrewMember).join(Officer, Officer.id == CrewMember.officer_id)
    found = await session.execute(statement.where(CrewMember.shift_id == shift_id))
    return {number: seat for number, seat in found}  # noqa: C416  # a row is a tuple only to the type checker's eye


async def changes(session: Session, shift_id: UUID) -> Sequence[Any]:
    """What changed in a shift's crew, in its order."""
    columns: tuple[Any, ...] = (
        CrewChange.id,
        CrewChange.created_at.label("at"),
        CrewChange.officer_id,
        Officer.number.label("officer"),
        Organisation.code.label("department"),
        CrewChange.step,
        CrewChange.reason,
        Account.username.label("by"),
    )
    statement = (
        select(*columns)
        .join(Officer, Officer.id == CrewChange.officer_id)
        .join(Organisation, Organisation.id == Officer.department_id)
        .join(Account, Account.id == CrewChange.account_id)
        .where(CrewChange.shift_id == shift_id)
        .order_by(CrewChange.id)
    )
    return (await session.execute(statement)).all()
