"""Every statement about open seats, and about which officer a caller is."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Text, and_, exists, func, literal, select, tuple_
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as PgUUID
from sqlalchemy.ext.asyncio import AsyncSession

from app.agency.models import Officer
from app.grid.models import Beat
from app.identity.models import Organisation
from app.roster.check.queries import department_codes
from app.roster.models import CrewMember, Patrol, Roster, Shift, ShiftTemplate
from app.roster.workflow import RosterStatus

Place = tuple[datetime, UUID]


async def officer_of(session: AsyncSession, account_id: UUID) -> Any:
    """The active officer with this account: `id, number, skills, departments`."""
    columns: tuple[Any, ...] = (Officer.id, Officer.number, Officer.skills)
    codes = department_codes(Officer.department_id).label("departments")
    found = select(*columns, codes).where(Officer.account_id == account_id, Officer.is_active)
    return (await session.execute(found)).one_or_none()


async def open_shifts(
    session: AsyncSession,
    officer: Any,
    places: Collection[UUID],
    after: Place | None,
    limit: int,
    shift_id: UUID | None = None,
) -> Sequence[Any]:
    """Shifts ahead that an officer might sign up to, by their start, one more than asked for, or one of them.

    Of templates that allow it at centres with one of `places` at or above them, wanting a department of the officer's,
    at a time when the officer is free.
    """
    during = func.tstzrange(Shift.starts_at, Shift.ends_at)
    busy = exists().where(CrewMember.officer_id == officer.id, CrewMember.during.op("&&")(during))
    found = (
        select(Shift, Patrol, Organisation, Beat)
        .join(Roster, Roster.id == Shift.roster_id)
        .join(ShiftTemplate, and_(ShiftTemplate.id == Shift.template_id, ShiftTemplate.allows_sign_up))
        .join(Patrol, Patrol.id == Shift.patrol_id)
        .join(Organisation, Organisation.id == Shift.centre_id)
        .outerjoin(Beat, Beat.id == Shift.beat_id)
        .where(Shift.starts_at > func.now(), Shift.signed_on_at.is_(None), ~busy)
        .where(Organisation.lineage.overlap(literal(list(places), ARRAY(PgUUID(as_uuid=True)))))
        .where(Shift.wanted["mix"].has_any(literal(list(officer.departments), ARRAY(Text))))
        .order_by(Shift.starts_at, Shift.id)
        .limit(limit + 1)
    )
    if shift_id is not None:
        found = found.where(Shift.id == shift_id)
    return (
        await session.execute(found if after is None else found.where(tuple_(Shift.starts_at, Shift.id) > after))
    ).all()


async def signed_up(session: AsyncSession, shift_id: UUID, officer_id: UUID) -> bool:
    """Whether an officer sits on a shift of a draft whose template allows signing up, and so may leave it."""
    found = (
        select(Shift.id)
        .join(Roster, and_(Roster.id == Shift.roster_id, Roster.status == RosterStatus.DRAFT.value))
        .join(ShiftTemplate, and_(ShiftTemplate.id == Shift.template_id, ShiftTemplate.allows_sign_up))
        .join(CrewMember, and_(CrewMember.shift_id == Shift.id, CrewMember.officer_id == officer_id))
        .where(Shift.id == shift_id)
    )
    return await session.scalar(found) is not None
