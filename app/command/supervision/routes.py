"""HTTP of supervision orders."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from app.command.move.asking import NeedsMissing, UnknownName
from app.command.move.routes import Acting, BasedOn
from app.command.move.service import IllegalMove, NotYourMove
from app.command.schemas import Call
from app.command.supervision import service
from app.command.supervision.schemas import OrderDetail, OrderFilter, OrderIn, OrderItem, OrderTransitionIn
from app.command.supervision.service import OnlyUpwards
from app.core.db import Read, WriteLane
from app.core.once import KeyMissing, KeyReused, StillRunning
from app.core.pages import DEFAULT_LIMIT, Cursor, InvalidCursor, Limit, Page, decode, page_of
from app.core.problems import Conflict, InvalidRequest, NotFound, VersionMissing, VersionStale, problems
from app.identity.access import HotKey, needs
from app.identity.service import Forbidden, NotSignedIn
from app.identity.workflow import Actor, Right
from app.incident.service import seen

router = APIRouter(prefix="/v1", tags=["supervision"])
Looking = Annotated[Actor, needs(Right.INCIDENTS_READ)]
TABLE_SAYS_NO = (NotSignedIn, NotYourMove, NotFound, IllegalMove, NeedsMissing, OnlyUpwards, InvalidRequest)
KEYS = (KeyMissing, KeyReused, StillRunning)


@router.get(
    "/incidents/{incident_id}/supervision-orders",
    responses=problems(NotSignedIn, Forbidden, NotFound, InvalidRequest, InvalidCursor),
)
async def of_incident(
    incident_id: UUID, caller: Looking, session: Read, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> Page[OrderItem]:
    """The orders on an incident, open and done, the newest first."""
    await seen(session, caller, incident_id)
    return await _page(session, caller, OrderFilter(incident=incident_id, limit=limit, cursor=cursor))


@router.post(
    "/incidents/{incident_id}/supervision-orders",
    status_code=201,
    response_model=OrderItem,
    responses=problems(*TABLE_SAYS_NO, *KEYS, UnknownName, Conflict),
)
async def press(incident_id: UUID, caller: Acting, body: OrderIn, once: HotKey, lane: WriteLane) -> Response:
    """督办: press the centre in command, or a department on the incident, for an answer by a limit."""
    return await service.open_order(Call(lane, caller, once), incident_id, body)


@router.get("/supervision-orders", responses=problems(NotSignedIn, Forbidden, InvalidRequest, InvalidCursor))
async def orders(caller: Looking, wanted: Annotated[OrderFilter, Query()], session: Read) -> Page[OrderItem]:
    """Orders, the newest first: `mine=true&open=true` is what a desk has to answer."""
    return await _page(session, caller, wanted)


async def _page(session: Read, caller: Actor, wanted: OrderFilter) -> Page[OrderItem]:
    after = decode("supervision-orders", wanted.cursor, UUID)
    rows = await service.page(session, caller, wanted, after[0] if after else None)
    return page_of("supervision-orders", rows, wanted.limit, "id")


@router.get("/supervision-orders/{order_id}", responses=problems(NotSignedIn, Forbidden, NotFound))
async def show(order_id: UUID, caller: Looking, session: Read, response: Response) -> OrderDetail:
    """One order with its history."""
    found = await service.one(session, caller, order_id)
    response.headers["ETag"] = f'"{found.version}"'
    return found


@router.post(
    "/supervision-orders/{order_id}/transitions",
    response_model=OrderItem,
    responses=problems(*TABLE_SAYS_NO, *KEYS, VersionStale, VersionMissing),
)
async def advance(  # one parameter each of what a request carries
    order_id: UUID, caller: Acting, body: OrderTransitionIn, based_on: BasedOn, once: HotKey, lane: WriteLane
) -> Response:
    """Raise an order, answer it, or lift it; its grade only rises, and never is a superior's order lifted."""
    return await service.advance(Call(lane, caller, once), order_id, body, based_on)
