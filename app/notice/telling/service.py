"""The use cases of telling: facts become notices, the clock looks whether they were read, old ones go."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from app.core import outbox
from app.core.db import Session
from app.core.ids import uuid7
from app.core.outbox import Event
from app.notice.delivery.workflow import Channel
from app.notice.models import Notice
from app.notice.telling import queries
from app.notice.telling.workflow import Draft, drafts

UNREAD_KEPT = timedelta(days=400)
ONE = ("一人", "one person")
NOBODY = ("无人", "nobody")


async def tell(session: Session, facts: Sequence[Event], channels: Collection[Channel]) -> None:
    """Write the notices of some facts, in the order of the log. Told again of a fact, nothing is written twice."""
    known = await queries.around(session, [_named(n, fact) for n, fact in enumerate(facts)])
    notices: list[dict[str, Any]] = []
    audiences: list[dict[str, Any]] = []
    for n, fact in enumerate(facts):
        for draft in drafts(fact.topic, fact.payload, known[n], fact.at):
            notice = _notice(fact, draft, known[n], channels)
            notices.append(notice)
            audiences += [
                {"notice_id": notice["id"], "n": place} | _plain(one._asdict())
                for place, one in enumerate(draft.audiences)
            ]
    if notices:
        await queries.tell(session, notices, audiences)


def _named(n: int, fact: Event) -> dict[str, Any]:
    """What a fact names, as far as it can be read."""
    said = fact.payload
    version = said.get("version")
    return {
        "n": n,
        "topic": fact.topic,
        "subject_id": str(fact.subject_id),
        "version": version if isinstance(version, int) and 0 <= version < 2**31 else None,
    } | {name: _id(said.get(name)) for name in queries.NAMED}


def _id(given: Any) -> str | None:
    try:
        return str(UUID(given))
    except (AttributeError, TypeError, ValueError):
        return None


def _notice(fact: Event, draft: Draft, around: Any, channels: Collection[Channel]) -> dict[str, Any]:
    row, within = draft.row, draft.read_within_min
    return _plain(
        {
            "id": uuid7(),
            "fact_id": fact.id,
            "kind": row.kind,
            "topic": fact.topic,
            "subject_id": fact.subject_id,
            "incident_id": around["incident_id"],
            "centre_id": around["centre_id"],
            "urgency": row.urgency,
            "needs_receipt": row.receipt,
            "text": draft.text,
            "text_en": draft.text_en,
            "at": fact.at.isoformat(),
            "read_within_s": within and int(within * 60),
            "not_to": draft.not_to,
            "on_seat": row.on_seat,
            "channels": [channel.name for channel in channels if row.urgency in channel.carries],
        }
    )


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    return {name: str(value) if isinstance(value, UUID) else value for name, value in values.items()}


async def remind(session: Session, batch: int) -> int:
    """Record, once a notice, which of those told did not read it in time; says how many notices were looked at.

    One who reads is enough for a place or a crew. A notice that reached nobody at all is said as well.
    """
    due = await queries.past_their_limit(session, batch)
    told: dict[UUID, list[Any]] = defaultdict(list)
    for group in await queries.groups(session, [notice.id for notice in due]):
        told[group.notice_id].append(group)
    for notice in due:
        unread = [group for group in told[notice.id] if not group.is_read]
        if unread or not told[notice.id]:
            _record(session, notice, [_name(group) for group in unread] or [NOBODY])
    await queries.looked_at(session, [notice.id for notice in due])
    return len(due)


def _name(group: Any) -> tuple[str, str]:
    if group.name is not None:
        return group.name, group.name_en
    return ONE if group.code is None else (group.code, group.code)


def _record(session: Session, notice: Notice, names: list[tuple[str, str]]) -> None:
    facts = {
        "kind": notice.kind,
        "urgency": notice.urgency,
        "incident_id": notice.incident_id and str(notice.incident_id),
        "centre_id": notice.centre_id and str(notice.centre_id),
        "read_by": notice.read_by and notice.read_by.isoformat(),
        "who": "、".join(name for name, _ in names),
        "who_en": ", ".join(name for _, name in names),
    }
    outbox.record(session, "notice.unread", notice.id, [notice.centre_id] if notice.centre_id else [], **facts)


async def forget(session: Session, keep: timedelta, batch: int) -> int:
    """Delete notices that are past their time; says how many."""
    return await queries.forget(session, keep, UNREAD_KEPT, batch)
