"""HTTP of feeds: what a channel sends and asks, and what who keeps a feed sees and changes."""

from typing import Annotated

from fastapi import APIRouter, Path, Response

from app.agency.routes import ADDED, CHANGED, ONE, BasedOn, tagged
from app.catalogue.routes import Speaking
from app.core.db import Read, Write
from app.core.pages import DEFAULT_LIMIT, Cursor, InvalidCursor, Limit, Page, decode, page_of
from app.core.problems import problems
from app.exchange.feed import keeping, queries, service
from app.exchange.feed.schemas import (
    FeedCode,
    FeedIn,
    FeedOut,
    FeedPatch,
    QuarantinedOut,
    TakenOut,
    TicketOut,
    TicketsIn,
    UnmappedOut,
)
from app.exchange.gate import OutsideLane, OutsideLanes
from app.identity.access import OnceKey, needs
from app.identity.workflow import Actor, Right

router = APIRouter(prefix="/v1/feeds", tags=["feeds"])
Keeper = Annotated[Actor, needs(Right.CATALOGUE_WRITE)]
Channel = Annotated[Actor, needs(Right.INCIDENTS_REPORT)]
Code = Annotated[FeedCode, Path(description="The feed's code.")]
Number = Annotated[str, Path(max_length=100, description="The channel's number of the ticket.")]


@router.post("/{feed}/tickets", responses=ONE)
async def send_tickets(feed: Code, body: TicketsIn, caller: Channel, lanes: OutsideLanes) -> TakenOut:
    """Send tickets, up to 500. The channel's own number makes it safe to send them twice: each becomes one incident."""
    return TakenOut(results=await service.take(lanes, caller, feed, body.tickets))


@router.get("/{feed}/tickets/{number}", responses=ONE)
async def show_ticket(feed: Code, number: Number, caller: Channel, lane: OutsideLane, speaking: Speaking) -> TicketOut:
    """How far a ticket is: what the channel may tell whoever called (办结, 回访)."""
    return await service.show(lane, caller, feed, number, speaking)


@router.post("", status_code=201, response_model=FeedOut, responses=ADDED)
async def add_feed(body: FeedIn, caller: Keeper, session: Write, once: OnceKey) -> Response:
    """Add a feed: the account it comes as, and what its fields mean."""
    return await once.reply(session, await keeping.add(session, caller, body), 201)


@router.get("", responses=problems())
async def list_feeds(caller: Keeper, session: Read) -> list[FeedOut]:
    """The feeds of the centres that the caller administers."""
    return [FeedOut.model_validate(row) for row in await queries.feeds(session, caller)]


@router.get("/{feed}", responses=ONE)
async def show_feed(feed: Code, caller: Keeper, session: Read, response: Response) -> FeedOut:
    """One feed."""
    return tagged(response, FeedOut.model_validate(await keeping.kept(session, caller, feed)))


@router.patch("/{feed}", responses=CHANGED)
async def change_feed(  # what is changed, by whom, on what it is based
    feed: Code, body: FeedPatch, caller: Keeper, session: Write, based_on: BasedOn, response: Response
) -> FeedOut:
    """Say what the fields mean from now on. What waits in quarantine is read again within seconds."""
    return tagged(response, await keeping.change(session, caller, feed, body, based_on))


@router.get("/{feed}/quarantine", responses=ONE | problems(InvalidCursor))
async def list_quarantine(
    feed: Code, caller: Keeper, session: Read, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> Page[QuarantinedOut]:
    """Tickets that could not be read, and why: not what they say."""
    after = decode("quarantine", cursor, str)
    kept = await keeping.kept(session, caller, feed)
    rows = await queries.quarantined(session, kept.id, after[0] if after else "", limit)
    shown = [QuarantinedOut.model_validate(row, from_attributes=True) for row in rows]
    return page_of("quarantine", shown, limit, "number")


@router.post("/{feed}/quarantine/retry", responses=ONE)
async def retry_quarantine(feed: Code, caller: Keeper, lanes: OutsideLanes) -> TakenOut:
    """Read what waits again, up to 500, the least tried first. Safe to send twice: a ticket that is filed stays so."""
    return TakenOut(results=await service.retry(lanes, caller, feed))


@router.get("/{feed}/unmapped", responses=ONE)
async def list_unmapped(feed: Code, caller: Keeper, session: Read) -> list[UnmappedOut]:
    """Categories of theirs that the mapping has none of ours for; such tickets are filed without one."""
    kept = await keeping.kept(session, caller, feed)
    found = await queries.unmapped(session, kept.id)
    return [UnmappedOut.model_validate(row, from_attributes=True) for row in found]
