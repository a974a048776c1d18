"""HTTP of sets of routing rules."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from app.agency.routes import ADDED, CHANGES, LISTED, ONE, BasedOn, tagged
from app.core.db import Read, Write
from app.core.once import KeyMissing, KeyReused, StillRunning
from app.core.pages import Cursor, Limit, Page, decode, page_of
from app.core.problems import problems
from app.identity.access import OnceKey, needs
from app.identity.schemas import Code
from app.identity.workflow import Actor, Right
from app.policy.check.schemas import RulesReport
from app.policy.routing import queries, service
from app.policy.routing.schemas import SetDetail, SetIn, SetOut, SetPatch
from app.policy.routing.service import RulesBroken
from app.policy.service import IllegalEditionMove
from app.policy.workflow import EditionState

router = APIRouter(prefix="/v1/routing-sets", tags=["policies"])
Reader = Annotated[Actor, needs(Right.CATALOGUE_READ)]
Writer = Annotated[Actor, needs(Right.POLICIES_WRITE)]
MOVES = (*CHANGES, IllegalEditionMove, KeyMissing, KeyReused, StillRunning)
CHANGED = problems(*CHANGES, IllegalEditionMove)


@router.get("", responses=LISTED)
async def list_sets(  # a page, and what is asked for
    caller: Reader,
    session: Read,
    centre: Annotated[Code | None, Query(description="Of this centre.")] = None,
    state: Annotated[EditionState | None, Query(description="In this state.")] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[SetOut]:
    """Sets of routing rules of the caller's centres, those below and those above: drafts, in force, and before."""
    after = decode("routing-sets", cursor, UUID)
    rows = await queries.sets(session, caller, centre, state, after[0] if after else None, limit)
    return page_of("routing-sets", [service.shown(row, caller) for row in rows], limit, "id")


@router.get("/{set_id}", responses=ONE)
async def show_set(set_id: UUID, caller: Reader, session: Read, response: Response) -> SetDetail:
    """One set with its rules in their order."""
    return tagged(response, await service.find(session, caller, set_id))


@router.post("", status_code=201, response_model=SetDetail, responses=ADDED)
async def draft_set(body: SetIn, caller: Writer, session: Write, once: OnceKey) -> Response:
    """Draft a centre's next set of rules. A draft may name what does not exist; a check says so."""
    return await once.reply(session, await service.draft(session, caller, body), 201)


@router.patch("/{set_id}", responses=CHANGED)
async def change_set(  # one parameter each of what a request carries
    set_id: UUID, body: SetPatch, caller: Writer, session: Write, based_on: BasedOn, response: Response
) -> SetDetail:
    """Change a draft; rules given replace all it has."""
    return tagged(response, await service.change(session, caller, set_id, body, based_on))


@router.delete("/{set_id}", status_code=204, responses=CHANGED)
async def drop_set(set_id: UUID, caller: Writer, session: Write, based_on: BasedOn) -> None:
    """Throw a draft away; what was published stays on record."""
    await service.drop(session, caller, set_id, based_on)


@router.post("/{set_id}/check", responses=ONE)
async def check_set(set_id: UUID, caller: Reader, session: Read) -> RulesReport:
    """Hold a set against the world as it is: what its rules name, whether they can decide. Nothing is written."""
    return await service.check(session, caller, set_id)


@router.post("/{set_id}/publish", response_model=SetDetail, responses=problems(*MOVES, RulesBroken))
async def publish_set(set_id: UUID, caller: Writer, session: Write, once: OnceKey, based_on: BasedOn) -> Response:
    """Put a draft in force at its centre and below, in the place of the one before. It is checked first."""
    return await once.reply(session, await service.publish(session, caller, set_id, based_on))


@router.post("/{set_id}/retire", response_model=SetDetail, responses=problems(*MOVES))
async def retire_set(set_id: UUID, caller: Writer, session: Write, once: OnceKey, based_on: BasedOn) -> Response:
    """Take the set in force out of force: the sets of the centres above alone hold there."""
    return await once.reply(session, await service.retire(session, caller, set_id, based_on))
