"""The statements about deliveries as people see them, and have them replayed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, case, func, insert, literal, or_, select, tuple_, update
from sqlalchemy.sql import Select

from app.core.db import Session
from app.core.outbox import Event
from app.exchange.webhook.delivery.schemas import DeliveryFilter
from app.exchange.webhook.models import WebhookDelivery, WebhookMessage
from app.exchange.webhook.workflow import DeliveryState
from app.identity.workflow import Actor
from app.incident.models import Incident
from app.incident.queries import seen_by
from app.stream.workflow import Place

D, M = WebhookDelivery, WebhookMessage


def _in_sight(caller: Actor) -> ColumnElement[bool]:
    return or_(M.incident_id.is_(None), func.coalesce(seen_by(caller), literal(False)))


def _shown(caller: Actor) -> Select[Any]:
    """Deliveries with what they carry; what that is about only where the caller sees it."""
    subject = case((_in_sight(caller), M.subject_id)).label("subject_id")
    joined = select(D, M.tx, M.topic, subject).join(M, M.event_id == D.event_id)
    return joined.outerjoin(Incident, Incident.id == M.incident_id)


async def page(  # a page, and what is asked for
    session: Session, caller: Actor, webhook_id: UUID, wanted: DeliveryFilter, after: int | None, limit: int
) -> Sequence[Any]:
    """Deliveries of a webhook, the newest first, one more than asked for."""
    statement = _shown(caller).where(D.webhook_id == webhook_id, *_asked(caller, wanted))
    statement = statement if after is None else statement.where(D.id < after)
    found: Sequence[Any] = (await session.execute(statement.order_by(D.id.desc()).limit(limit + 1))).all()
    return found


def _asked(caller: Actor, wanted: DeliveryFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.state is not None:
        conditions.append(D.state == wanted.state.value)
    if wanted.topic is not None:
        conditions.append(or_(M.topic == wanted.topic, M.topic.startswith(f"{wanted.topic}.", autoescape=True)))
    if wanted.subject is not None:
        conditions += [M.subject_id == wanted.subject, _in_sight(caller)]
    if wanted.since is not None:
        conditions.append(D.created_at >= wanted.since)
    if wanted.until is not None:
        conditions.append(D.created_at < wanted.until)
    return conditions


async def dead_again(session: Session, webhook_id: UUID, within: Sequence[Any], limit: int) -> list[int]:
    """Queue a webhook's oldest dead letters anew, in their order, and say of each that it was; the new ones."""
    chosen = select(D.id).join(M, M.event_id == D.event_id).where(D.webhook_id == webhook_id, *within)
    chosen = chosen.where(D.state == DeliveryState.DEAD).order_by(D.id).limit(limit).with_for_update(of=D)
    marked = (
        update(D)
        .where(D.id.in_(chosen))
        .values(state=DeliveryState.REPLAYED.value)
        .returning(D.id, D.webhook_id, D.event_id, D.about_id)
        .cte("marked")
    )
    old = marked.c
    rows = select(old.webhook_id, old.event_id, old.about_id, literal(True)).order_by(old.id)
    names = ["webhook_id", "event_id", "about_id", "is_replay"]
    made = insert(D).from_select(names, rows, include_defaults=False).returning(D.id)
    return list(await session.scalars(made))


def within(  # both ends, by place and by time
    after: Place | None, through: Place | None, since: datetime | None, until: datetime | None
) -> list[ColumnElement[bool]]:
    """Messages of a range."""
    place = tuple_(M.tx, M.event_id)
    asked = [
        place > tuple_(*after) if after else None,
        place <= tuple_(*through) if through else None,
        M.at >= since if since else None,
        M.at < until if until else None,
    ]
    return [condition for condition in asked if condition is not None]


async def first_since(session: Session, since: datetime) -> Place | None:
    """The place just before the first entry of the log that is no older; nothing if there is none."""
    statement = select(Event.tx, Event.id).where(Event.at >= since).order_by(Event.tx, Event.id).limit(1)
    row = (await session.execute(statement)).one_or_none()
    return None if row is None else Place(row.tx, row.id - 1)
