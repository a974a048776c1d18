"""The use cases of an inbox, and of the centre that wants to know who has read what."""

from collections import defaultdict
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from app.catalogue.schemas import Language
from app.core.db import Lane, Session
from app.core.problems import Conflict, NotFound, Unprocessable
from app.identity.service import Forbidden
from app.identity.workflow import Actor, Role
from app.incident.service import seen
from app.notice.inbox import queries
from app.notice.inbox.schemas import NoticeFilter, NoticeOut, NoticeTold, ReadUpTo, Told, Unread
from app.notice.models import Notice, NoticeReceipt
from app.notice.workflow import Urgency

WATCHING = frozenset({Role.ACCEPTOR, Role.DISPATCHER, Role.SHIFT_LEADER, Role.LEADER, Role.AUDITOR})
"""Who, at the commanding centre, may know who has read what."""


class NoReceiptWanted(Conflict):
    """This notice needs no receipt: reading it is enough."""


async def page(
    session: Session,
    caller: Actor,
    wanted: NoticeFilter,
    after: tuple[datetime, UUID] | None,
    asked: tuple[int, Language],
) -> list[NoticeOut]:
    """The caller's notices, the last that came first, one more than asked for."""
    limit, language = asked
    return [_shown(row, language) for row in await queries.page(session, caller, wanted, after, limit)]


async def notice(session: Session, caller: Actor, notice_id: UUID, language: Language) -> NoticeOut:
    """One of the caller's notices."""
    return _shown(await _found(session, caller, notice_id), language)


async def _found(session: Session, caller: Actor, notice_id: UUID) -> Any:
    row = await queries.found(session, caller, notice_id)
    if row is None:
        raise NotFound
    return row


async def read(session: Session, caller: Actor, notice_id: UUID, language: Language) -> NoticeOut:
    """Read a notice. Again, it stays as it is."""
    await _found(session, caller, notice_id)
    await queries.mark(session, caller, notice_id, acknowledged=False)
    session.expire_all()
    return await notice(session, caller, notice_id, language)


async def acknowledge(session: Session, caller: Actor, notice_id: UUID, language: Language) -> NoticeOut:
    """Acknowledge a notice that needs a receipt, and with that read it. Again, it stays as it is.

    Raises:
        NoReceiptWanted: it needs none.
    """
    row = await _found(session, caller, notice_id)
    if not row.Notice.needs_receipt:
        raise NoReceiptWanted
    await queries.mark(session, caller, notice_id, acknowledged=True)
    session.expire_all()
    return await notice(session, caller, notice_id, language)


async def read_up_to(session: Session, caller: Actor, notice_id: UUID) -> ReadUpTo:
    """Read everything up to a notice of the caller's inbox, as it stands there.

    Raises:
        Unprocessable: it is not in the inbox.
    """
    row = await queries.found(session, caller, notice_id)
    if row is None:
        raise Unprocessable("There is no such notice in your inbox.")
    number = await queries.mark_up_to(session, caller, (row.NoticeReceipt.delivered_at, notice_id))
    return ReadUpTo(read=number, unread=_counted(await queries.unread_now(session, caller)))


async def unread(lane: Lane, caller: Actor) -> Unread:
    """How many notices the caller has not read, in one statement."""
    return _counted(await queries.unread(lane, caller))


def _counted(numbers: dict[str, int]) -> Unread:
    by_urgency = {urgency.value: numbers.get(urgency.value, 0) for urgency in Urgency}
    return Unread(**by_urgency, total=sum(by_urgency.values()))


def _shown(row: Any, language: Language) -> NoticeOut:
    notice, receipt = row.Notice, row.NoticeReceipt
    names = ("id", "topic", "kind", "urgency", "needs_receipt", "subject_id", "at", "read_by")
    theirs = ("incident_id", "role", "delivered_at", "read_at", "acknowledged_at")
    return NoticeOut(
        **{name: getattr(notice, name) for name in names},
        **{name: getattr(receipt, name) for name in theirs},
        text=_text(notice, language),
        number=row.number,
        centre=row.centre,
        allowed_actions=_allowed(notice, receipt),
    )


def _text(notice: Notice, language: Language) -> str:
    return notice.text_en if language == "en" else notice.text


def _allowed(notice: Notice, receipt: NoticeReceipt) -> list[Literal["read", "acknowledge"]]:
    can: list[Literal["read", "acknowledge"]] = [] if receipt.read_at else ["read"]
    return [*can, "acknowledge"] if notice.needs_receipt and receipt.acknowledged_at is None else can


async def of_incident(
    session: Session, caller: Actor, incident_id: UUID, after: UUID | None, asked: tuple[int, Language]
) -> list[NoticeTold]:
    """The notices of an incident with everybody who was told, the last first, one more than asked for.

    Raises:
        NotFound: there is no such incident, or it is out of the caller's reach.
        Forbidden: the caller holds no duty role at the commanding centre.
    """
    limit, language = asked
    incident = await seen(session, caller, incident_id)
    if not WATCHING & caller.roles_at(incident.commanding_centre_id):
        raise Forbidden("Who has read what is for the duty roles of the commanding centre.")
    rows = await queries.of_incident(session, incident_id, after, limit)
    told: dict[UUID, list[Told]] = defaultdict(list)
    for row in await queries.told(session, [one.id for one in rows]):
        told[row.NoticeReceipt.notice_id].append(_told(row))
    names = ("id", "topic", "kind", "urgency", "needs_receipt", "at", "told_at", "read_by")
    return [
        NoticeTold(**{name: getattr(one, name) for name in names}, text=_text(one, language), told=told[one.id])
        for one in rows
    ]


def _told(row: Any) -> Told:
    names = ("role", "delivered_at", "read_at", "acknowledged_at")
    by = {name: getattr(row.NoticeReceipt, name) for name in names}
    return Told(account=row.username, organisation=row.organisation, patrol=row.patrol, **by)
