"""Every statement about inboxes: what is the caller's to see, what is read, and who was told of an incident."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Select,
    Text,
    and_,
    bindparam,
    case,
    exists,
    false,
    func,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import UUID as PgUUID

from app.core.db import Hot, Lane, Session
from app.identity.models import Account, Organisation
from app.identity.workflow import Actor
from app.incident.models import Incident
from app.incident.queries import sight, visible
from app.notice.inbox.schemas import NoticeFilter
from app.notice.models import Notice, NoticeReceipt
from app.roster.models import CrewMember, Patrol, Shift
from app.roster.queries import ON_DUTY, SEATED

N, R = Notice, NoticeReceipt


def _theirs() -> ColumnElement[bool]:
    """True for what is in the caller's inbox now: delivered, and everything it is theirs by still holds."""
    me = bindparam("actor_id", type_=PgUUID(as_uuid=True))
    given = func.unnest(bindparam("roles", type_=ARRAY(Text)), bindparam("places", type_=ARRAY(PgUUID(as_uuid=True))))
    held = given.table_valued("role", "place").render_derived("held")
    # A value, not an EXISTS: that would be free to look at every incident there is first.
    incident = select(visible()).where(Incident.id == R.incident_id).correlate(R).scalar_subquery()
    seat = exists().where(CrewMember.shift_id == R.shift_id, CrewMember.account_id == me, SEATED)
    seated = seat.where(Shift.id == CrewMember.shift_id, ON_DUTY).correlate(R)
    return and_(
        R.account_id == me,
        R.delivered_at.is_not(None),
        or_(R.role.is_(None), tuple_(R.role, R.organisation_id).in_(select(held.c.role, held.c.place))),
        case((R.incident_id.is_not(None), incident), (R.shift_id.is_not(None), seated), else_=True),
    )


def _by(caller: Actor) -> dict[str, Any]:
    """Who the caller is, as `_theirs` asks: the account, what it sees, and each role with each place it is held at."""
    held = [(role.value, place) for place, roles in caller.roles.items() for role in roles]
    return {
        **sight(caller),
        "roles": [role for role, _ in held],
        "places": [place for _, place in held],
    }


def _unread() -> Select[str, int]:
    number = func.count().label("unread")
    return select(R.urgency, number).where(_theirs(), R.read_at.is_(None)).group_by(R.urgency)


UNREAD = Hot(_unread)


def _shown() -> Select[Any]:
    columns: tuple[Any, ...] = (N, R, Incident.number.label("number"), Organisation.code.label("centre"))
    return (
        select(*columns)
        .select_from(R)
        .join(N, N.id == R.notice_id)
        .outerjoin(Incident, Incident.id == R.incident_id)
        .outerjoin(Organisation, Organisation.id == N.centre_id)
    )


async def page(
    session: Session, caller: Actor, wanted: NoticeFilter, after: tuple[datetime, UUID] | None, limit: int
) -> Sequence[Any]:
    """The caller's notices, the last that came first, one more than asked for."""
    conditions = [_theirs()]
    if wanted.unread is not None:
        conditions.append(R.read_at.is_(None) if wanted.unread else R.read_at.is_not(None))
    if wanted.urgency is not None:
        conditions.append(R.urgency == wanted.urgency.value)
    if wanted.topic is not None:
        conditions.append(or_(N.topic == wanted.topic, N.topic.startswith(f"{wanted.topic}.", autoescape=True)))
    if wanted.incident is not None:
        conditions.append(R.incident_id == wanted.incident)
    if after is not None:
        conditions.append(tuple_(R.delivered_at, R.notice_id) < after)
    ordered = _shown().where(*conditions).order_by(R.delivered_at.desc(), R.notice_id.desc())
    rows: Sequence[Any] = (await session.execute(ordered.limit(limit + 1), _by(caller))).all()
    return rows


async def found(session: Session, caller: Actor, notice_id: UUID) -> Any | None:
    """This notice, if it is in the caller's inbox."""
    return (await session.execute(_shown().where(R.notice_id == notice_id, _theirs()), _by(caller))).one_or_none()


async def unread(lane: Lane, caller: Actor) -> dict[str, int]:
    """How many of each urgency the caller has not read; from an index of the unread alone."""
    return {row["urgency"]: row["unread"] for row in await UNREAD.rows(lane, **_by(caller))}


async def unread_now(session: Session, caller: Actor) -> dict[str, int]:
    """The same, within a larger change."""
    return {row.urgency: row.unread for row in await session.execute(_unread(), _by(caller))}


async def mark(session: Session, caller: Actor, notice_id: UUID, *, acknowledged: bool) -> None:
    """Note that the caller has read, or acknowledged, a notice; the first time stays."""
    values: dict[str, Any] = {"read_at": func.coalesce(R.read_at, func.now())}
    if acknowledged:
        values["acknowledged_at"] = func.coalesce(R.acknowledged_at, func.now())
    one = and_(R.notice_id == notice_id, R.account_id == caller.account_id)
    undone = R.acknowledged_at.is_(None) if acknowledged else R.read_at.is_(None)
    await session.execute(update(R).where(one, undone).values(values))


async def mark_up_to(session: Session, caller: Actor, place: tuple[datetime, UUID]) -> int:
    """Note that the caller has read everything in the inbox up to a place; says how many were unread."""
    upto = tuple_(R.delivered_at, R.notice_id) <= place
    unread_ones = update(R).where(_theirs(), R.read_at.is_(None), upto).values(read_at=func.now())
    return len((await session.execute(unread_ones.returning(R.notice_id), _by(caller))).all())


async def of_incident(session: Session, incident_id: UUID, after: UUID | None, limit: int) -> Sequence[Notice]:
    """The notices of an incident, the last first, one more than asked for."""
    conditions = [N.incident_id == incident_id, N.id < after if after else ~false()]
    return (await session.scalars(select(N).where(*conditions).order_by(N.id.desc()).limit(limit + 1))).all()


async def told(session: Session, notice_ids: Sequence[UUID]) -> Sequence[Any]:
    """Who was told of some notices."""
    columns: tuple[Any, ...] = (
        R,
        Account.username,
        Organisation.code.label("organisation"),
        Patrol.code.label("patrol"),
    )
    statement = (
        select(*columns)
        .join(Account, Account.id == R.account_id)
        .outerjoin(Organisation, Organisation.id == R.organisation_id)
        .outerjoin(Shift, Shift.id == R.shift_id)
        .outerjoin(Patrol, Patrol.id == Shift.patrol_id)
        .where(R.notice_id.in_(notice_ids))
        .order_by(R.notice_id, Account.username)
    )
    return (await session.execute(statement)).all()
