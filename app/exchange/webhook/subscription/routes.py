"""HTTP of webhooks."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response

from app.agency.routes import CHANGES, LISTED, ONE, REFUSED, BasedOn, tagged
from app.core.db import Database, Read, Write, database
from app.core.once import KeyMissing, KeyReused, StillRunning
from app.core.pages import Cursor, Limit, Page, decode, page_of
from app.core.problems import Conflict, NotFound, OutOfRange, Unavailable, Unprocessable, problems
from app.exchange.webhook.subscription import service
from app.exchange.webhook.subscription.schemas import (
    Queued,
    RotateIn,
    WebhookIn,
    WebhookMade,
    WebhookOut,
    WebhookPatch,
)
from app.exchange.webhook.subscription.service import AddressRefused, SwitchedOff
from app.exchange.webhook.workflow import TESTED
from app.identity.access import HotKey, OnceKey, needs
from app.identity.workflow import Actor, Right

router = APIRouter(prefix="/v1/webhooks", tags=["webhooks"])
Administrator = Annotated[Actor, needs(Right.WEBHOOKS_WRITE)]
Whole = Annotated[Database, Depends(database)]
"""For what looks up a name before it opens a transaction, and for the settings."""
KEYS = (KeyMissing, KeyReused, StillRunning)


@router.get("", responses=LISTED)
async def list_webhooks(
    caller: Administrator, session: Read, limit: Limit = 100, cursor: Cursor = None
) -> Page[WebhookOut]:
    """The webhooks of the places where the caller sets them up."""
    after = decode("webhooks", cursor, UUID)
    return page_of("webhooks", await service.page(session, caller, after[0] if after else None, limit), limit, "id")


@router.get("/{webhook_id}", responses=ONE)
async def show_webhook(webhook_id: UUID, caller: Administrator, session: Read, response: Response) -> WebhookOut:
    """One webhook."""
    return tagged(response, await service.find(session, caller, webhook_id))


@router.post(
    "",
    status_code=201,
    response_model=WebhookMade,
    responses=problems(*REFUSED, Conflict, Unprocessable, AddressRefused, *KEYS, OutOfRange, Unavailable),
)
async def make_webhook(body: WebhookIn, caller: Administrator, once: HotKey, base: Whole) -> Response:
    """Send what a place sees to another system, from now on. The secret is in this answer only."""
    return await service.make(base, caller, once, body)


@router.patch("/{webhook_id}", responses=problems(*CHANGES, AddressRefused, OutOfRange, Unavailable))
async def change_webhook(  # one parameter each of what a request carries
    webhook_id: UUID, body: WebhookPatch, caller: Administrator, base: Whole, based_on: BasedOn, response: Response
) -> WebhookOut:
    """Change a webhook, switch it off, or on again. Whoever does answers for it."""
    return tagged(response, await service.change(base, caller, webhook_id, body, based_on))


@router.delete("/{webhook_id}", status_code=204, responses=problems(*CHANGES))
async def drop_webhook(webhook_id: UUID, caller: Administrator, session: Write, based_on: BasedOn) -> None:
    """End a webhook, with what waits for it and the log of its deliveries."""
    await service.drop(session, caller, webhook_id, based_on)


@router.post(
    "/{webhook_id}/secret",
    response_model=WebhookMade,
    responses=problems(*CHANGES, *KEYS, OutOfRange, Unavailable),
)
async def rotate_secret(  # one parameter each of what a request carries
    webhook_id: UUID, body: RotateIn, caller: Administrator, once: HotKey, base: Whole, based_on: BasedOn
) -> Response:
    """A new secret. For a time messages are signed with the former one as well: nothing is refused meanwhile."""
    return await service.rotate(base, caller, once, (webhook_id, based_on), body)


@router.post(
    "/{webhook_id}/test",
    status_code=202,
    response_model=Queued,
    responses=problems(*REFUSED, NotFound, SwitchedOff, *KEYS),
)
async def test_webhook(webhook_id: UUID, caller: Administrator, session: Write, once: OnceKey) -> Response:
    """Send `webhook.tested` the whole way; how it went is in the log of deliveries."""
    await service.test(session, caller, webhook_id)
    return await once.reply(session, Queued(topic=TESTED), 202)
