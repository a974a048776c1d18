"""The statements about tracks and their readers."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, exists, func, or_, select, tuple_

from app.core.db import Session
from app.identity.models import Account
from app.patrol.models import Position, TrackReading
from app.patrol.queries import DUTY_ENDS
from app.roster.models import CrewMember, Patrol, Shift


def _crewed_by(account_id: UUID) -> ColumnElement[bool]:
    """True for a shift on which the account sits."""
    return exists().where(CrewMember.shift_id == Shift.id, CrewMember.account_id == account_id)


async def patrol(session: Session, reference: UUID | str, centres: Collection[UUID], account_id: UUID) -> Patrol | None:
    """The patrol with this id or code at one of these centres, or on which the account has been on duty."""
    served = exists().where(Shift.patrol_id == Patrol.id, Shift.signed_on_at.is_not(None), _crewed_by(account_id))
    named = Patrol.id == reference if isinstance(reference, UUID) else Patrol.code == reference
    return await session.scalar(select(Patrol).where(named, or_(Patrol.centre_id.in_(centres), served)))


async def crewed(session: Session, patrol_id: UUID, account_id: UUID, from_at: datetime, to_at: datetime) -> list[UUID]:
    """The shifts of this patrol in a period on which the account sat."""
    during = (Shift.signed_on_at < to_at, from_at < DUTY_ENDS)
    statement = select(Shift.id).where(Shift.patrol_id == patrol_id, *during, _crewed_by(account_id))
    return list(await session.scalars(statement))


async def spots(
    session: Session,
    patrol_id: UUID,
    period: tuple[datetime, datetime],
    shift_ids: Collection[UUID] | None,
    after: tuple[datetime, str] | None,
    limit: int,
) -> Sequence[Any]:
    """Fixes in the order of time, of these shifts or of all; one more than asked for."""
    from_at, to_at = period
    conditions = [Position.patrol_id == patrol_id, Position.observed_at >= from_at, Position.observed_at < to_at]
    if shift_ids is not None:
        conditions.append(Position.shift_id.in_(shift_ids))
    if after is not None:
        conditions.append(tuple_(Position.observed_at, Position.device_id) > after)
    statement = (
        select(
            Position.observed_at,
            Position.device_id,
            Position.shift_id,
            func.ST_X(Position.location),
            func.ST_Y(Position.location),
            Position.accuracy_m,
            Position.speed_mps,
            Position.quality,
        )
        .where(*conditions)
        .order_by(Position.observed_at, Position.device_id)
        .limit(limit + 1)
    )
    return (await session.execute(statement)).all()


async def readings(
    session: Session, centres: Collection[UUID], account_id: UUID, before: int | None, limit: int
) -> Sequence[Any]:
    """Who read tracks, the newest first: of patrols at these centres, or of the account's own shifts; one more."""
    own = exists().where(
        Shift.patrol_id == TrackReading.patrol_id,
        Shift.signed_on_at < TrackReading.to_at,
        TrackReading.from_at < DUTY_ENDS,
        _crewed_by(account_id),
    )
    statement = (
        select(
            TrackReading.id,
            TrackReading.patrol_id,
            Patrol.code.label("patrol"),
            TrackReading.from_at,
            TrackReading.to_at,
            Account.username.label("actor"),
            TrackReading.purpose,
            TrackReading.at,
        )
        .join(Patrol, Patrol.id == TrackReading.patrol_id)
        .join(Account, Account.id == TrackReading.account_id)
        .where(or_(Patrol.centre_id.in_(centres), own))
        .order_by(TrackReading.id.desc())
        .limit(limit + 1)
    )
    if before is not None:
        statement = statement.where(TrackReading.id < before)
    return (await session.execute(statement)).all()
