"""The one reader of the log for all webhooks: each entry becomes deliveries once, in the order of the log."""

from collections.abc import Iterable
from uuid import UUID

from app.core.db import Database, Lane
from app.exchange.webhook.matching import Subscriptions, body_of
from app.exchange.webhook.sending import queries
from app.stream import queries as stream
from app.stream.workflow import Entry, Place


async def read_on(database: Database) -> int:
    """Queue the next entries of the log for the webhooks they are for; says how many entries were read.

    The reader's place moves in the same transaction. Another process that reads meanwhile gets nothing.
    """
    async with database.write_lane() as lane:
        held = await queries.PLACE.row(lane)
        if held is None:
            return 0
        place = Place(held["tx"], held["id"])
        rows = await stream.PAGE.rows(lane, tx=place.tx, id=place.id)
        entries = [Entry(row) for row in rows if row["id"] is not None]
        if entries:
            wanted = Subscriptions.of(await queries.SUBSCRIPTIONS.rows(lane))
            await queue(lane, ((webhook, entry) for entry in entries for webhook in wanted.that_get(entry)))
            await queries.MOVED.row(lane, to_tx=entries[-1].place.tx, to_id=entries[-1].place.id)
        return len(entries)


async def queue(lane: Lane, found: Iterable[tuple[UUID, Entry]], *, is_replay: bool = False) -> int:
    """Queue entries for webhooks in this order; says how many deliveries that made."""
    pairs = list(found)
    if not pairs:
        return 0
    entries = list({entry.place: entry for _, entry in pairs}.values())
    await queries.MESSAGES.row(
        lane,
        event_ids=[entry.place.id for entry in entries],
        incidents=[entry.incident_id for entry in entries],
        bodies=[body_of(entry) for entry in entries],
    )
    made = await queries.DELIVERIES.rows(
        lane,
        webhooks=[webhook for webhook, _ in pairs],
        event_ids=[entry.place.id for _, entry in pairs],
        about=[entry.about_id for _, entry in pairs],
        is_replay=is_replay,
    )
    return len(made)
