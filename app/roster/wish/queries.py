"""Every statement about wishes."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, exists, func, literal, or_, select, tuple_
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.dialects.postgresql import UUID as PgUUID
from sqlalchemy.ext.asyncio import AsyncSession

from app.agency.models import Officer
from app.identity.models import Organisation
from app.roster.models import Roster, Shift
from app.roster.wish.models import RosterWish, StandingWish
from app.roster.workflow import RosterStatus

RosterRow = Row[Roster, Organisation]


async def rosters(
    session: AsyncSession,
    officer_id: UUID,
    places: Collection[UUID],
    after: tuple[date, UUID] | None,
    limit: int,
) -> Sequence[RosterRow]:
    """Drafts of centres with one of `places` at or above them, and rosters about which the officer has said wishes.

    By their first day, one more than asked for.
    """
    said = exists().where(RosterWish.roster_id == Roster.id, RosterWish.officer_id == officer_id)
    theirs = or_(Roster.status == RosterStatus.DRAFT.value, said)
    found = _rosters(places).where(theirs).order_by(Roster.starts_on, Roster.id).limit(limit + 1)
    if after is not None:
        found = found.where(tuple_(Roster.starts_on, Roster.id) > after)
    return (await session.execute(found)).all()


def _rosters(places: Collection[UUID]) -> Any:
    near = Organisation.lineage.overlap(literal(list(places), ARRAY(PgUUID(as_uuid=True))))
    return select(Roster, Organisation).join(Organisation, Organisation.id == Roster.centre_id).where(near)


async def roster(
    session: AsyncSession, roster_id: UUID, places: Collection[UUID], *, is_held: bool = False
) -> RosterRow | None:
    """A roster of a centre with one of `places` at or above it; held, it is not published until commit."""
    found = _rosters(places).where(Roster.id == roster_id)
    if is_held:
        found = found.with_for_update(of=Roster, read=True)
    row: RosterRow | None = (await session.execute(found)).one_or_none()
    return row


async def shifts(session: AsyncSession, roster_ids: Collection[UUID]) -> Sequence[Row[Any]]:
    """The times of shifts and whom they want: `roster_id, starts_at, ends_at, wanted, is_ahead`."""
    ahead = (Shift.starts_at > func.now()).label("is_ahead")
    columns: tuple[Any, ...] = (Shift.roster_id, Shift.starts_at, Shift.ends_at, Shift.wanted, ahead)
    found = select(*columns).where(Shift.roster_id.in_(roster_ids)).order_by(Shift.starts_at, Shift.ends_at)
    return (await session.execute(found)).all()


async def said(session: AsyncSession, officer_id: UUID, roster_ids: Collection[UUID]) -> dict[UUID, RosterWish]:
    """What an officer said about rosters."""
    mine = select(RosterWish).where(RosterWish.officer_id == officer_id, RosterWish.roster_id.in_(roster_ids))
    found = await session.scalars(mine.execution_options(populate_existing=True))
    return {row.roster_id: row for row in found}


async def standing(session: AsyncSession, officer_ids: Collection[UUID]) -> dict[UUID, StandingWish]:
    """The standing wishes of officers."""
    found = await session.scalars(select(StandingWish).where(StandingWish.officer_id.in_(officer_ids)))
    return {row.officer_id: row for row in found}


async def of_roster(session: AsyncSession, roster_id: UUID, officer_ids: Collection[UUID]) -> dict[UUID, RosterWish]:
    """What some officers said about a roster."""
    mine = (RosterWish.roster_id == roster_id, RosterWish.officer_id.in_(officer_ids))
    return {row.officer_id: row for row in await session.scalars(select(RosterWish).where(*mine))}


async def page(
    session: AsyncSession, roster: Roster, after: str | None, limit: int
) -> Sequence[Row[Officer, RosterWish | None, StandingWish | None]]:
    """Officers with wishes about a roster, or of its centre with standing ones, by number, one more than asked for."""
    lasting = and_(StandingWish.id.is_not(None), Officer.centre_id == roster.centre_id, Officer.is_active)
    found = (
        select(Officer, RosterWish, StandingWish)
        .outerjoin(RosterWish, and_(RosterWish.officer_id == Officer.id, RosterWish.roster_id == roster.id))
        .outerjoin(StandingWish, StandingWish.officer_id == Officer.id)
        .where(or_(RosterWish.id.is_not(None), lasting))
        .order_by(Officer.number)
        .limit(limit + 1)
    )
    if after is not None:
        found = found.where(Officer.number > after)
    return (await session.execute(found)).all()


async def shares_before(
    session: AsyncSession, officer_ids: Collection[UUID], since: date, before: date
) -> dict[UUID, float]:
    """Which share of their wishes officers were granted by published rosters that began in a stretch of days."""
    found = (
        select(RosterWish.officer_id, func.avg(RosterWish.share))
        .join(Roster, Roster.id == RosterWish.roster_id)
        .where(RosterWish.officer_id.in_(officer_ids), RosterWish.share.is_not(None))
        .where(Roster.status == RosterStatus.PUBLISHED.value, Roster.starts_on >= since, Roster.starts_on < before)
        .group_by(RosterWish.officer_id)
    )
    return {officer_id: float(share) for officer_id, share in await session.execute(found)}


async def officers(session: AsyncSession, numbers: Collection[str]) -> dict[str, Row[Any]]:
    """Officers by number: `id, account_id`."""
    columns: tuple[Any, ...] = (Officer.number, Officer.id, Officer.account_id)
    rows = await session.execute(select(*columns).where(Officer.number.in_(numbers)))
    return {row.number: row for row in rows}


async def answer(session: AsyncSession, roster_id: UUID, rows: Sequence[dict[str, Any]]) -> None:
    """Keep what became of officers' wishes about a roster; of each `officer_id, share, answers`."""
    made = insert(RosterWish).values(
        [{"roster_id": roster_id, "rather": [], "rather_not": [], "answered_at": func.now()} | row for row in rows]
    )
    new = {name: made.excluded[name] for name in ("share", "answers", "answered_at")}
    statement = made.on_conflict_do_update(
        constraint="roster_wish_roster_id_officer_id_key", set_=new | {"version": RosterWish.version + 1}
    )
    await session.execute(statement)
