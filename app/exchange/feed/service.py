"""The use cases of tickets: taken once each, kept where they cannot be read, and answered for."""

import asyncio
import hashlib
import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, NamedTuple, Self
from uuid import UUID

import orjson
import structlog
from asyncpg.exceptions import UniqueViolationError

from app.catalogue.schemas import Language
from app.command.intake.schemas import ReporterIn, ReportIn
from app.command.intake.service import OutsideGround, UnknownCategory, report
from app.command.schemas import Call
from app.core.db import Database, Lane
from app.core.geo import LonLat, Point, to_wgs84
from app.core.ids import uuid7
from app.core.once import Once
from app.core.problems import NotFound
from app.core.time import instant_of
from app.exchange.feed import queries, workflow
from app.exchange.feed.schemas import FieldMapping, Taken, TicketOut
from app.exchange.feed.workflow import NotYet, TicketState, Unread
from app.exchange.gate import Lanes
from app.exchange.told.workflow import notes_of
from app.identity.service import actor as actor_of
from app.identity.workflow import Actor, Right
from app.incident.history.service import supplement
from app.incident.workflow import Status

log = structlog.get_logger()
POLL_S = 5.0
MOST_WAITING = 10_000
"""Tickets in a feed's quarantine; beyond, they are refused, and stay with the channel."""
NOT_OF_A_NUMBER = re.compile(r"[^0-9+() -]")


class Feeding(NamedTuple):
    """A feed while its tickets are taken."""

    id: UUID
    code: str
    mapping: FieldMapping
    version: int
    channel: Actor

    @classmethod
    def of(cls, row: Mapping[str, Any], channel: Actor) -> Self:
        """A feed as it is stored now."""
        mapping = FieldMapping.model_validate(orjson.loads(row["mapping"]))
        return cls(row["id"], row["code"], mapping, row["version"], channel)


async def take(lanes: Lanes, caller: Actor, code: str, items: list[dict[str, Any]]) -> list[Taken]:
    """Take tickets of a channel, each in a transaction of its own: one that cannot be read holds up no other.

    Raises:
        NotFound: the caller is not the channel of such a feed.
    """
    async with lanes() as lane:
        feed = await _feed(lane, caller, code)
    taken: list[Taken] = []
    for item in items:
        async with lanes() as lane:
            taken.append(await _take(lane, feed, workflow.clean(item)))
    return taken


async def _feed(lane: Lane, caller: Actor, code: str) -> Feeding:
    row = await queries.FEED_OF.row(lane, code=code, actor_id=caller.account_id)
    if row is None:
        raise NotFound
    return Feeding.of(row, caller)


async def _take(lane: Lane, feed: Feeding, item: dict[str, Any]) -> Taken:
    number, digest = workflow.number_of(item, feed.mapping.number), workflow.sha256(item)
    own = hashlib.sha256(feed.id.bytes + number.encode()).digest()
    await queries.LOCK.row(lane, lock=int.from_bytes(own[:8], signed=True))
    before = await queries.TICKET.row(lane, feed_id=feed.id, number=number)
    key = {"feed_id": feed.id, "number": number, "sha256": digest}
    try:
        if before is not None and before["state"] == TicketState.FILED:
            return await _again(lane, feed, item, before, key)
        return await _file(lane, feed, item, key)
    except Unread as error:
        return await _keep(lane, feed, item, error, key, before)


async def _again(lane: Lane, feed: Feeding, item: Any, before: Mapping[str, Any], key: dict[str, Any]) -> Taken:
    """A ticket that has its incident: what it says that is new becomes a supplement, never a second incident."""
    shown = {
        "number": key["number"],
        "incident_id": before["incident_id"],
        "incident_number": before["incident_number"],
    }
    if bytes(before["sha256"]) == key["sha256"]:
        return Taken(**shown, result="known", unmapped=before["unmapped"])
    body, said, unmapped = _read(feed, item, key["number"])
    news = workflow.changes(orjson.loads(before["said"]), said)
    if news:
        await supplement(lane, feed.channel, before["incident_id"], news)
    if body.reporter is not None:
        contact = {"name": body.reporter.name, "phone": body.reporter.phone}
        await queries.CONTACT.row(lane, incident_id=before["incident_id"], **contact)
    await _filed(lane, key, before["incident_id"], said, unmapped)
    return Taken(**shown, result="updated", unmapped=unmapped)


async def _file(lane: Lane, feed: Feeding, item: Any, key: dict[str, Any]) -> Taken:
    if key["number"].startswith("?"):
        message = f"{feed.mapping.number}: there is no number."
        raise Unread(message)
    body, said, unmapped = _read(feed, item, key["number"])
    try:
        incident = await _report(lane, feed, body)
    except UnknownCategory:
        unmapped = said["category"]
        incident = await _report(lane, feed, body.model_copy(update={"category_code": None}))
    await _filed(lane, key, incident["id"], said, unmapped)
    shown = {"incident_id": incident["id"], "incident_number": incident["number"], "unmapped": unmapped}
    return Taken(number=key["number"], result="filed", **shown)


async def _report(lane: Lane, feed: Feeding, body: ReportIn) -> dict[str, Any]:
    once = Once(feed.channel.account_id, f"feed:{uuid7()}", b"")
    try:
        async with lane.transaction():
            answer = await report(Call(lane, feed.channel, once), body)
    except OutsideGround:
        raise NotYet("The place lies outside the ground of this channel.") from None
    except UniqueViolationError:
        raise Unread("An incident with this number was reported another way.") from None
    filed: dict[str, Any] = orjson.loads(bytes(answer.body))
    return filed


async def _filed(lane: Lane, key: dict[str, Any], incident_id: Any, said: dict[str, Any], unmapped: str | None) -> None:
    kept = {"incident_id": incident_id, "said": orjson.dumps(said).decode(), "unmapped": unmapped}
    await queries.FILE.row(lane, **key, **kept)


async def _keep(
    lane: Lane, feed: Feeding, item: Any, why: Unread, key: dict[str, Any], before: Mapping[str, Any] | None
) -> Taken:
    """Keep a ticket that cannot be read until it can; one that has an incident keeps that."""
    number, reason = key["number"], str(why)
    if before is not None and before["state"] == TicketState.FILED:
        shown = {"incident_id": before["incident_id"], "incident_number": before["incident_number"]}
        return Taken(number=number, result="known", reason=reason, **shown)
    waiting = await queries.WAITING.row(lane, feed_id=key["feed_id"])
    if before is None and waiting is not None and waiting["waiting"] >= MOST_WAITING:
        full = "The quarantine is full: keep it and send it again."
        return Taken(number=number, result="refused", incident_id=None, incident_number=None, reason=full)
    held = await queries.HOLD.row(lane, feed_id=feed.id)
    is_stale = held is not None and held["version"] != feed.version
    kept = {"payload": orjson.dumps(item).decode(), "can_pass": is_stale or isinstance(why, NotYet)}
    await queries.QUARANTINE.row(lane, **key, reason=reason, **kept)
    return Taken(number=number, result="quarantined", incident_id=None, incident_number=None, reason=reason)


def _read(feed: Feeding, item: Any, number: str) -> tuple[ReportIn, dict[str, Any], str | None]:
    """A ticket as a report, what it says but for the contact, and its category if we have none for it.

    Raises:
        Unread.
    """
    of = feed.mapping
    theirs = workflow.text_at(item, of.category, 200)
    ours = None if theirs is None else of.categories.get(theirs)
    given = LonLat(workflow.degrees_at(item, of.lon, 180), workflow.degrees_at(item, of.lat, 90))
    occurred_at = workflow.instant_at(item, of.occurred_at, of.time_zone)
    said: dict[str, Any] = {
        "title": workflow.text_at(item, of.title, 200),
        "description": workflow.words_at(item, of.description),
        "category": theirs,
        "place": f"{given.lon}, {given.lat}",
        "occurred_at": occurred_at and occurred_at.isoformat(),
    }
    body = ReportIn(
        category_code=ours,
        title=said["title"],
        description=said["description"],
        priority=of.priorities.get(workflow.text_at(item, of.priority, 200) or ""),
        location=Point(coordinates=to_wgs84(given, of.datum)),
        occurred_at=occurred_at,
        source=feed.code,
        external_ref=number,
        reporter=_reporter(of, item),
    )
    return body, said, theirs if ours is None else None


def _reporter(of: FieldMapping, item: Any) -> ReporterIn | None:
    name = workflow.text_at(item, of.reporter_name, 100)
    phone = NOT_OF_A_NUMBER.sub("", workflow.text_at(item, of.reporter_phone, 100) or "")[:40]
    return ReporterIn(name=name, phone=phone or None) if name or phone else None


async def show(lane: Lane, caller: Actor, code: str, number: str, language: Language) -> TicketOut:
    """How far a ticket is, for its channel.

    Raises:
        NotFound.
    """
    feed = await _feed(lane, caller, code)
    row = await queries.TICKET.row(lane, feed_id=feed.id, number=number)
    if row is None:
        raise NotFound
    told = None
    if row["status"] is not None:
        told = notes_of([said for said, _ in orjson.loads(row["notes"] or "[]")], Status(row["status"]), language)
    ended = row["closed_at"] is not None
    return TicketOut(
        number=number,
        state="quarantined" if row["incident_id"] is None else "closed" if ended else "open",
        incident_id=row["incident_id"],
        incident_number=row["incident_number"],
        received_at=row["at"],
        closed_at=instant_of(row["closed_at"]),
        told=told,
    )


async def retry(lanes: Lanes, keeper: Actor, code: str) -> list[Taken]:
    """Read what waits in a feed's quarantine again, up to 500 tickets, by the mapping of now, as its channel.

    Raises:
        NotFound: the caller keeps no such feed, or its channel is off.
    """
    async with lanes() as lane:
        row = await queries.FEED_KEPT.row(lane, code=code, centres=keeper.places_with(Right.CATALOGUE_WRITE))
        channel = None if row is None else await actor_of(lane, row["account_id"])
        if row is None or channel is None:
            raise NotFound
        waiting = await queries.NEXT.rows(lane, feed_id=row["id"])
    feed = Feeding.of(row, channel)
    return [await _read_again(lanes, feed, one["number"], orjson.loads(one["payload"])) for one in waiting]


async def tend(database: Database, stop: asyncio.Event) -> None:
    """Read by the clock what waits for a reason that can pass, until told to stop; a failure of ours is logged."""
    while not stop.is_set():
        claimed = 0
        try:
            claimed = await read_due(database)
        except Exception as error:
            log.exception("quarantine_failed", error=type(error).__name__)
        if claimed < queries.AT_ONCE:
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), POLL_S)


async def read_due(database: Database) -> int:
    """Read what is due, as its channel and by the mapping of now; says how much. One that fails holds up no other."""
    async with database.write_lane() as lane:
        claimed = await queries.CLAIM.rows(lane)
    for row in claimed:
        try:
            await _read_due(database, row)
        except Exception as error:
            log.exception("ticket_failed", feed=row["code"], error=type(error).__name__)
            await _tried(database, row)
    return len(claimed)


async def _read_due(database: Database, row: Mapping[str, Any]) -> None:
    async with database.write_lane() as lane:
        channel = await actor_of(lane, row["account_id"])
    if channel is None:
        await _tried(database, row)
        return
    feed = Feeding.of(row, channel)
    taken = await _read_again(database.write_lane, feed, row["number"], orjson.loads(row["payload"]))
    log.info("ticket_read_again", feed=feed.code, result=taken.result)


async def _tried(database: Database, row: Mapping[str, Any]) -> None:
    async with database.write_lane() as lane:
        await queries.TRIED.row(lane, feed_id=row["id"], number=row["number"])


async def _read_again(lanes: Lanes, feed: Feeding, number: str, item: dict[str, Any]) -> Taken:
    async with lanes() as lane:
        await queries.HOLD.row(lane, feed_id=feed.id)  # first, as who changes its mapping does
        if workflow.number_of(item, feed.mapping.number) != number:
            await queries.DROP.row(lane, feed_id=feed.id, number=number)
        return await _take(lane, feed, item)
