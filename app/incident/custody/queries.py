"""The statements about custody."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import exists, insert, select

from app.core.db import Session
from app.identity.models import Account
from app.incident.evidence.models import Act, Custody, Evidence
from app.incident.models import Incident


async def held(session: Session, evidence_id: UUID) -> Evidence:
    """A picture that was seen; nobody changes it until commit."""
    return (await session.scalars(select(Evidence).where(Evidence.id == evidence_id).with_for_update())).one()


async def incident_of(session: Session, incident_id: UUID) -> Incident:
    """The incident that a picture was taken for."""
    return await session.get_one(Incident, incident_id)


async def lines(session: Session, evidence_id: UUID, after: int, limit: int) -> Sequence[Any]:
    """What was done with a picture, in order; one more than asked for."""
    columns = (Custody.id, Custody.act, Custody.purpose, Custody.sha256, Custody.details, Custody.at)
    statement = (
        select(*columns, Account.username.label("actor"))
        .outerjoin(Account, Account.id == Custody.account_id)
        .where(Custody.evidence_id == evidence_id, Custody.id > after)
        .order_by(Custody.id)
        .limit(limit + 1)
    )
    return (await session.execute(statement)).all()


async def kept(session: Session, after: UUID | None, limit: int) -> Sequence[Any]:
    """Pictures whose bytes are kept, in the order of their ids; whether that goes for the original, too."""
    received = Custody.details["original_kept"].as_boolean()
    without = exists().where(Custody.evidence_id == Evidence.id, Custody.act == Act.RECEIVED.value, received.is_(False))
    columns = (Evidence.id, Evidence.media_type, Evidence.sha256, Evidence.content_sha256)
    statement = select(*columns, (~without).label("original_kept")).where(Evidence.removed_at.is_(None))
    if after is not None:
        statement = statement.where(Evidence.id > after)
    return (await session.execute(statement.order_by(Evidence.id).limit(limit))).all()


async def say_moved(session: Session, rows: Sequence[Any]) -> None:
    """Put on record that the bytes of these pictures were copied to another store."""
    lines = [{"evidence_id": row.id, "act": Act.MOVED.value, "sha256": row.sha256, "details": {}} for row in rows]
    if lines:
        await session.execute(insert(Custody), lines)
