"""Every statement about feeds and their tickets."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    ColumnElement,
    Executable,
    LargeBinary,
    Select,
    Text,
    any_,
    bindparam,
    case,
    delete,
    func,
    literal_column,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.dialects.postgresql import UUID as PgUUID

from app.core.db import Hot, Session
from app.exchange.feed.models import Feed, Ticket
from app.exchange.feed.workflow import FIRST_PAUSE, LONGER_BY, LONGEST_PAUSE, MOST_TRIES, TicketState
from app.exchange.told.queries import FILED, FINAL, as_handled, public_notes
from app.identity.models import Account, Organisation, RoleGrant
from app.identity.workflow import Actor, Right, Role
from app.incident.contact.models import Reporter

UUID = PgUUID(as_uuid=True)
QUARANTINED = Ticket.state == literal_column(f"'{TicketState.QUARANTINED}'")
AT_ONCE = 100
"""Tickets that a worker takes upon itself by one statement."""
COUNTED = func.least(Ticket.tries + literal_column("1"), literal_column("1000"))
"""The column is small, and a channel may send the same for years."""


def _ids(*names: str) -> dict[str, Any]:
    return {name: bindparam(name, type_=UUID) for name in names}


def _texts(*names: str) -> dict[str, Any]:
    return {name: bindparam(name, type_=Text) for name in names}


def _seconds(span: timedelta) -> ColumnElement[Any]:
    return literal_column(f"interval '{span.total_seconds():.0f} s'")


def _pause(tries: Any) -> ColumnElement[Any]:
    """How long after so many tries the next one is."""
    longer = func.power(literal_column(f"{LONGER_BY}"), func.greatest(tries, literal_column("1")) - literal_column("1"))
    return func.least(_seconds(FIRST_PAUSE) * longer, _seconds(LONGEST_PAUSE))


def _next_try(tries: Any) -> ColumnElement[Any]:
    """The instant of the next try after so many; nothing when that was the last."""
    return case((tries < literal_column(f"{MOST_TRIES}"), func.now() + _pause(tries)))


def _feed_of() -> Executable:
    """The feed with this code, if the caller is its channel."""
    mine = Feed.account_id == bindparam("actor_id", type_=UUID)
    columns: tuple[Any, ...] = (Feed.id, Feed.code, Feed.mapping, Feed.version)
    return select(*columns).where(Feed.code == bindparam("code", type_=Text), mine)


def _feed_kept() -> Executable:
    """The feed with this code, if it is of a centre that the caller administers."""
    of = Feed.centre_id == any_(bindparam("centres", type_=ARRAY(UUID)))
    columns: tuple[Any, ...] = (Feed.id, Feed.code, Feed.mapping, Feed.version, Feed.account_id)
    return select(*columns).where(Feed.code == bindparam("code", type_=Text), of)


FEED_OF, FEED_KEPT = Hot(_feed_of), Hot(_feed_kept)
LOCK = Hot(lambda: select(func.pg_advisory_xact_lock(bindparam("lock", type_=BigInteger))))
"""Wait until nobody else takes the same ticket. What follows sees what they did."""


def _ticket() -> Executable:
    """A ticket by its channel's number, with how far it is."""
    this = (Ticket.feed_id == bindparam("feed_id", type_=UUID), Ticket.number == bindparam("number", type_=Text))
    columns: tuple[Any, ...] = (
        Ticket.state,
        Ticket.incident_id,
        Ticket.sha256,
        Ticket.said,
        Ticket.unmapped,
        Ticket.at,
    )
    shown = (FILED.number.label("incident_number"), FINAL.status, FINAL.closed_at, public_notes().label("notes"))
    return as_handled(
        select(*columns, *shown).select_from(Ticket).outerjoin(FILED, FILED.id == Ticket.incident_id).where(*this)
    )


TICKET = Hot(_ticket)


def _kept(next_try_at: tuple[Any, Any], **values: Any) -> Executable:
    """A ticket as it is now; when it is tried next says the pair: new, and again."""
    key = _ids("feed_id") | _texts("number") | {"sha256": bindparam("sha256", type_=LargeBinary)}
    made = insert(Ticket).values(key | values | {"next_try_at": next_try_at[0]})
    again: dict[str, Any] = {name: made.excluded[name] for name in ("sha256", *values)}
    again |= {"changed_at": func.now(), "tries": COUNTED, "next_try_at": next_try_at[1]}
    return made.on_conflict_do_update(index_elements=["feed_id", "number"], set_=again)


def _filed() -> Executable:
    """The ticket has an incident now, or says something new of it."""
    null: Any = literal_column("NULL")
    nothing: dict[str, Any] = {"payload": null, "reason": null}
    said = {"said": bindparam("said", type_=JSONB), "state": literal_column(f"'{TicketState.FILED}'")}
    return _kept((null, null), **_ids("incident_id"), **_texts("unmapped"), **nothing, **said)


def _quarantined() -> Executable:
    """The ticket waits, as it came; for the clock, if its reason can pass."""
    said = {"payload": bindparam("payload", type_=JSONB), "state": literal_column(f"'{TicketState.QUARANTINED}'")}
    can_pass = bindparam("can_pass", type_=Boolean)
    first, again = case((can_pass, _next_try(literal_column("1")))), case((can_pass, _next_try(COUNTED)))
    return _kept((first, again), **_texts("reason"), **said)


FILE, QUARANTINE = Hot(_filed), Hot(_quarantined)


def _waiting() -> Executable:
    of = Ticket.feed_id == bindparam("feed_id", type_=UUID)
    return select(func.count().label("waiting")).select_from(Ticket).where(of, QUARANTINED)


def _drop() -> Executable:
    """A ticket that turned out to have another number."""
    of = Ticket.feed_id == bindparam("feed_id", type_=UUID)
    return delete(Ticket).where(of, Ticket.number == bindparam("number", type_=Text), QUARANTINED)


def _next() -> Executable:
    """What waits in quarantine, the least tried first."""
    of = Ticket.feed_id == bindparam("feed_id", type_=UUID)
    found = select(Ticket.number, Ticket.payload).where(of, QUARANTINED).order_by(Ticket.tries, Ticket.changed_at)
    return found.limit(literal_column("500"))


def _claim() -> Executable:
    """Take what is due by the clock. It is due again after its pause, should this process not live to say more."""
    due = select(Ticket.feed_id, Ticket.number).where(Ticket.next_try_at <= func.now(), QUARANTINED)
    due = due.order_by(Ticket.next_try_at).limit(literal_column(f"{AT_ONCE}"))
    chosen = due.with_for_update(skip_locked=True).cte("chosen")  # once, which `IN` does not promise
    of_feed: tuple[Any, ...] = (Feed.id, Feed.code, Feed.mapping, Feed.version, Feed.account_id)
    return (
        update(Ticket)
        .where(Ticket.feed_id == chosen.c.feed_id, Ticket.number == chosen.c.number, Feed.id == Ticket.feed_id)
        .values(next_try_at=func.now() + _pause(Ticket.tries))
        .returning(*of_feed, Ticket.number, Ticket.payload)
    )


def _tried() -> Executable:
    """A try came to nothing, for a reason that is not the ticket's."""
    this = (Ticket.feed_id == bindparam("feed_id", type_=UUID), Ticket.number == bindparam("number", type_=Text))
    return update(Ticket).where(*this, QUARANTINED).values(tries=COUNTED, next_try_at=_next_try(COUNTED))


def _contact() -> Executable:
    """The contact of who reported, as the channel knows it now."""
    made = insert(Reporter).values(_ids("incident_id") | _texts("name", "phone"))
    return made.on_conflict_do_update(
        index_elements=["incident_id"], set_={name: made.excluded[name] for name in ("name", "phone")}
    )


WAITING, DROP, NEXT, CONTACT = Hot(_waiting), Hot(_drop), Hot(_next), Hot(_contact)


def _hold() -> Executable:
    """The version of a feed, which stays until commit: what its fields mean changes before this ticket, or after."""
    return (
        select(Feed.version)
        .where(Feed.id == bindparam("feed_id", type_=UUID))
        .with_for_update(read=True, key_share=True)
    )


CLAIM, TRIED, HOLD = Hot(_claim), Hot(_tried), Hot(_hold)


# --- keeping feeds -------------------------------------------------------------------------------------------------


def _feeds(caller: Actor) -> Select[Any]:
    waiting = select(func.count()).where(Ticket.feed_id == Feed.id, QUARANTINED).scalar_subquery()
    columns: tuple[Any, ...] = tuple(Feed.__table__.columns)
    return (
        select(*columns, Organisation.code.label("centre"), Account.username.label("account"))
        .add_columns(waiting.label("quarantined"))
        .join(Organisation, Organisation.id == Feed.centre_id)
        .join(Account, Account.id == Feed.account_id)
        .where(Feed.centre_id.in_(caller.places_with(Right.CATALOGUE_WRITE)))
    )


async def feeds(session: Session, caller: Actor) -> Sequence[Any]:
    """The feeds that the caller keeps."""
    return list(await session.execute(_feeds(caller).order_by(Feed.code)))


async def feed(session: Session, caller: Actor, code: str) -> Any:
    """The feed with this code, if the caller keeps it."""
    return (await session.execute(_feeds(caller).where(Feed.code == code))).one_or_none()


async def feed_held(session: Session, feed_id: Any) -> Feed:
    """A feed, held until commit."""
    return (await session.scalars(select(Feed).where(Feed.id == feed_id).with_for_update())).one()


async def try_anew(session: Session, feed_id: Any) -> None:
    """All that waits is due now, and has its tries before it again."""
    waiting = update(Ticket).where(Ticket.feed_id == feed_id, QUARANTINED)
    await session.execute(waiting.values(tries=0, next_try_at=func.now()))


async def quarantined(session: Session, feed_id: Any, after: str, limit: int) -> Sequence[Any]:
    """What waits, by number; one more than asked for."""
    columns: tuple[Any, ...] = (Ticket.number, Ticket.reason, Ticket.tries, Ticket.next_try_at, Ticket.at)
    found = select(*columns).where(Ticket.feed_id == feed_id, QUARANTINED, Ticket.number > after)
    return list(await session.execute(found.order_by(Ticket.number).limit(limit + 1)))


async def unmapped(session: Session, feed_id: Any) -> Sequence[Any]:
    """Categories of theirs without one of ours, the most frequent first."""
    number = func.count().label("tickets")
    found = select(Ticket.unmapped.label("category"), number).where(Ticket.feed_id == feed_id)
    found = found.where(Ticket.unmapped.is_not(None)).group_by(Ticket.unmapped)
    return list(await session.execute(found.order_by(number.desc(), Ticket.unmapped).limit(1000)))


async def place(session: Session, code: str) -> Organisation | None:
    """The organisation with this code."""
    return await session.scalar(select(Organisation).where(Organisation.code == code))


async def account_held_at(session: Session, username: str, places: Sequence[Any]) -> Any:
    """The id of the account with this username, if it is a channel at one of these places."""
    grants = select(RoleGrant.account_id).where(RoleGrant.role == Role.CHANNEL, RoleGrant.organisation_id.in_(places))
    return await session.scalar(select(Account.id).where(Account.username == username, Account.id.in_(grants)))
