"""Keeping feeds: who may, whose account a feed comes as, and what its fields mean from now on."""

from typing import Any

from app.core.db import Session
from app.core.ids import uuid7
from app.core.once import require_version
from app.core.problems import NotFound, Unprocessable
from app.exchange.feed import queries
from app.exchange.feed.models import Feed
from app.exchange.feed.schemas import FeedIn, FeedOut, FeedPatch
from app.identity.models import OrganisationKind
from app.identity.workflow import Actor, Right


async def add(session: Session, by: Actor, body: FeedIn) -> FeedOut:
    """A new feed at a centre whose catalogue the caller administers.

    Raises:
        Unprocessable: there is no such centre, or no such account.
    """
    centre = await queries.place(session, body.centre)
    if centre is None or centre.kind != OrganisationKind.CENTRE or not by.may_at(Right.CATALOGUE_WRITE, centre.id):
        raise Unprocessable(f"There is no centre {body.centre} that you administer.")
    account = await queries.account_held_at(session, body.account, by.places_with(Right.ACCOUNTS_WRITE))
    if account is None:
        raise Unprocessable(f"There is no channel {body.account}.")
    feed = Feed(
        id=body.id or uuid7(),
        code=body.code,
        name=body.name,
        centre_id=centre.id,
        account_id=account,
        mapping=body.mapping.model_dump(mode="json"),
    )
    session.add(feed)
    await session.flush()
    return FeedOut.model_validate(await kept(session, by, body.code))


async def change(session: Session, by: Actor, code: str, body: FeedPatch, based_on: int) -> FeedOut:
    """What a feed's fields mean from now on; by that, what waits in quarantine is read again."""
    feed = await queries.feed_held(session, (await kept(session, by, code)).id)
    require_version(based_on, feed.version)
    feed.mapping = body.mapping.model_dump(mode="json")
    feed.version += 1
    await session.flush()
    await queries.try_anew(session, feed.id)
    return FeedOut.model_validate(await kept(session, by, code))


async def kept(session: Session, by: Actor, code: str) -> Any:
    """The feed with this code, if the caller keeps it.

    Raises:
        NotFound.
    """
    found = await queries.feed(session, by, code)
    if found is None:
        raise NotFound
    return found
