"""The statements about alarms, and which sets are due to be held against the world."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, or_, select, update

from app.agency.queries import page
from app.core.db import Session
from app.identity.models import Account, Organisation
from app.identity.workflow import Actor
from app.policy.models import RoutingAlarm, RoutingSet
from app.policy.queries import seen
from app.policy.workflow import EditionState

IN_FORCE = RoutingSet.state == EditionState.PUBLISHED.value


def _alarms(caller: Actor) -> Select[Any]:
    columns: tuple[Any, ...] = tuple(c for c in RoutingAlarm.__table__.columns if c.name != "acknowledged_by")
    who = select(Account.username).where(Account.id == RoutingAlarm.acknowledged_by).scalar_subquery()
    own = (RoutingSet.centre_id, RoutingSet.edition, Organisation.code.label("centre"), who.label("acknowledged_by"))
    joined = select(*columns, *own).join(RoutingSet, RoutingSet.id == RoutingAlarm.set_id)
    return joined.join(Organisation, Organisation.id == RoutingSet.centre_id).where(seen(caller))


async def alarms(  # what is asked for, and a page
    session: Session, caller: Actor, centre: str | None, after: UUID | None, limit: int, *, ended: bool
) -> Sequence[Any]:
    """Alarms of sets the caller sees, the open ones or all, one more than asked for."""
    statement = _alarms(caller) if ended else _alarms(caller).where(RoutingAlarm.ended_at.is_(None))
    statement = statement if centre is None else statement.where(Organisation.code == centre)
    return await page(session, statement, RoutingAlarm.id, after, limit)


async def alarm(session: Session, caller: Actor, id: UUID) -> Any:
    """One alarm as it is shown, if the caller sees it."""
    return (await session.execute(_alarms(caller).where(RoutingAlarm.id == id))).one_or_none()


async def alarm_held(session: Session, id: UUID) -> RoutingAlarm:
    """An alarm, held until commit."""
    return await session.get_one(RoutingAlarm, id, with_for_update=True, populate_existing=True)


async def open_alarms(session: Session, set_id: UUID) -> Sequence[RoutingAlarm]:
    """The open alarms of a set, held until commit."""
    statement = select(RoutingAlarm).where(RoutingAlarm.set_id == set_id, RoutingAlarm.ended_at.is_(None))
    return (await session.scalars(statement.order_by(RoutingAlarm.id).with_for_update())).all()


async def broken(session: Session, set_ids: Sequence[UUID]) -> dict[UUID, frozenset[str]]:
    """The rules of these sets whose effect cannot be carried out now."""
    statement = select(RoutingAlarm.set_id, RoutingAlarm.rule).where(
        RoutingAlarm.set_id.in_(set_ids), RoutingAlarm.ended_at.is_(None), RoutingAlarm.breaks
    )
    found: dict[UUID, set[str]] = {}
    for row in await session.execute(statement):
        found.setdefault(row.set_id, set()).add(row.rule)
    return {set_id: frozenset(rules) for set_id, rules in found.items()}


async def look_again(session: Session) -> None:
    """Say that the world has changed: every set in force is to be held against it."""
    stale = update(RoutingSet).where(IN_FORCE, RoutingSet.checked_at.is_not(None)).values(checked_at=None)
    await session.execute(stale.execution_options(synchronize_session=False))


async def due(session: Session, every: timedelta) -> RoutingSet | None:
    """The set that waits longest to be held against the world, held until commit; another worker takes another."""
    waits = or_(RoutingSet.checked_at.is_(None), RoutingSet.checked_at < func.now() - every)
    statement = select(RoutingSet).where(IN_FORCE, waits).order_by(RoutingSet.checked_at.nulls_first()).limit(1)
    return await session.scalar(statement.with_for_update(key_share=True, skip_locked=True))
