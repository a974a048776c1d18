"""Every statement about deliveries: claimed, put into the inbox, settled, replayed."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Double,
    Executable,
    Integer,
    Text,
    and_,
    any_,
    bindparam,
    case,
    cast,
    column,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import UUID as PgUUID

from app.command.queries import rows_of
from app.core.db import Session
from app.core.outbox import Event
from app.identity.models import Account, Organisation, RoleGrant
from app.notice.delivery.workflow import LEASE
from app.notice.models import DeliveryState, Notice, NoticeDelivery, NoticeReceipt
from app.roster.models import CrewMember, Shift
from app.roster.queries import ON_DUTY, SEATED

UUID = PgUUID(as_uuid=True)
D, N, R = NoticeDelivery, Notice, NoticeReceipt
WAITING, DEAD = DeliveryState.WAITING.value, DeliveryState.DEAD.value
INBOX_LOCK = 5_262_013
KEY: tuple[ColumnElement[Any], ...] = (column("notice_id", UUID), column("account_id", UUID))
ENDED: tuple[ColumnElement[Any], ...] = (
    *KEY, column("attempts", Integer), column("state", Text), column("error", Text), column("wait_s", Double),
)  # fmt: skip


def _still_theirs() -> ColumnElement[bool]:
    """The recipient still holds the role there, or sits on the shift, by which the notice is theirs."""
    live = or_(RoleGrant.valid_until.is_(None), RoleGrant.valid_until > func.now())
    granted = (
        exists()
        .where(RoleGrant.account_id == R.account_id, RoleGrant.role == R.role, live)
        .where(Organisation.id == R.organisation_id, RoleGrant.organisation_id == any_(Organisation.lineage))
        .correlate(R)
    )
    seat = exists().where(CrewMember.shift_id == R.shift_id, CrewMember.account_id == R.account_id, SEATED)
    seated = seat.where(Shift.id == CrewMember.shift_id, ON_DUTY).correlate(R)
    return and_(Account.is_active, or_(R.role.is_(None), granted), or_(R.shift_id.is_(None), seated))


@cache
def _claim() -> Executable:
    """Take what is due on a channel for as long as the lease; what another worker takes now is left to it."""
    due = (D.channel == bindparam("of_channel", type_=Text), D.state == WAITING, D.next_attempt_at <= func.now())
    first = select(D.notice_id, D.account_id, D.channel).where(*due).order_by(D.next_attempt_at, D.notice_id)
    chosen = first.limit(bindparam("batch", type_=Integer)).with_for_update(skip_locked=True).cte("chosen")
    key = tuple_(D.notice_id, D.account_id, D.channel)
    taken = (
        update(D)
        .where(key == tuple_(chosen.c.notice_id, chosen.c.account_id, chosen.c.channel))
        .values(attempts=D.attempts + 1, next_attempt_at=func.now() + LEASE)
        .returning(D.notice_id, D.account_id, D.attempts)
        .cte("taken")
    )
    shown: tuple[Any, ...] = (*taken.c, N.urgency, N.topic, N.text, N.text_en, _still_theirs().label("is_theirs"))
    return (
        select(*shown)
        .select_from(taken)
        .join(N, N.id == taken.c.notice_id)
        .join(R, and_(R.notice_id == taken.c.notice_id, R.account_id == taken.c.account_id))
        .join(Account, Account.id == taken.c.account_id)
        .order_by(taken.c.notice_id)
    )


@cache
def _settle() -> Executable:
    """Say how each ended; one that was claimed again since is left alone."""
    given = rows_of("ended", *ENDED)
    is_over = given.c.state != literal(WAITING, Text)
    return (
        update(D)
        .where(D.notice_id == given.c.notice_id, D.account_id == given.c.account_id)
        .where(D.channel == bindparam("of_channel", type_=Text), D.attempts == given.c.attempts, D.state == WAITING)
        .values(
            state=given.c.state,
            last_error=func.coalesce(given.c.error, D.last_error),
            next_attempt_at=func.now() + func.make_interval(0, 0, 0, 0, 0, 0, func.coalesce(given.c.wait_s, 0.0)),
            ended_at=case((is_over, func.now())),
        )
    )


@cache
def _put() -> Executable:
    """Put notices into the inboxes they are for, and tell the log of each for those who have it now."""
    given = rows_of("letters", *KEY)
    instant = select(func.clock_timestamp()).scalar_subquery()
    put = (
        update(R)
        .where(R.notice_id == given.c.notice_id, R.account_id == given.c.account_id, R.delivered_at.is_(None))
        .values(delivered_at=instant)
        .returning(R.notice_id, R.account_id)
        .cte("put")
    )
    payload = func.jsonb_build_object(
        literal("urgency", Text), N.urgency, literal("needs_receipt", Text), N.needs_receipt,
        type_=JSONB,
    )  # fmt: skip
    facts = (
        select(literal("notice.created", Text), N.id, func.array_agg(put.c.account_id), payload)
        .join(put, put.c.notice_id == N.id)
        .group_by(N.id)
        .order_by(N.id)
    )
    logged = insert(Event).from_select(["topic", "subject_id", "scope", "payload"], facts, include_defaults=False)
    return select(func.count()).select_from(put).add_cte(logged.cte("logged"))


async def claim(session: Session, channel: str, batch: int) -> Sequence[Any]:
    """What is due on a channel, at most so many, taken: with the notice, and whether it is still the recipient's."""
    return (await session.execute(_claim(), {"of_channel": channel, "batch": batch})).all()


async def settle(session: Session, channel: str, ended: list[dict[str, Any]]) -> None:
    """Say how deliveries ended: their keys, tries, state, error, and how long to wait where they are tried again."""
    await session.execute(_settle(), {"of_channel": channel, "ended": ended})


async def put(session: Session, letters: list[dict[str, str]]) -> int:
    """Deliver to the inbox; says how many came new.

    One worker at a time: so the order of delivery is the order of commits, and nothing ever comes in below what was
    seen.
    """
    await session.execute(select(func.pg_advisory_xact_lock(INBOX_LOCK)))
    return int((await session.execute(_put(), {"letters": letters})).scalar_one())


async def dead(session: Session) -> Sequence[Any]:
    """The dead letters by channel and last error, with their number and the oldest notice's instant."""
    columns: tuple[Any, ...] = (
        D.channel,
        D.last_error,
        func.count().label("letters"),
        func.min(N.told_at).label("since"),
    )
    statement = select(*columns).join(N, N.id == D.notice_id).where(D.state == DEAD)
    return (await session.execute(statement.group_by(D.channel, D.last_error).order_by(D.channel))).all()


async def replay(session: Session, channel: str) -> int:
    """Let a channel's dead letters be tried again from the start; says how many."""
    again = update(D).where(D.channel == channel, D.state == DEAD)
    values: dict[str, Any] = {
        "state": WAITING,
        "attempts": 0,
        "next_attempt_at": func.now(),
        "ended_at": cast(None, D.ended_at.type),
    }
    return len((await session.execute(again.values(values).returning(D.notice_id))).all())
