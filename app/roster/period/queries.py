"""Every statement about rosters and the shifts made for them."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Integer, Row, cast, delete, func, select, tuple_
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.ext.asyncio import AsyncSession

from app.identity.models import Organisation
from app.identity.workflow import Actor
from app.roster.models import CrewMember, Patrol, Roster, Shift
from app.roster.period.schemas import RosterFilter
from app.roster.period.workflow import Span
from app.roster.queries import SEATED, at_or_below, roster_visible


async def rosters(
    session: AsyncSession, caller: Actor, wanted: RosterFilter, after: tuple[date, UUID] | None, limit: int
) -> Sequence[Roster]:
    """Rosters the caller may see by their first day, one more than asked for."""
    found = select(Roster).join(Organisation, Organisation.id == Roster.centre_id).where(roster_visible(caller))
    if wanted.centre is not None:
        found = found.where(at_or_below(wanted.centre))
    if wanted.status is not None:
        found = found.where(Roster.status == wanted.status.value)
    if wanted.on is not None:
        found = found.where(Roster.starts_on <= wanted.on, Roster.ends_on >= wanted.on)
    if after is not None:
        found = found.where(tuple_(Roster.starts_on, Roster.id) > after)
    return (await session.scalars(found.order_by(Roster.starts_on, Roster.id).limit(limit + 1))).all()


async def centres(session: AsyncSession, centre_ids: Collection[UUID]) -> dict[UUID, Organisation]:
    """Centres by id."""
    return {one.id: one for one in await session.scalars(select(Organisation).where(Organisation.id.in_(centre_ids)))}


async def counts(session: AsyncSession, roster_ids: Collection[UUID]) -> dict[UUID, Row[Any]]:
    """How many `shifts`, `seats` and `open_seats` rosters have, by their id."""
    mix = func.jsonb_each_text(Shift.wanted["mix"]).table_valued("key", "value").render_derived()
    wanted = select(func.sum(cast(mix.c.value, Integer))).scalar_subquery()
    seated = select(func.count()).where(CrewMember.shift_id == Shift.id, SEATED).correlate(Shift).scalar_subquery()
    each = select(Shift.roster_id, wanted.label("wanted"), seated.label("seated"))
    shift = each.where(Shift.roster_id.in_(roster_ids)).subquery()
    columns: tuple[Any, ...] = (
        func.count().label("shifts"),
        func.sum(shift.c.wanted).label("seats"),
        func.sum(func.greatest(shift.c.wanted - shift.c.seated, 0)).label("open_seats"),
    )
    found = select(shift.c.roster_id, *columns).group_by(shift.c.roster_id)
    return {row.roster_id: row for row in await session.execute(found)}


async def discard(session: AsyncSession, roster_id: UUID) -> None:
    """Delete a roster with its shifts and their crews."""
    await session.execute(delete(Roster).where(Roster.id == roster_id))


async def shifts_held(session: AsyncSession, roster_id: UUID) -> Sequence[Shift]:
    """A roster's shifts, held until commit."""
    found = select(Shift).where(Shift.roster_id == roster_id).order_by(Shift.id).with_for_update()
    return (await session.scalars(found.execution_options(populate_existing=True))).all()


async def patrols(session: AsyncSession, centre_id: UUID) -> dict[str, UUID]:
    """A centre's patrols by code."""
    found = select(Patrol.code, Patrol.id).where(Patrol.centre_id == centre_id)
    return {row.code: row.id for row in await session.execute(found)}


async def patrols_taken(session: AsyncSession, centre_id: UUID, between: Span) -> Sequence[Row[Any]]:
    """When the patrols of a centre have shifts: `patrol_id, starts_at, ends_at`."""
    columns: tuple[Any, ...] = (Shift.patrol_id, Shift.starts_at, Shift.ends_at)
    found = select(*columns).where(Shift.centre_id == centre_id)
    return (await session.execute(found.where(Shift.starts_at < between[1], Shift.ends_at > between[0]))).all()


async def members(session: AsyncSession, shift_ids: Collection[UUID]) -> dict[tuple[UUID, UUID], CrewMember]:
    """Who sits on some shifts, by shift and officer."""
    found = await session.scalars(select(CrewMember).where(CrewMember.shift_id.in_(shift_ids)))
    return {(member.shift_id, member.officer_id): member for member in found}


async def empty(session: AsyncSession, shift_ids: Collection[UUID]) -> None:
    """Take everybody off some shifts."""
    await session.execute(delete(CrewMember).where(CrewMember.shift_id.in_(shift_ids)))


async def officers_taken(session: AsyncSession, officer_ids: Collection[UUID], between: Span) -> Sequence[Row[Any]]:
    """When officers sit on shifts: `officer_id, starts_at, ends_at`."""
    columns: tuple[Any, ...] = (CrewMember.officer_id, Shift.starts_at, Shift.ends_at)
    found = select(*columns).join(Shift, Shift.id == CrewMember.shift_id)
    inside = CrewMember.during.op("&&")(Range(*between))
    return (await session.execute(found.where(CrewMember.officer_id.in_(officer_ids), inside))).all()
