"""The other process: what happens without a request.

`SUBSCRIBERS` says which function reacts to which event, `CHORES` what is swept and how often, and `CHANNELS` by which
ways notices reach people.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Any, NamedTuple
from uuid import UUID

import structlog

import app.models  # noqa: F401  # foreign keys are named by string
from app.agency import service as agency
from app.command.supervision import service as supervision
from app.command.timer import queries as timing
from app.command.timer.service import Timer
from app.core import once
from app.core.db import Database, Session, lacking
from app.core.outbox import Event, react, react_at_once
from app.core.process import run_until_told
from app.core.settings import Settings
from app.coverage.checkpoint import service as checkpoint
from app.coverage.minimum import service as minimum
from app.coverage.presence import service as presence
from app.dispatch.crews import service as crews
from app.exchange.feed.service import tend as read_again
from app.exchange.webhook.sending import queries as webhooks
from app.exchange.webhook.sending.sender import tend as send_webhooks
from app.identity import service as identity
from app.incident.evidence.choosing import store_of
from app.incident.evidence.store import Store
from app.incident.retention import service as pictures
from app.incident.upload import service as uploads
from app.incident.workflow import ENDS, ROWS
from app.migrating import expected_revision
from app.notice.delivery.service import InApp
from app.notice.delivery.service import tend as carry
from app.notice.delivery.workflow import Channel
from app.notice.telling import service as telling
from app.notice.workflow import TOPICS
from app.patrol import service as patrol
from app.patrol.retention import service as retention
from app.policy.alarm import service as alarms
from app.roster.fill import queries as fills
from app.roster.fill.working import tend
from app.roster.swap import service as swaps
from app.safety.sos import service as sos
from app.safety.welfare import service as welfare
from app.stream import service as stream
from app.supervision.workflow import Due
from app.sync.batch import queries as receipts

log = structlog.get_logger()
BATCH = 5000
POLL_S = 1.0
KEEP_ANSWERS = timedelta(days=45)
"""A key is honoured at least 30 days: a phone may lie in a locker that long."""
KEEP_FILLS = timedelta(days=90)


class Chore(NamedTuple):
    """Something swept in batches: what, how often, and how; a whole batch means that there may be more."""

    name: str
    every_s: float
    sweep: Callable[[Session, Settings], Awaitable[int]]
    batch: int = BATCH


def _tracks(settings: Settings) -> timedelta:
    """How long what single patrols did is kept."""
    return timedelta(days=settings.track_keep_days)


def _notices(settings: Settings) -> timedelta:
    """How long a notice is kept that everybody has read."""
    return timedelta(days=settings.notice_keep_days)


def _messages(settings: Settings) -> timedelta:
    """How long the messages of webhooks and what became of them are kept."""
    return timedelta(days=settings.webhook_keep_days)


CHANNELS: tuple[Channel, ...] = (InApp(),)
"""An adapter to another channel is added here; each has its own queue and its own loop."""

CHORES = (
    Chore("voids", 15, lambda session, _: minimum.watch(session)),
    Chore("presence_list", 60, lambda session, settings: presence.note(session, _tracks(settings)), batch=1),
    Chore("presence", 60, lambda session, _: presence.advance(session), batch=presence.HOURS),
    Chore("presence_old", 600, lambda session, settings: presence.forget(session, _tracks(settings), BATCH)),
    Chore("visits", 3600, lambda session, _: checkpoint.forget(session, BATCH)),
    Chore("log", 600, lambda session, settings: stream.purge(session, settings.stream_keep_hours, BATCH)),
    Chore("answers", 3600, lambda session, _: once.forget(session, KEEP_ANSWERS, BATCH)),
    Chore("receipts", 3600, lambda session, _: receipts.forget(session, KEEP_ANSWERS, BATCH)),
    Chore("positions_off_duty", 60, lambda session, _: patrol.forget_off_duty(session)),
    Chore(
        "days_of_history", 600, lambda session, settings: retention.make_day(session, settings.track_keep_days), batch=1
    ),
    Chore("days_over", 300, lambda session, settings: retention.drop_day(session, settings.track_keep_days)),
    Chore("track_readings", 86400, lambda session, _: retention.forget_readings(session, BATCH)),
    Chore("swaps", 60, lambda session, _: swaps.expire(session, BATCH)),
    Chore("fills", 3600, lambda session, _: fills.forget(session, KEEP_FILLS, BATCH)),
    Chore("refresh_tokens", 3600, lambda session, _: identity.forget_tokens(session, BATCH)),
    Chore("overdue_shifts", 60, lambda session, _: crews.end_overdue(session, BATCH)),
    Chore("sos", POLL_S, lambda session, _: sos.escalate(session, BATCH)),
    Chore("routing_alarms", POLL_S, lambda session, _: alarms.watch(session), batch=1),
    Chore("welfare", POLL_S, lambda session, _: welfare.tick(session, BATCH)),
    Chore(
        "pictures_over", 3600, lambda session, settings: pictures.remove(session, settings.evidence_keep_days, BATCH)
    ),
    Chore("notices_unread", 5, lambda session, _: telling.remind(session, 200), batch=200),
    Chore("webhooks_late", 60, lambda session, _: webhooks.expire(session, BATCH)),
    Chore("webhooks_old", 3600, lambda session, settings: webhooks.forget(session, _messages(settings), BATCH)),
    Chore("notices_old", 3600, lambda session, settings: telling.forget(session, _notices(settings), BATCH)),
)


class FileChore(NamedTuple):
    """Something swept in the store of evidence, in batches and with no transaction open while files are."""

    name: str
    every_s: float
    sweep: Callable[[Database, Store, int], Awaitable[int]]
    batch: int = 100


FILE_CHORES = (FileChore("uploads_over", 300, uploads.tidy), FileChore("pictures_erased", 300, pictures.erase))


class Clockwork(NamedTuple):
    """What time does of its own accord, in transactions of its own: looked for again and again."""

    name: str
    every_s: float
    due: Due


CLOCKWORK = tuple(Clockwork(f"due_{due}", POLL_S, due) for due in Due)


class Subscription(NamedTuple):
    """A reaction to facts of the log, one by one or at once: its name is its place in the log, kept in the database."""

    name: str
    topics: tuple[str, ...]
    reaction: Callable[[Session, Any], Awaitable[None]]
    react: Callable[..., Awaitable[int]] = react


async def _command_new_ground(session: Session, _: Event) -> None:
    """Say anew which centre commands which area."""
    await agency.rebuild_centre_areas(session)


async def _watch_lone_crew(session: Session, fact: Event) -> None:
    """A crew of one has a welfare check from signing on, where its centre wants that."""
    await welfare.watch_lone(session, fact.subject_id)


async def _stop_asking_who_left(session: Session, fact: Event) -> None:
    """Nobody is asked who has left the crew."""
    await welfare.end(session, fact.subject_id, without_seat=True)


async def _call_for_help(session: Session, fact: Event) -> None:
    """Whose device's SOS button was pressed gets help."""
    if fact.payload["alarm"] == "sos":
        patrol_id, officer_id = (fact.payload.get(name) for name in ("patrol_id", "officer_id"))
        await sos.press(session, patrol_id and UUID(patrol_id), officer_id and UUID(officer_id))


async def _press_no_more(session: Session, fact: Event) -> None:
    """Nobody is pressed about an incident that has ended."""
    await supervision.end(session, fact.subject_id, fact.topic)


async def _hold_rules_against(session: Session, _: Event) -> None:
    """What routing rules name may be gone, or back: they are looked at again."""
    await alarms.look_again(session)


async def _tell(session: Session, facts: Sequence[Event]) -> None:
    """Who must know gets told."""
    await telling.tell(session, facts, CHANNELS)


async def _climb_other_ladders(session: Session, fact: Event) -> None:
    """Clocks that go climb on by what is in force from now on."""
    await timing.wake(session, UUID(fact.payload["centre_id"]))


Sweep = Callable[[], Awaitable[int]]
"""One batch; says how many."""

ENDINGS = tuple(f"incident.{move.action}" for move in ROWS if move.target in ENDS)

SUBSCRIBERS = (
    Subscription("centre_areas", ("area.added", "area.changed"), _command_new_ground),
    Subscription("lone_crews", ("shift.signed_on",), _watch_lone_crew),
    Subscription("routing_rules", alarms.CHANGES_THE_WORLD, _hold_rules_against),
    Subscription("crew_changes", ("shift.crew_changed",), _stop_asking_who_left),
    Subscription("sos_buttons", ("terminal.alarm",), _call_for_help),
    Subscription("ladders", ("policy.published", "policy.retired"), _climb_other_ladders),
    Subscription("supervision_ends", ENDINGS, _press_no_more),
    Subscription("notices", TOPICS, _tell, react_at_once),
)


async def keep(chore: Chore | FileChore, sweep: Sweep, stop: asyncio.Event) -> None:
    """Do a chore again and again until the process stops; a failure is logged and tried again next time."""
    while not stop.is_set():
        try:
            swept = await _swept(chore, sweep, stop)
            if swept:
                log.info("swept", chore=chore.name, rows=swept)
        except Exception as error:
            log.exception("chore_failed", chore=chore.name, error=type(error).__name__)
        await _pause(stop, chore.every_s)


async def tick(clockwork: Clockwork, timer: Timer, stop: asyncio.Event) -> None:
    """Do what is due until the process stops; a failure is logged and tried again next time."""
    while not stop.is_set():
        begun = 0
        try:
            begun = await timer.sweep(clockwork.due)
        except Exception as error:
            log.exception("clockwork_failed", clockwork=clockwork.name, error=type(error).__name__)
        if not begun:
            await _pause(stop, clockwork.every_s)


async def follow(subscription: Subscription, database: Database, stop: asyncio.Event) -> None:
    """React to the log as it grows. A reaction that fails stops at its fact, is logged, and tries again."""
    while not stop.is_set():
        seen = 0
        try:
            async with database.write() as session:
                seen = await subscription.react(session, subscription.name, subscription.topics, subscription.reaction)
        except Exception as error:
            log.exception("reaction_failed", subscriber=subscription.name, error=type(error).__name__)
        if not seen:
            await _pause(stop, POLL_S)


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)


def in_database(chore: Chore, database: Database) -> Sweep:
    """One batch of a chore, in a transaction of its own."""

    async def sweep() -> int:
        async with database.write() as session:
            return await chore.sweep(session, database.settings)

    return sweep


async def _swept(chore: Chore | FileChore, sweep: Sweep, stop: asyncio.Event) -> int:
    swept = 0
    while not stop.is_set():
        batch = await sweep()
        swept += batch
        if batch < chore.batch:
            break
    return swept


async def work(settings: Settings, stop: asyncio.Event) -> None:
    """Work until told to stop."""
    database = Database(settings)
    await database.open()
    try:
        if wrong := await lacking(database, expected_revision()):
            raise SystemExit("Refusing to start: " + "; ".join(wrong))
        log.info("worker_started", chores=[chore.name for chore in CHORES])
        work_of = [keep(chore, in_database(chore, database), stop) for chore in CHORES]
        store = store_of(settings)
        work_of += [keep(chore, partial(chore.sweep, database, store, chore.batch), stop) for chore in FILE_CHORES]
        timer = Timer(database)
        work_of += [tick(clockwork, timer, stop) for clockwork in CLOCKWORK]
        work_of += [follow(subscription, database, stop) for subscription in SUBSCRIBERS]
        work_of += [carry(database, channel, stop) for channel in CHANNELS]
        await asyncio.gather(*work_of, tend(database, stop), send_webhooks(database, stop), read_again(database, stop))
    finally:
        await database.close()


def run(settings: Settings) -> None:
    """The process: SIGTERM and SIGINT end it cleanly."""
    run_until_told(settings, work)
