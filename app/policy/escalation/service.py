"""The use cases of escalation policies: what is done at a centre as limits run out, decided by edition."""

from typing import Any
from uuid import UUID

from app.core.db import Session
from app.core.problems import NotFound
from app.identity.workflow import Actor
from app.policy import queries as editions
from app.policy import service
from app.policy.escalation import queries
from app.policy.escalation.schemas import LaddersInForce, PolicyIn, PolicyOut, PolicyPatch, StepOut
from app.policy.models import EscalationPolicy
from app.policy.workflow import EditionAction, EditionState, ladders_of, may_now


def shown(row: Any, caller: Actor) -> PolicyOut:
    """A policy as the caller sees it."""
    state = EditionState(row.state)
    actions = may_now(state, writes=service.writes(caller, row.centre_id))
    return PolicyOut.model_validate(row._asdict() | {"allowed_actions": actions})


async def find(session: Session, caller: Actor, id: UUID) -> PolicyOut:
    """One policy.

    Raises:
        NotFound: there is none that the caller sees.
    """
    row = await queries.policy(session, caller, id)
    if row is None:
        raise NotFound
    return shown(row, caller)


async def draft(session: Session, by: Actor, body: PolicyIn) -> PolicyOut:
    """Draft a centre's next policy."""
    made = await service.draft(session, by, EscalationPolicy, body, ladders=_plain(body))
    return await find(session, by, made.id)


async def change(session: Session, by: Actor, id: UUID, body: PolicyPatch, based_on: int) -> PolicyOut:
    """Change a draft."""
    policy = await service.held(session, by, EscalationPolicy, id, EditionAction.CHANGE, based_on)
    service.rename(policy, body)
    if body.ladders is not None:
        policy.ladders = _plain(body)
    await session.flush()
    return await find(session, by, id)


def _plain(body: PolicyIn | PolicyPatch) -> dict[str, Any]:
    """Ladders as they are stored: what is not said is left out."""
    plain: dict[str, Any] = body.model_dump(mode="json", include={"ladders"}, exclude_defaults=True)["ladders"]
    return plain


async def publish(session: Session, by: Actor, id: UUID, based_on: int) -> PolicyOut:
    """Put a policy in force; clocks that run climb on by it, and say so in their record."""
    policy = await service.held(session, by, EscalationPolicy, id, EditionAction.PUBLISH, based_on)
    await service.put_in_force(session, by, policy)
    service.told(session, "policy.published", policy)
    return await find(session, by, id)


async def retire(session: Session, by: Actor, id: UUID, based_on: int) -> PolicyOut:
    """Take a policy out of force: what holds above the centre holds there again."""
    policy = await service.held(session, by, EscalationPolicy, id, EditionAction.RETIRE, based_on)
    await service.end(session, by, policy)
    service.told(session, "policy.retired", policy)
    return await find(session, by, id)


async def drop(session: Session, by: Actor, id: UUID, based_on: int) -> None:
    """Throw a draft away."""
    await session.delete(await service.held(session, by, EscalationPolicy, id, EditionAction.DROP, based_on))


async def in_force(session: Session, caller: Actor, centre: str) -> LaddersInForce:
    """What is done at a centre as limits run out now.

    Raises:
        NotFound: there is no such centre that the caller sees.
    """
    place = await editions.centre_seen(session, caller, centre)
    if place is None:
        raise NotFound
    row = await queries.in_force(session, place.id)
    steps = ladders_of(None if row is None else row.ladders)
    return LaddersInForce(
        centre=centre,
        policy_id=row and row.id,
        policy_centre=row and row.centre,
        edition=row.edition if row else 0,
        steps={clock: [StepOut(**step._asdict()) for step in ladder] for clock, ladder in steps.items()},
    )
