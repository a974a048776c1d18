"""The statements about reporters' contacts and who read them."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.core.db import Session
from app.identity.models import Account
from app.incident.contact.models import ContactReading, Reporter


async def reporter(session: Session, incident_id: UUID) -> Reporter | None:
    """The contact of who reported."""
    return await session.get(Reporter, incident_id)


async def readings(session: Session, incident_id: UUID, after: int, limit: int) -> Sequence[Any]:
    """Who read the contact, in order; one more than asked for."""
    statement = (
        select(ContactReading.id, Account.username.label("actor"), ContactReading.purpose, ContactReading.at)
        .join(Account, Account.id == ContactReading.account_id)
        .where(ContactReading.incident_id == incident_id, ContactReading.id > after)
        .order_by(ContactReading.id)
        .limit(limit + 1)
    )
    return (await session.execute(statement)).all()
