"""The use cases of webhooks: made, changed, tested and ended by who has the right at their place."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from fastapi import Response
from pydantic import SecretStr

from app.agency.queries import organisation_seen
from app.core import outbox
from app.core.db import Database, Session
from app.core.egress import Allowed, Refused, Target
from app.core.ids import uuid7
from app.core.once import Once, require_version
from app.core.outgoing import Unresolved, judged, resolve
from app.core.problems import NotFound, Unprocessable
from app.exchange.webhook.models import Webhook
from app.exchange.webhook.subscription import queries
from app.exchange.webhook.subscription.schemas import RotateIn, WebhookIn, WebhookMade, WebhookOut, WebhookPatch
from app.exchange.webhook.workflow import TESTED, WebhookState, key_of, new_salt, secret_of
from app.identity.models import OrganisationKind
from app.identity.queries import now, organisation_by_code
from app.identity.workflow import Actor, Right


class AddressRefused(Unprocessable):
    """Nothing may be sent to this address."""


class SwitchedOff(Unprocessable):
    """The webhook is not active, so nothing is queued for it."""


async def make(database: Database, by: Actor, once: Once, body: WebhookIn) -> Response:
    """A new webhook and its secret, shown this once.

    Raises:
        AddressRefused: nothing may be sent there.
        Unprocessable: it names a place, area or department that the caller may not name.
    """
    await _answered_before(database, once)
    await must_be_allowed(database, body.url)
    async with database.write() as session:
        await once.replay(session)
        place = await organisation_by_code(session, body.place)
        if place is None or not by.may_at(Right.WEBHOOKS_WRITE, place.id):
            raise Unprocessable(f"There is no organisation {body.place} where you set up webhooks.")
        made = Webhook(id=body.id or uuid7(), place_id=place.id, answers_id=by.account_id, salt=new_salt())
        made.label, made.url, made.topics = body.label, body.url, body.topics
        await _narrow(session, by, made, body)
        session.add(made)
        await session.flush()
        return await _with_secret(session, by, once, made, database.settings.secret)


async def change(database: Database, by: Actor, id: UUID, body: WebhookPatch, based_on: int) -> WebhookOut:
    """Change a webhook; the caller answers for it from now on.

    Raises:
        NotFound: there is none that the caller may see.
        AddressRefused, Unprocessable: as for a new one.
    """
    if body.url is not None:
        await must_be_allowed(database, body.url)
    async with database.write() as session:
        webhook = await _held(session, by, id, based_on)
        webhook.label, webhook.url = body.label or webhook.label, body.url or webhook.url
        webhook.topics = webhook.topics if body.topics is None else body.topics
        await _narrow(session, by, webhook, body)
        await _switch(session, webhook, body.is_active)
        webhook.answers_id = by.account_id
        return await _changed(session, by, webhook)


async def _narrow(session: Session, by: Actor, webhook: Webhook, body: WebhookIn | WebhookPatch) -> None:
    """Narrow it to an area or a department; what is given as null is wide again."""
    if "area" in body.model_fields_set:
        webhook.area_id = await queries.area_id(session, body.area) if body.area else None
        if body.area and webhook.area_id is None:
            raise Unprocessable(f"There is no area {body.area}.")
    if "department" in body.model_fields_set:
        found = body.department and await organisation_seen(session, by, body.department, OrganisationKind.DEPARTMENT)
        if body.department and not found:
            raise Unprocessable(f"There is no department {body.department} that you see.")
        webhook.department_id = found.id if found else None


async def _switch(session: Session, webhook: Webhook, is_active: bool | None) -> None:  # noqa: FBT001  # as it is given
    if is_active is None:
        return
    if is_active and not webhook.is_active:
        await queries.begin_now(session, webhook)
        webhook.is_gone = False
    webhook.is_active = is_active


async def rotate(database: Database, by: Actor, once: Once, which: tuple[UUID, int], body: RotateIn) -> Response:
    """A new secret beside the one before, for a time; the one before that is good no longer.

    Raises:
        NotFound: there is none that the caller may see.
    """
    async with database.write() as session:
        await once.replay(session)
        webhook = await _held(session, by, *which)
        webhook.former_salt, webhook.salt = webhook.salt, new_salt()
        webhook.former_until = await now(session) + timedelta(seconds=body.overlap_s)
        webhook.answers_id = by.account_id
        webhook.version += 1
        await session.flush()
        return await _with_secret(session, by, once, webhook, database.settings.secret)


async def test(session: Session, by: Actor, id: UUID) -> None:
    """Send something harmless the whole way: through the log, the queue, and the door.

    Raises:
        NotFound: there is none that the caller may see.
        SwitchedOff: it is not active.
    """
    found = await find(session, by, id)
    if not found.is_active:
        raise SwitchedOff
    outbox.record(session, TESTED, id, [id], place=found.place)


async def drop(session: Session, by: Actor, id: UUID, based_on: int) -> None:
    """End a webhook, with its queue and its log of deliveries."""
    await session.delete(await _held(session, by, id, based_on))


async def page(session: Session, caller: Actor, after: UUID | None, limit: int) -> list[WebhookOut]:
    """Webhooks the caller may see, one more than asked for."""
    return [_shown(row) for row in await queries.page(session, caller, after, limit)]


async def find(session: Session, caller: Actor, id: UUID) -> WebhookOut:
    """One webhook.

    Raises:
        NotFound: there is none that the caller may see.
    """
    row = await queries.one(session, caller, id)
    if row is None:
        raise NotFound
    return _shown(row)


def _shown(row: Any) -> WebhookOut:
    webhook = row.Webhook
    names = {name: getattr(row, name) for name in ("place", "area", "department", "answers_for", "former_secret_until")}
    own = {name: getattr(webhook, name) for name in WebhookOut.model_fields if name not in {*names, "state"}}
    return WebhookOut.model_validate(own | names | {"state": _state(webhook, answered=row.answered)})


def _state(webhook: Webhook, *, answered: bool) -> WebhookState:
    if not webhook.is_active:
        return WebhookState.GONE if webhook.is_gone else WebhookState.DISABLED
    if not answered:
        return WebhookState.UNANSWERED
    return WebhookState.FAILING if webhook.rests_until else WebhookState.ACTIVE


async def _held(session: Session, by: Actor, id: UUID, based_on: int) -> Webhook:
    webhook = await queries.held(session, by, id)
    if webhook is None:
        raise NotFound
    require_version(based_on, webhook.version)
    return webhook


async def _changed(session: Session, by: Actor, webhook: Webhook) -> WebhookOut:
    webhook.version += 1
    await session.flush()
    return await find(session, by, webhook.id)


async def _with_secret(session: Session, by: Actor, once: Once, webhook: Webhook, secret: SecretStr) -> Response:
    """The answer that shows a webhook's secret; what is stored for a repeat does not."""
    shown = (await find(session, by, webhook.id)).model_dump()
    text = secret_of(key_of(secret.get_secret_value().encode(), webhook.salt))
    made, stored = (WebhookMade(**shown, secret=one) for one in (text, ""))
    return await once.reply(session, made, 201 if webhook.version == 1 else 200, stored=stored)


async def _answered_before(database: Database, once: Once) -> None:
    """A repeat gets its answer, whatever the name leads to by now."""
    async with database.write() as session:
        await once.replay(session)


async def must_be_allowed(database: Database, url: str) -> None:
    """Refuse an address to which nothing may be sent, with no transaction open: a name may take its time.

    Raises:
        AddressRefused: it may not, or leads nowhere.
    """
    try:
        await judged(Target.of(url, Allowed.of(database.settings.webhook_allow)), resolve)
    except Refused as refused:
        raise AddressRefused(f"The address {refused}.") from None
    except Unresolved:
        raise AddressRefused("The address has a host name that leads nowhere now.") from None
