"""The statements about webhooks as people set them up."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, case, func, select, update
from sqlalchemy.orm import aliased

from app.core.db import Session
from app.exchange.webhook.models import HORIZON, Webhook, WebhookDelivery
from app.exchange.webhook.sending.queries import answered
from app.exchange.webhook.workflow import DeliveryState
from app.grid.models import Area
from app.identity.models import Account, Organisation
from app.identity.workflow import Actor, Right

W, D = Webhook, WebhookDelivery


def _shown() -> Select[Any]:
    """A webhook with the names of what it is of, and whether somebody answers for it."""
    department = aliased(Organisation)
    former = case((W.former_until > func.now(), W.former_until)).label("former_secret_until")
    names = (Organisation.code.label("place"), Area.code.label("area"), department.code.label("department"))
    columns: tuple[Any, ...] = (W, *names, Account.username.label("answers_for"), answered().label("answered"), former)
    return (
        select(*columns)
        .join(Organisation, Organisation.id == W.place_id)
        .join(Account, Account.id == W.answers_id)
        .outerjoin(Area, Area.id == W.area_id)
        .outerjoin(department, department.id == W.department_id)
    )


def administered(caller: Actor) -> Any:
    """Webhooks of places where the caller has the right to set them up."""
    return W.place_id.in_(caller.places_with(Right.WEBHOOKS_WRITE))


async def page(session: Session, caller: Actor, after: UUID | None, limit: int) -> Sequence[Any]:
    """Webhooks the caller may see in the order they were made, one more than asked for."""
    statement = _shown().where(administered(caller)).order_by(W.id).limit(limit + 1)
    statement = statement if after is None else statement.where(W.id > after)
    found: Sequence[Any] = (await session.execute(statement)).all()
    return found


async def one(session: Session, caller: Actor, id: UUID) -> Any:
    """One webhook as it is shown, if the caller may see it."""
    statement = _shown().where(W.id == id, administered(caller)).execution_options(populate_existing=True)
    return (await session.execute(statement)).one_or_none()


async def held(session: Session, caller: Actor, id: UUID) -> Webhook | None:
    """The webhook with this id, if the caller may see it, its row held until commit."""
    return await session.scalar(select(W).where(W.id == id, administered(caller)).with_for_update())


async def area_id(session: Session, code: str) -> UUID | None:
    """The area with this code."""
    return await session.scalar(select(Area.id).where(Area.code == code))


async def begin_now(session: Session, webhook: Webhook) -> None:
    """Let what happens from now on be queued for it, and what waits be due."""
    anew = {"since_tx": HORIZON, "failures": 0, "rests_until": None}
    await session.execute(update(W).where(W.id == webhook.id).values(anew))
    waits = (D.webhook_id == webhook.id, D.state == DeliveryState.WAITING)
    await session.execute(update(D).where(*waits).values(next_attempt_at=func.now()))
