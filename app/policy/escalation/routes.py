"""HTTP of escalation policies."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from app.agency.routes import ADDED, CHANGES, LISTED, ONE, REFUSED, BasedOn, tagged
from app.core.db import Read, Write
from app.core.once import KeyMissing, KeyReused, StillRunning
from app.core.pages import Cursor, Limit, Page, decode, page_of
from app.core.problems import problems
from app.identity.access import OnceKey, needs
from app.identity.schemas import Code
from app.identity.workflow import Actor, Right
from app.policy.escalation import queries, service
from app.policy.escalation.schemas import (
    LaddersInForce,
    LadderTemplateOut,
    LadderTemplates,
    PolicyIn,
    PolicyOut,
    PolicyPatch,
)
from app.policy.escalation.workflow import TEMPLATES
from app.policy.service import IllegalEditionMove
from app.policy.workflow import EditionState

router = APIRouter(prefix="/v1/escalation-policies", tags=["policies"])
Reader = Annotated[Actor, needs(Right.CATALOGUE_READ)]
Writer = Annotated[Actor, needs(Right.POLICIES_WRITE)]
OfCentre = Annotated[Code | None, Query(description="Of this centre.")]
InState = Annotated[EditionState | None, Query(description="In this state.")]
MOVED = problems(*CHANGES, IllegalEditionMove, KeyMissing, KeyReused, StillRunning)
CHANGED = problems(*CHANGES, IllegalEditionMove)


@router.get("", responses=LISTED)
async def list_policies(  # a page, and what is asked for
    caller: Reader,
    session: Read,
    centre: OfCentre = None,
    state: InState = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[PolicyOut]:
    """Escalation policies of the caller's centres, those below and those above: drafts, in force, and before."""
    after = decode("escalation-policies", cursor, UUID)
    rows = await queries.policies(session, caller, centre, state, after[0] if after else None, limit)
    return page_of("escalation-policies", [service.shown(row, caller) for row in rows], limit, "id")


@router.get("/templates", dependencies=[needs(Right.CATALOGUE_READ)], responses=problems(*REFUSED))
async def list_templates() -> LadderTemplates:
    """Ladders to begin from. The first is what holds where no centre has published any."""
    return LadderTemplates(items=[LadderTemplateOut.model_validate(template._asdict()) for template in TEMPLATES])


@router.get("/in-force", responses=ONE)
async def show_ladders_in_force(
    caller: Reader, session: Read, centre: Annotated[Code, Query(description="The centre that is asked about.")]
) -> LaddersInForce:
    """What is done at a centre as limits run out now, clock by clock and step by step."""
    return await service.in_force(session, caller, centre)


@router.get("/{policy_id}", responses=ONE)
async def show_policy(policy_id: UUID, caller: Reader, session: Read, response: Response) -> PolicyOut:
    """One policy."""
    return tagged(response, await service.find(session, caller, policy_id))


@router.post("", status_code=201, response_model=PolicyOut, responses=ADDED)
async def draft_policy(body: PolicyIn, caller: Writer, session: Write, once: OnceKey) -> Response:
    """Draft a centre's next policy. Clocks it does not name keep the default."""
    return await once.reply(session, await service.draft(session, caller, body), 201)


@router.patch("/{policy_id}", responses=CHANGED)
async def change_policy(  # one parameter each of what a request carries
    policy_id: UUID, body: PolicyPatch, caller: Writer, session: Write, based_on: BasedOn, response: Response
) -> PolicyOut:
    """Change a draft; ladders given replace all it has."""
    return tagged(response, await service.change(session, caller, policy_id, body, based_on))


@router.delete("/{policy_id}", status_code=204, responses=CHANGED)
async def drop_policy(policy_id: UUID, caller: Writer, session: Write, based_on: BasedOn) -> None:
    """Throw a draft away; what was published stays on record."""
    await service.drop(session, caller, policy_id, based_on)


@router.post("/{policy_id}/publish", response_model=PolicyOut, responses=MOVED)
async def publish_policy(policy_id: UUID, caller: Writer, session: Write, once: OnceKey, based_on: BasedOn) -> Response:
    """Put a draft in force at its centre and below, in the place of the one before. Clocks that run climb on by it."""
    return await once.reply(session, await service.publish(session, caller, policy_id, based_on))


@router.post("/{policy_id}/retire", response_model=PolicyOut, responses=MOVED)
async def retire_policy(policy_id: UUID, caller: Writer, session: Write, once: OnceKey, based_on: BasedOn) -> Response:
    """Take the policy in force out of force: what holds above its centre, or the default, holds there again."""
    return await once.reply(session, await service.retire(session, caller, policy_id, based_on))
