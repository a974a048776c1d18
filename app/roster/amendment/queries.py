"""Every statement about shifts that change, and about what was recorded of it."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Uuid, case, column, delete, select, tuple_, update, values
from sqlalchemy.dialects.postgresql import TSTZRANGE
from sqlalchemy.ext.asyncio import AsyncSession

from app.agency.models import Officer
from app.identity.models import Account
from app.identity.workflow import Actor
from app.roster.models import CrewMember, Roster, RosterAmendment, Shift
from app.roster.queries import visible

SEAT: tuple[Any, ...] = (column("officer_id", Uuid), column("shift_id", Uuid), column("during", TSTZRANGE))


async def hold(session: AsyncSession, shift_ids: Collection[UUID]) -> tuple[dict[UUID, Roster], dict[UUID, Shift]]:
    """The rosters of some shifts, and then these, by id, held until commit: whoever changes one takes that order."""
    of_them = select(Shift.roster_id).where(Shift.id.in_(shift_ids))
    rosters = select(Roster).where(Roster.id.in_(of_them)).order_by(Roster.id)
    shifts = select(Shift).where(Shift.id.in_(shift_ids)).order_by(Shift.id)
    held = [
        await session.scalars(statement.with_for_update().execution_options(populate_existing=True))
        for statement in (rosters, shifts)
    ]
    return {roster.id: roster for roster in held[0]}, {shift.id: shift for shift in held[1]}


async def members(session: AsyncSession, shift_ids: Collection[UUID]) -> Sequence[Row[UUID, str, bool]]:
    """Who sits on some shifts: `shift_id, number, is_leader`."""
    found = select(CrewMember.shift_id, Officer.number, CrewMember.is_leader)
    joined = found.join(Officer, Officer.id == CrewMember.officer_id)
    return (await session.execute(joined.where(CrewMember.shift_id.in_(shift_ids)))).all()


async def unseat(session: AsyncSession, seats: Collection[tuple[UUID, str]]) -> None:
    """Take officers, by number, off shifts."""
    gone = select(CrewMember.shift_id, CrewMember.officer_id).join(Officer, Officer.id == CrewMember.officer_id)
    named = gone.where(tuple_(CrewMember.shift_id, Officer.number).in_(seats))
    await session.execute(delete(CrewMember).where(tuple_(CrewMember.shift_id, CrewMember.officer_id).in_(named)))


async def lead(session: AsyncSession, leaders: Mapping[UUID, str | None]) -> None:
    """Let these officers lead, by shift, and nobody else there."""
    there = CrewMember.shift_id.in_(leaders)
    await session.execute(update(CrewMember).where(there).values(is_leader=False))
    named = [(shift_id, number) for shift_id, number in leaders.items() if number]
    officer = (CrewMember.officer_id == Officer.id) & tuple_(CrewMember.shift_id, Officer.number).in_(named)
    await session.execute(update(CrewMember).where(officer).values(is_leader=True))


async def retime(session: AsyncSession, shift: Shift) -> None:
    """Give the crew of a shift its new time."""
    await session.execute(update(CrewMember).where(CrewMember.shift_id == shift.id).values(during=shift.during))


async def clash(session: AsyncSession, caller: Actor, wanted: Collection[tuple[UUID, Shift]]) -> Row[Any] | None:
    """Another shift that one of these officers sits on at the time of the shift wanted.

    `number, starts_at, ends_at`, and `id`, null for a caller who may not see it.
    """
    seats = values(*SEAT, name="seat").data([(officer_id, shift.id, shift.during) for officer_id, shift in wanted])
    taken = (CrewMember.officer_id == seats.c.officer_id) & CrewMember.during.op("&&")(seats.c.during)
    found = (
        select(Officer.number, Shift.starts_at, Shift.ends_at, case((visible(caller), Shift.id)).label("id"))
        .select_from(seats)
        .join(CrewMember, taken & (CrewMember.shift_id != seats.c.shift_id))
        .join(Officer, Officer.id == CrewMember.officer_id)
        .join(Shift, Shift.id == CrewMember.shift_id)
        .order_by(Officer.number, Shift.starts_at)
        .limit(1)
    )
    return (await session.execute(found)).one_or_none()


async def cancel(session: AsyncSession, shift_ids: Collection[UUID]) -> None:
    """Delete shifts with their crews."""
    await session.execute(delete(Shift).where(Shift.id.in_(shift_ids)))


async def amendments(
    session: AsyncSession, roster_id: UUID, after: UUID | None, limit: int
) -> Sequence[Row[RosterAmendment, str]]:
    """A roster's amendments with who made them, the oldest first, one more than asked for."""
    found = select(RosterAmendment, Account.username).join(Account, Account.id == RosterAmendment.account_id)
    ordered = found.where(RosterAmendment.roster_id == roster_id).order_by(RosterAmendment.id).limit(limit + 1)
    return (await session.execute(ordered if after is None else ordered.where(RosterAmendment.id > after))).all()
