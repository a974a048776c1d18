"""The statements of the queues: who gets what, messages and deliveries made, claimed, settled, forgotten."""

from datetime import timedelta
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    ColumnElement,
    Double,
    Executable,
    Integer,
    Select,
    Text,
    and_,
    any_,
    bindparam,
    case,
    column,
    delete,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB, array
from sqlalchemy.dialects.postgresql import UUID as PgUUID
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import aliased

from app.command.queries import rows_of
from app.core.db import Hot, Session
from app.core.outbox import Event, Subscriber
from app.exchange.webhook.models import Webhook, WebhookDelivery, WebhookMessage
from app.exchange.webhook.workflow import LATEST, DeliveryState
from app.identity.models import Account, Organisation, OrganisationKind, RoleGrant
from app.identity.workflow import RIGHTS, Right
from app.incident.models import Incident
from app.incident.queries import open_to

UUID = PgUUID(as_uuid=True)
D, M, W = WebhookDelivery, WebhookMessage, Webhook
WAITING, DEAD = DeliveryState.WAITING.value, DeliveryState.DEAD.value
READER = "webhooks"
ANSWERING = sorted(role.value for role, rights in RIGHTS.items() if Right.WEBHOOKS_WRITE in rights)


def _list(name: str, kind: Any) -> ColumnElement[Any]:
    return bindparam(name, type_=ARRAY(kind))


def answered() -> ColumnElement[bool]:
    """Whoever answers for the webhook still has the right to it at its place."""
    live = or_(RoleGrant.valid_until.is_(None), RoleGrant.valid_until > func.now())
    place = aliased(Organisation)
    return (
        exists()
        .where(RoleGrant.account_id == W.answers_id, RoleGrant.role == any_(literal(ANSWERING, ARRAY(Text))), live)
        .where(Account.id == W.answers_id, Account.is_active)
        .where(place.id == W.place_id, RoleGrant.organisation_id == any_(place.lineage))
        .correlate(W)
    )


def _below(top: Any, kind: OrganisationKind) -> ColumnElement[Any]:
    """The organisations of a kind at and below one."""
    below = aliased(Organisation)
    found = select(below.id).where(below.lineage.contains(array([top])), below.kind == literal(kind.value))
    return func.array(found.correlate_except(below).scalar_subquery(), type_=ARRAY(UUID))


def _subscriptions() -> Select[Any]:
    """The webhooks for which something is queued now, with what their places reach, and whether it may be sent."""
    place = aliased(Organisation)
    is_centre = place.kind == literal(OrganisationKind.CENTRE.value)
    nothing = literal([], ARRAY(UUID))
    own: tuple[Any, ...] = (
        W.id, W.url, W.topics, W.area_id, W.since_tx, W.salt, W.failures,
        case((W.former_until > func.now(), W.former_salt)).label("former_salt"),
        func.coalesce(W.rests_until > func.now(), literal(False, Boolean)).label("rests"),
        answered().label("is_answered"),
        case((is_centre, _below(W.place_id, OrganisationKind.CENTRE)), else_=nothing).label("centres"),
        case((is_centre, nothing), else_=_below(W.place_id, OrganisationKind.DEPARTMENT)).label("departments"),
        case((W.department_id.is_not(None), _below(W.department_id, OrganisationKind.DEPARTMENT))).label("narrowed"),
    )  # fmt: skip
    return select(*own).join(place, place.id == W.place_id).where(W.is_active).order_by(W.id)


def _place() -> Executable:
    held = select(Subscriber.tx, Subscriber.id).where(Subscriber.name == literal(READER))
    return held.with_for_update(skip_locked=True)


def _moved() -> Executable:
    to = {"tx": bindparam("to_tx", type_=BigInteger), "id": bindparam("to_id", type_=BigInteger)}
    return update(Subscriber).where(Subscriber.name == literal(READER)).values(to)


def _messages() -> Executable:
    """Keep some entries of the log as they are sent; one that is kept already stays as it was."""
    lists = (_list("event_ids", BigInteger), _list("incidents", UUID), _list("bodies", Text))
    columns = (column("event_id", BigInteger), column("incident_id", UUID), column("body", Text))
    given = func.unnest(*lists).table_valued(*columns).render_derived("given")
    kept: tuple[Any, ...] = (
        Event.id, Event.tx, Event.at, Event.topic, Event.subject_id, given.c.incident_id, Event.scope, given.c.body,
    )  # fmt: skip
    rows = select(*kept).join(given, given.c.event_id == Event.id)
    names = ["event_id", "tx", "at", "topic", "subject_id", "incident_id", "scope", "body"]
    return upsert(M).from_select(names, rows, include_defaults=False).on_conflict_do_nothing()


def _deliveries() -> Executable:
    """Queue messages in the order given; one that waits at the same webhook already is not queued again."""
    lists = (_list("webhooks", UUID), _list("event_ids", BigInteger), _list("about", UUID))
    columns = (column("webhook_id", UUID), column("event_id", BigInteger), column("about_id", UUID))
    given = func.unnest(*lists).table_valued(*columns, with_ordinality="n").render_derived("given")
    waits = exists().where(D.event_id == given.c.event_id, D.webhook_id == given.c.webhook_id, D.state == WAITING)
    replay = bindparam("is_replay", type_=Boolean)
    rows = select(given.c.webhook_id, given.c.event_id, given.c.about_id, replay).where(~waits).order_by(given.c.n)
    names = ["webhook_id", "event_id", "about_id", "is_replay"]
    return insert(D).from_select(names, rows, include_defaults=False).returning(D.id)


def _leased() -> ColumnElement[bool]:
    """It is being sent, or was a moment ago by a worker that is lost."""
    return func.coalesce(D.leased_until > func.now(), literal(False, Boolean))


def _claim() -> Executable:
    """Take what is due, of each webhook as many as it has room for, for as long as the lease.

    Of what is about the same, only the first that waits: what failed holds back what comes after it, and nothing else.
    With each comes who sees its incident now.
    """
    columns = (column("webhook_id", UUID), column("room", Integer))
    asked = func.unnest(_list("webhooks", UUID), _list("rooms", Integer)).table_valued(*columns).render_derived("asked")
    before = aliased(D)
    later = exists().where(
        before.webhook_id == D.webhook_id, before.about_id == D.about_id, before.id < D.id, before.state == WAITING
    )
    due = select(D.id).where(D.webhook_id == asked.c.webhook_id, D.state == WAITING, D.next_attempt_at <= func.now())
    first = (
        due.where(~_leased(), ~later)
        .order_by(D.id)
        .limit(asked.c.room)
        .with_for_update(skip_locked=True)
        .lateral("first")
    )
    chosen = select(first.c.id).select_from(asked.join(first, true())).cte("chosen")
    lease = func.make_interval(0, 0, 0, 0, 0, 0, bindparam("lease_s", type_=Double))
    taken = (
        update(D)
        .where(D.id == chosen.c.id)
        .values(attempts=D.attempts + 1, leased_until=func.now() + lease)
        .returning(D.id, D.webhook_id, D.event_id, D.attempts)
        .cte("taken")
    )
    departments, people = open_to(Incident)
    shown: tuple[Any, ...] = (
        taken.c.id.label("delivery_id"), taken.c.webhook_id, taken.c.attempts,
        M.tx, M.event_id.label("id"), M.topic, M.scope, M.body,
        Incident.home_centre_id.label("home_id"), departments.label("departments"), people.label("people"),
    )  # fmt: skip
    found = select(*shown).select_from(taken).join(M, M.event_id == taken.c.event_id)
    return found.outerjoin(Incident, Incident.id == M.incident_id).order_by(taken.c.id)


def _settle() -> Executable:
    """Say how each ended; one that was claimed again since is left alone."""
    names = (column("id", BigInteger), column("attempts", Integer), column("state", Text), column("wait_s", Double))
    given = rows_of("ended", *names, column("back", Integer), column("try", JSONB))
    is_over = given.c.state != literal(WAITING, Text)
    wait = func.make_interval(0, 0, 0, 0, 0, 0, given.c.wait_s)
    return (
        update(D)
        .where(D.id == given.c.id, D.attempts == given.c.attempts, D.state == WAITING)
        .values(
            state=given.c.state,
            attempts=D.attempts - given.c.back,
            tries=D.tries.op("||")(given.c["try"]),
            next_attempt_at=func.now() + wait,
            leased_until=None,
            ended_at=case((is_over, func.now())),
        )
    )


def _health() -> Executable:
    """Count failures in a row, and let a webhook rest, or end it; its version stays: nobody changed it."""
    given = rows_of(
        "health",
        column("id", UUID), column("failures", Integer), column("rest_s", Double), column("gone", Boolean),
    )  # fmt: skip
    rests = func.now() + func.make_interval(0, 0, 0, 0, 0, 0, given.c.rest_s)
    return (
        update(W)
        .where(W.id == given.c.id)
        .values(
            failures=given.c.failures,
            rests_until=rests,
            is_gone=or_(W.is_gone, given.c.gone),
            is_active=and_(W.is_active, ~given.c.gone),
            version=W.version + case((given.c.gone, 1), else_=0),
            updated_at=case((given.c.gone, func.now()), else_=W.updated_at),
        )
    )


def _hurry() -> Executable:
    """An endpoint is well again: what waits for its next try there is due."""
    waits = (D.webhook_id == any_(_list("webhooks", UUID)), D.state == WAITING, D.next_attempt_at > func.now())
    return update(D).where(*waits, ~_leased()).values(next_attempt_at=func.now())


SUBSCRIPTIONS, PLACE, MOVED = Hot(_subscriptions), Hot(_place), Hot(_moved)
MESSAGES, DELIVERIES = Hot(_messages), Hot(_deliveries)
CLAIM, SETTLE, HEALTH, HURRY = Hot(_claim), Hot(_settle), Hot(_health), Hot(_hurry)


async def expire(session: Session, batch: int) -> int:
    """Give up what has waited too long; says how much."""
    late = select(D.id).where(D.state == WAITING, D.created_at < func.now() - LATEST).limit(batch)
    tried = func.jsonb_build_array(func.jsonb_build_object("at", func.now(), "error", "too_late"))
    ended = {"state": DEAD, "ended_at": func.now(), "tries": D.tries.op("||")(tried)}
    gone = await session.execute(update(D).where(D.id.in_(late)).values(ended).returning(D.id))
    return len(gone.all())


async def forget(session: Session, keep: timedelta, batch: int) -> int:
    """Delete the oldest messages with their deliveries; says how many."""
    old = select(M.event_id).where(M.at < func.now() - keep).order_by(M.at).limit(batch)
    return len((await session.execute(delete(M).where(M.event_id.in_(old)).returning(M.event_id))).all())
