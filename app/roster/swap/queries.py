"""Every statement about swaps."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, and_, func, literal, or_, select, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as PgUUID
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.agency.models import Officer
from app.identity.models import Account, Organisation
from app.identity.workflow import Actor
from app.roster.check.queries import department_codes
from app.roster.models import Patrol, Shift
from app.roster.queries import run_by
from app.roster.swap.models import Swap
from app.roster.swap.schemas import SwapFilter
from app.roster.swap.workflow import LIVE
from app.roster.workflow import SwapState

Giver, Taker = aliased(Officer), aliased(Officer)
Given, Taken = aliased(Shift), aliased(Shift)
GivenBy, TakenBy = aliased(Patrol), aliased(Patrol)
BEGUN = or_(
    Given.signed_on_at.is_not(None),
    Given.starts_at <= func.now(),
    Taken.signed_on_at.is_not(None),
    Taken.starts_at <= func.now(),
)
LIVE_STATES = sorted(state.value for state in LIVE)


def _swaps() -> Select[Any]:
    """Swaps with their officers, shifts and centre, who decided, and whether a shift has begun."""
    shown: tuple[Any, ...] = (
        *(Swap, Giver, Taker, Given, Taken, Organisation),
        GivenBy.code.label("patrol"),
        TakenBy.code.label("for_patrol"),
        Account.username.label("decided_by"),
        department_codes(Giver.department_id).label("departments"),
        func.coalesce(BEGUN, literal(value=False)).label("has_begun"),
    )
    return (
        select(*shown)
        .join(Giver, Giver.id == Swap.officer_id)
        .join(Given, Given.id == Swap.shift_id)
        .join(GivenBy, GivenBy.id == Given.patrol_id)
        .join(Organisation, Organisation.id == Swap.centre_id)
        .outerjoin(Taker, Taker.id == Swap.to_officer_id)
        .outerjoin(Taken, Taken.id == Swap.for_shift_id)
        .outerjoin(TakenBy, TakenBy.id == Taken.patrol_id)
        .outerjoin(Account, Account.id == Swap.decided_by)
    )


def _seen(caller: Actor, places: Collection[UUID]) -> ColumnElement[bool]:
    """One's own, those named to one, those of centres whose duty one runs, and open ones where one may be sent."""
    own = or_(Giver.account_id == caller.account_id, Taker.account_id == caller.account_id)
    here = Organisation.lineage.overlap(literal(list(places), ARRAY(PgUUID(as_uuid=True))))
    open_here = and_(Swap.is_open, Swap.state == SwapState.PROPOSED.value, here)
    return or_(own, Swap.centre_id.in_(run_by(caller)), open_here)


async def swaps(
    session: AsyncSession,
    caller: Actor,
    places: Collection[UUID],
    wanted: SwapFilter,
    page: tuple[UUID | None, int],
) -> Sequence[Any]:
    """Swaps the caller may see in the order they were proposed, one more than asked for; `page` is after and limit."""
    after, limit = page
    conditions = [_seen(caller, places)]
    if wanted.state is not None:
        conditions.append(Swap.state == wanted.state.value)
    if wanted.shift is not None:
        conditions.append(or_(Swap.shift_id == wanted.shift, Swap.for_shift_id == wanted.shift))
    if wanted.officer is not None:
        conditions.append(or_(Giver.number == wanted.officer, Taker.number == wanted.officer))
    if after is not None:
        conditions.append(Swap.id > after)
    return list(await session.execute(_swaps().where(*conditions).order_by(Swap.id).limit(limit + 1)))


async def swap(
    session: AsyncSession, caller: Actor, places: Collection[UUID], swap_id: UUID, *, is_held: bool = False
) -> Any:
    """One swap, if the caller may see it; held until commit when asked."""
    statement = _swaps().where(Swap.id == swap_id, _seen(caller, places))
    if is_held:
        statement = statement.with_for_update(of=Swap)
    return (await session.execute(statement.execution_options(populate_existing=True))).one_or_none()


async def expire(session: AsyncSession, batch: int) -> Sequence[Row[UUID, UUID, int, list[UUID]]]:
    """End the live swaps of which a shift has begun, at most so many: `id, centre_id, version, own` (both accounts)."""
    begun = (
        select(Swap.id)
        .join(Given, Given.id == Swap.shift_id)
        .outerjoin(Taken, Taken.id == Swap.for_shift_id)
        .where(Swap.state.in_(LIVE_STATES), BEGUN)
        .limit(batch)
        .with_for_update(of=Swap, skip_locked=True)
    )
    ended = update(Swap).where(Swap.id.in_(begun)).values(state=SwapState.EXPIRED.value, version=Swap.version + 1)
    both = or_(Officer.id == Swap.officer_id, Officer.id == Swap.to_officer_id)
    own = select(Officer.account_id).where(both, Officer.account_id.is_not(None)).scalar_subquery()
    kept = ended.returning(Swap.id, Swap.centre_id, Swap.version, func.array(own).label("own"))
    return (await session.execute(kept)).all()
