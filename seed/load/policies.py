"""What is done by rule: routing rules and an escalation policy, published as any centre would."""

from app.core.db import Session
from app.identity.workflow import Actor
from app.policy.escalation import service as escalation
from app.policy.routing import queries
from app.policy.routing import service as routing
from seed.load import files


async def publish(session: Session, by: Actor) -> str:
    """Draft and publish every set of rules and every policy."""
    rules = steps = 0
    for body in files.routing_sets():
        draft = await routing.draft(session, by, body)
        rules += (await routing.publish(session, by, draft.id, draft.version)).rule_count
    for policy in files.escalation_policies():
        made = await escalation.draft(session, by, policy)
        steps += len((await escalation.publish(session, by, made.id, made.version)).ladders)
    return f"{rules} routing rules, ladders for {steps} clocks in force"


async def are_there(session: Session, by: Actor) -> bool:
    """Whether the district has a set of rules."""
    return bool(await queries.sets(session, by, files.ROOT, None, None, 1))
