"""The statements about escalation policies."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select

from app.core.db import Session
from app.identity.models import Organisation
from app.identity.workflow import Actor
from app.policy import queries
from app.policy.models import EscalationPolicy
from app.policy.workflow import EditionState


def _policies() -> Select[Any]:
    return queries.editions(EscalationPolicy).add_columns(EscalationPolicy.ladders)


async def policies(  # what is asked for, and a page
    session: Session, caller: Actor, centre: str | None, state: EditionState | None, after: UUID | None, limit: int
) -> Sequence[Any]:
    """Policies the caller sees, one more than asked for."""
    statement = queries.of(_policies(), EscalationPolicy, centre, state)
    return await queries.edition_page(session, statement, EscalationPolicy, caller, after, limit)


async def policy(session: Session, caller: Actor, id: UUID) -> Any:
    """One policy as it is shown, if the caller sees it."""
    return await queries.edition_shown(session, _policies(), EscalationPolicy, caller, id)


async def in_force(session: Session, centre_id: UUID) -> Any:
    """The policy in force at a centre, or nothing."""
    found = await session.scalar(select(queries.policy_in_force(centre_id)))
    held = EscalationPolicy
    columns = select(held.id, held.edition, held.ladders, Organisation.code.label("centre"))
    joined = columns.join(Organisation, Organisation.id == held.centre_id)
    return (await session.execute(joined.where(held.id == found))).one_or_none()
