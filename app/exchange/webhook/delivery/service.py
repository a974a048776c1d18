"""The use cases of deliveries: looked at, and sent again."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from app.core.db import Lane, Session
from app.core.problems import Unprocessable
from app.exchange.webhook.delivery import queries
from app.exchange.webhook.delivery.schemas import DeliveryFilter, DeliveryOut, Replayed, ReplayIn
from app.exchange.webhook.matching import Subscription
from app.exchange.webhook.sending.queries import SUBSCRIPTIONS
from app.exchange.webhook.sending.reading import queue
from app.exchange.webhook.subscription.service import SwitchedOff, find
from app.exchange.webhook.workflow import DeliveryState
from app.identity.workflow import Actor
from app.stream import queries as stream
from app.stream.workflow import Entry, Place

MOST_QUEUED = 2000
MOST_PAGES = 20
"""So many entries are queued, and pages of the log looked through, for one request; the answer says where to go on."""


class LogGone(Unprocessable):
    """The log no longer reaches so far back; dead letters can be replayed for longer."""


async def page(  # a page, and what is asked for
    session: Session, caller: Actor, webhook_id: UUID, wanted: DeliveryFilter, after: int | None, limit: int
) -> list[DeliveryOut]:
    """Deliveries of a webhook, the newest first, one more than asked for.

    Raises:
        NotFound: there is no such webhook that the caller may see.
    """
    await find(session, caller, webhook_id)
    return [_shown(row) for row in await queries.page(session, caller, webhook_id, wanted, after, limit)]


def _shown(row: Any) -> DeliveryOut:
    found = row.WebhookDelivery
    own = {name: getattr(found, name, None) for name in DeliveryOut.model_fields}
    due = found.next_attempt_at if found.state == DeliveryState.WAITING else None
    names = {"message_id": str(Place(row.tx, found.event_id)), "topic": row.topic, "subject_id": row.subject_id}
    return DeliveryOut.model_validate(own | names | {"next_attempt_at": due})


async def replay(session: Session, by: Actor, webhook_id: UUID, body: ReplayIn, keep: timedelta) -> Replayed:
    """Queue a range of the log, or dead letters, anew, with the same ids; what waits already is not queued twice.

    Raises:
        NotFound: there is no such webhook that the caller may see.
        SwitchedOff: nothing is sent to it.
        LogGone: the range begins before the log does.
        Unprocessable: what names a place is none.
    """
    after, through = _place(body.after), _place(body.through)
    await find(session, by, webhook_id)
    if body.dead:
        asked = queries.within(after, through, body.since, body.until)
        made = await queries.dead_again(session, webhook_id, asked, MOST_QUEUED)
        return Replayed(queued=len(made), next=(body.after or "0-0") if len(made) == MOST_QUEUED else None)
    lane = await _lane_of(session)
    subscription = await _active(lane, webhook_id)
    begin = await _begin(session, lane, keep, after, body.since)
    found, goes_on = await _found(lane, subscription, begin, _Until(through, body.until))
    queued = await queue(lane, ((webhook_id, entry) for entry in found), is_replay=True)
    return Replayed(queued=queued, next=goes_on and str(goes_on))


async def _lane_of(session: Session) -> Lane:
    """The bare connection under a session, in its transaction."""
    connection = await session.connection()
    lane: Lane = (await connection.get_raw_connection()).driver_connection  # type: ignore[assignment]  # a driver's
    return lane


def _place(text: str | None) -> Place | None:
    place = Place.parse(text) if text else None
    if text and place is None:
        raise Unprocessable(f"{text} is no place in the log.")
    return place


async def _active(lane: Lane, webhook_id: UUID) -> Subscription:
    rows = [row for row in await SUBSCRIPTIONS.rows(lane) if row["id"] == webhook_id]
    if not rows:
        raise SwitchedOff
    return Subscription(rows[0])


async def _begin(session: Session, lane: Lane, keep: timedelta, after: Place | None, since: datetime | None) -> Place:
    """Where a range begins."""
    ends = await stream.ENDS.row(lane, keep=keep)
    assert ends is not None, "the statement gives one row"  # noqa: S101  # a programming error
    end = Place(ends["horizon"], 0)
    by_time = (await queries.first_since(session, since) or end) if since else Place(0, 0)
    begin = max(after or Place(0, 0), by_time)
    if ends["is_old"] and begin < Place(ends["tx"], ends["id"]):
        raise LogGone
    return begin


class _Until:
    """Where a range ends."""

    def __init__(self, through: Place | None, until: datetime | None) -> None:
        self.through, self.until = through, until

    def has(self, entry: Entry) -> bool:
        return self.until is None or entry.at < self.until

    def is_past(self, place: Place) -> bool:
        return self.through is not None and place > self.through


async def _found(lane: Lane, subscription: Subscription, begin: Place, end: _Until) -> tuple[list[Entry], Place | None]:
    """The entries of a range that a webhook gets now, and where to go on if there are more than fit one request."""
    found: list[Entry] = []
    place = begin
    for _ in range(MOST_PAGES):
        rows = await stream.PAGE.rows(lane, tx=place.tx, id=place.id)
        entries = [Entry(row) for row in rows if row["id"] is not None]
        for entry in entries:
            if end.is_past(entry.place):
                return found, None
            if len(found) == MOST_QUEUED:
                return found, place
            place = entry.place
            if end.has(entry) and subscription.gets(entry):
                found.append(entry)
        if len(entries) < stream.BATCH:
            return found, None
    return found, place
