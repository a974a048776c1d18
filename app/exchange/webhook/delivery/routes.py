"""HTTP of deliveries."""

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response

from app.core.db import Read, Write
from app.core.once import KeyMissing, KeyReused, StillRunning
from app.core.pages import DEFAULT_LIMIT, Cursor, InvalidCursor, Limit, Page, decode, page_of
from app.core.problems import InvalidRequest, NotFound, Unprocessable, problems
from app.exchange.webhook.delivery import service
from app.exchange.webhook.delivery.schemas import DeliveryFilter, DeliveryOut, Replayed, ReplayIn
from app.exchange.webhook.delivery.service import LogGone
from app.exchange.webhook.subscription.routes import Administrator, Whole
from app.exchange.webhook.subscription.service import SwitchedOff
from app.identity.access import OnceKey
from app.identity.service import Forbidden, NotSignedIn

router = APIRouter(prefix="/v1/webhooks/{webhook_id}", tags=["webhooks"])
REFUSED = (NotSignedIn, Forbidden, NotFound, InvalidRequest)
REPLAY = (Unprocessable, SwitchedOff, LogGone, KeyMissing, KeyReused, StillRunning)


@router.get("/deliveries", responses=problems(*REFUSED, InvalidCursor))
async def list_deliveries(  # a page, and what is asked for
    webhook_id: UUID,
    caller: Administrator,
    wanted: Annotated[DeliveryFilter, Depends()],
    session: Read,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[DeliveryOut]:
    """What became of a webhook's deliveries, the newest first, with every try; never what was answered."""
    after = decode("deliveries", cursor, int)
    rows = await service.page(session, caller, webhook_id, wanted, after[0] if after else None, limit)
    return page_of("deliveries", rows, limit, "id")


@router.post("/replay", status_code=202, response_model=Replayed, responses=problems(*REFUSED, *REPLAY))
async def replay(  # one parameter each of what a request carries
    webhook_id: UUID, body: ReplayIn, caller: Administrator, session: Write, once: OnceKey, base: Whole
) -> Response:
    """Send a range of the log, or dead letters, again: with the same `webhook-id`, so receivers know what they had."""
    keep = timedelta(hours=base.settings.stream_keep_hours)
    return await once.reply(session, await service.replay(session, caller, webhook_id, body, keep), 202)
