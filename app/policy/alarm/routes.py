"""HTTP of alarms."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from app.agency.routes import CHANGES, LISTED, ONE, BasedOn, tagged
from app.core.db import Read, Write
from app.core.once import KeyMissing, KeyReused, StillRunning
from app.core.pages import Cursor, Limit, Page, decode, page_of
from app.core.problems import problems
from app.identity.access import OnceKey, needs
from app.identity.schemas import Code
from app.identity.workflow import Actor, Right
from app.policy.alarm import queries, service
from app.policy.alarm.schemas import AcknowledgeIn, AlarmOut
from app.policy.alarm.service import NothingToAcknowledge

router = APIRouter(prefix="/v1/routing-alarms", tags=["policies"])
Reader = Annotated[Actor, needs(Right.CATALOGUE_READ)]
Writer = Annotated[Actor, needs(Right.POLICIES_WRITE)]
MOVED = problems(*CHANGES, NothingToAcknowledge, KeyMissing, KeyReused, StillRunning)


@router.get("", responses=LISTED)
async def list_alarms(  # a page, and what is asked for
    caller: Reader,
    session: Read,
    centre: Annotated[Code | None, Query(description="Of this centre's rules.")] = None,
    ended: Annotated[bool, Query(description="With those that have ended.")] = False,  # noqa: FBT002  # a query parameter
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[AlarmOut]:
    """Rules in force that cannot apply as they are written, acknowledged or not."""
    after = decode("routing-alarms", cursor, UUID)
    rows = await queries.alarms(session, caller, centre, after[0] if after else None, limit, ended=ended)
    return page_of("routing-alarms", [service.shown(row, caller) for row in rows], limit, "id")


@router.get("/{alarm_id}", responses=ONE)
async def show_alarm(alarm_id: UUID, caller: Reader, session: Read, response: Response) -> AlarmOut:
    """One alarm."""
    return tagged(response, await service.find(session, caller, alarm_id))


@router.post("/{alarm_id}/acknowledge", response_model=AlarmOut, responses=MOVED)
async def acknowledge_alarm(  # one parameter each of what a request carries
    alarm_id: UUID, body: AcknowledgeIn, caller: Writer, session: Write, once: OnceKey, based_on: BasedOn
) -> Response:
    """Say that an alarm has been seen, and what will be done. It ends by itself when the rule can apply again."""
    return await once.reply(session, await service.acknowledge(session, caller, alarm_id, body.note, based_on))
