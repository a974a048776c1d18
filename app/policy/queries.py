"""What other capabilities build theirs from, the ladders and rules in force at a centre; and the life of editions."""

from collections.abc import Sequence
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    ScalarSelect,
    Select,
    any_,
    func,
    literal,
    literal_column,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by
from sqlalchemy.dialects.postgresql import UUID as PgUUID
from sqlalchemy.orm import aliased

from app.agency.models import Centre
from app.agency.queries import page
from app.agency.workflow import acts_as_system, granted_at
from app.catalogue.queries import calendar_of_centre
from app.core.db import Session
from app.identity.models import Account, Organisation
from app.identity.workflow import Actor, Right
from app.policy.models import EscalationPolicy, RoutingAlarm, RoutingSet
from app.policy.workflow import EditionState

PUBLISHED: ColumnElement[str] = literal_column("'published'")
Kind = TypeVar("Kind", EscalationPolicy, RoutingSet)

# --- pieces for hot statements -------------------------------------------------------------------------------------


def ladders_json(centre_id: Any) -> ScalarSelect[Any]:
    """`{clock: [rung, …]}` of the policy in force at a centre, for `ladders_of`; NULL where none is."""
    policy = aliased(EscalationPolicy)
    return _nearest(policy, policy.ladders, centre_id)


def policy_in_force(centre_id: Any) -> ScalarSelect[Any]:
    """The id of the policy in force at a centre: the nearest published at or above it; NULL where none is."""
    policy = aliased(EscalationPolicy)
    return _nearest(policy, policy.id, centre_id)


def _nearest(policy: Any, column: Any, centre_id: Any) -> ScalarSelect[Any]:
    own, above = aliased(Organisation), aliased(Organisation)
    return (
        select(column)
        .join(above, above.id == policy.centre_id)
        .join(own, policy.centre_id == any_(own.lineage))
        .where(own.id == centre_id, policy.state == PUBLISHED)
        .order_by(func.cardinality(above.lineage).desc())
        .limit(1)
        .scalar_subquery()
    )


def routing_json(centre_id: Any) -> ScalarSelect[Any]:
    """The sets of routing rules in force at a centre, the nearest first; NULL where none is.

    `[{"id": …, "broken": [rule, …], "calendar_id": …}, …]`: their rules are immutable, so a process keeps them by id.
    """
    held, alarm, own, above = aliased(RoutingSet), aliased(RoutingAlarm), aliased(Organisation), aliased(Organisation)
    broken = (
        select(func.json_agg(alarm.rule))
        .where(alarm.set_id == held.id, alarm.ended_at.is_(None), alarm.breaks)
        .correlate(held)
        .scalar_subquery()
    )
    shown = func.json_build_object(
        literal_column("'id'"), held.id,
        literal_column("'broken'"), broken,
        literal_column("'calendar_id'"), calendar_of_centre(centre_id),
    )  # fmt: skip
    return (
        select(func.json_agg(aggregate_order_by(shown, func.cardinality(above.lineage).desc())))
        .select_from(held)
        .join(above, above.id == held.centre_id)
        .join(own, held.centre_id == any_(own.lineage))
        .where(own.id == centre_id, held.state == PUBLISHED)
        .scalar_subquery()
    )


# --- editions ------------------------------------------------------------------------------------------------------


def seen(caller: Actor) -> ColumnElement[bool]:
    """What holds where the caller works: editions of its centres, of those below, and of those above."""
    if acts_as_system(caller):
        return true()
    granted = literal(granted_at(caller, Right.CATALOGUE_READ), ARRAY(PgUUID(as_uuid=True)))
    place = aliased(Organisation)
    above = select(func.unnest(place.lineage)).where(place.id == any_(granted))
    return or_(Organisation.lineage.overlap(granted), Organisation.id.in_(above))


SHOWN = (
    "id", "version", "created_at", "updated_at", "centre_id", "edition", "name", "name_en", "state", "published_at",
    "ended_at",
)  # fmt: skip


def editions(kind: type[Any]) -> Select[Any]:
    """Editions as they are shown, without what each holds."""
    publisher = select(Account.username).where(Account.id == kind.published_by).scalar_subquery()
    ender = select(Account.username).where(Account.id == kind.ended_by).scalar_subquery()
    columns: tuple[Any, ...] = (
        *(getattr(kind, name) for name in SHOWN),
        publisher.label("published_by"),
        ender.label("ended_by"),
        Organisation.code.label("centre"),
    )
    return select(*columns).join(Organisation, Organisation.id == kind.centre_id)


async def edition_page(  # a page of one kind
    session: Session, statement: Select[Any], kind: type[Kind], caller: Actor, after: UUID | None, limit: int
) -> Sequence[Any]:
    """Editions the caller sees, one more than asked for."""
    return await page(session, statement.where(seen(caller)), kind.id, after, limit)


def of(statement: Select[Any], kind: type[Kind], centre: str | None, state: EditionState | None) -> Select[Any]:
    """Only those of a centre, and in a state, where these are given."""
    if centre is not None:
        statement = statement.where(Organisation.code == centre)
    return statement if state is None else statement.where(kind.state == state.value)


async def edition_shown(session: Session, statement: Select[Any], kind: type[Kind], caller: Actor, id: UUID) -> Any:
    """One edition as it is shown, if the caller sees it."""
    return (await session.execute(statement.where(kind.id == id, seen(caller)))).one_or_none()


async def edition_held(session: Session, kind: type[Kind], caller: Actor, id: UUID) -> Kind | None:
    """An edition, held until commit with its centre, if the caller sees it."""
    statement = select(kind.centre_id).join(Organisation, Organisation.id == kind.centre_id)
    centre_id = await session.scalar(statement.where(kind.id == id, seen(caller)))
    if centre_id is None:
        return None
    await hold_centre(session, centre_id)
    return await session.get(kind, id, with_for_update={"key_share": True}, populate_existing=True)


async def hold_centre(session: Session, centre_id: UUID) -> None:
    """Let nobody else draft or publish at a centre until commit; whoever only points to it is not kept waiting."""
    await session.execute(select(Centre.id).where(Centre.id == centre_id).with_for_update(key_share=True))


async def last_edition(session: Session, kind: type[Kind], centre_id: UUID) -> int:
    """The number of a centre's latest edition; 0 before the first."""
    found = await session.scalar(select(func.max(kind.edition)).where(kind.centre_id == centre_id))
    return found or 0


async def end_in_force(session: Session, kind: type[Kind], centre_id: UUID, by: UUID) -> Sequence[UUID]:
    """Replace the edition in force at a centre; says which it was."""
    replaced = (
        update(kind)
        .where(kind.centre_id == centre_id, kind.state == EditionState.PUBLISHED.value)
        .values(state=EditionState.REPLACED.value, ended_at=func.now(), ended_by=by, version=kind.version + 1)
        .returning(kind.id)
    )
    return (await session.scalars(replaced)).all()


async def centre_seen(session: Session, caller: Actor, code: str) -> Organisation | None:
    """The centre with this code, if what it publishes is for the caller to see."""
    joined = select(Organisation).join(Centre, Centre.id == Organisation.id)
    return await session.scalar(joined.where(Organisation.code == code, seen(caller)))
