"""The use cases of delivery: a loop a channel; what fails is tried again at growing intervals, then kept as dead."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import structlog

from app.core.db import Database, Session
from app.notice.delivery import queries
from app.notice.delivery.workflow import LONGEST_ERROR, Channel, Letter, Refused, wait_after
from app.notice.models import DeliveryState
from app.notice.workflow import Urgency

log = structlog.get_logger()
POLL_S = 1.0


class InApp:
    """The inbox of this API: there when it is committed, and said to the recipients' streams."""

    name = "inbox"
    carries = frozenset(Urgency)
    batch = 500
    timeout_s = 20.0

    async def deliver(self, database: Database, letters: Sequence[Letter]) -> Refused:
        """Put letters into their inboxes; one that is there already is left as it is."""
        keys = [{"notice_id": str(one.notice_id), "account_id": str(one.account_id)} for one in letters]
        async with database.write() as session:
            await queries.put(session, keys)
        return {}


async def tend(database: Database, channel: Channel, stop: asyncio.Event) -> None:
    """Deliver by one channel until told to stop. A failure of ours is logged, and what was claimed is claimed again."""
    while not stop.is_set():
        claimed = 0
        try:
            claimed = await deliver(database, channel)
        except Exception as error:
            log.exception("delivery_failed", channel=channel.name, error=type(error).__name__)
        if claimed < channel.batch:
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), POLL_S)


async def deliver(database: Database, channel: Channel) -> int:
    """Try what is due on a channel once; says how many letters. No transaction is open while the channel works."""
    async with database.write() as session:
        claimed = await queries.claim(session, channel.name, channel.batch)
    letters = [_letter(row) for row in claimed if row.is_theirs]
    refused = await _tried(database, channel, letters) if letters else {}
    ended = [_ended(row, refused.get((row.notice_id, row.account_id))) for row in claimed]
    if ended:
        async with database.write() as session:
            await queries.settle(session, channel.name, ended)
    return len(claimed)


def _letter(row: Any) -> Letter:
    said = (Urgency(row.urgency), row.topic, row.text, row.text_en)
    return Letter(row.notice_id, row.account_id, *said, row.attempts)


async def _tried(database: Database, channel: Channel, letters: Sequence[Letter]) -> Refused:
    try:
        async with asyncio.timeout(channel.timeout_s):
            return await channel.deliver(database, letters)
    except Exception as error:  # noqa: BLE001  # whatever befalls a channel is its letters' last error
        reason = "no answer in time" if isinstance(error, TimeoutError) else f"{type(error).__name__}: {error}"
        log.warning("channel_failed", channel=channel.name, error=type(error).__name__, letters=len(letters))
        return {letter.key: reason for letter in letters}


def _ended(row: Any, error: str | None) -> dict[str, Any]:
    """How one try ended: delivered, dropped, to be tried again, or dead."""
    key = {"notice_id": str(row.notice_id), "account_id": str(row.account_id), "attempts": row.attempts}
    if error is None:
        state = DeliveryState.DELIVERED if row.is_theirs else DeliveryState.DROPPED
        return key | {"state": state.value, "error": None, "wait_s": None}
    wait = wait_after(row.attempts)
    state = DeliveryState.DEAD if wait is None else DeliveryState.WAITING
    if wait is None:
        log.error("letter_dead", notice=str(row.notice_id), attempts=row.attempts)
    said = error.replace("\x00", "")[:LONGEST_ERROR]
    return key | {"state": state.value, "error": said, "wait_s": wait and wait.total_seconds()}


async def dead(session: Session) -> list[Any]:
    """The dead letters by channel and last error."""
    return list(await queries.dead(session))


async def replay(session: Session, channel: str) -> int:
    """Let a channel's dead letters be tried again from the start; says how many."""
    return await queries.replay(session, channel)
