"""Every statement about welfare checks."""

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, exists, func, or_, select
from sqlalchemy.orm import aliased

from app.agency.models import Centre, Officer
from app.core.db import Session
from app.identity.models import Account, Organisation
from app.identity.workflow import Actor
from app.roster.models import CrewMember, Patrol, Shift
from app.roster.queries import ON_DUTY, SEATED, at_or_below, crewed_by
from app.safety.welfare.models import WelfareCheck, WelfareEntry
from app.safety.welfare.schemas import WelfareFilter
from app.safety.welfare.workflow import WelfareState

Shown = Row[WelfareCheck, Patrol, Organisation, str | None, bool]
ENDED = WelfareState.ENDED.value


def _visible(caller: Actor) -> ColumnElement[bool]:
    ours = exists().where(Shift.id == WelfareCheck.shift_id, crewed_by(caller)).correlate(WelfareCheck)
    return or_(WelfareCheck.centre_id.in_(caller.centres), ours)


def _checks(caller: Actor) -> Select[WelfareCheck, Patrol, Organisation, str | None, bool]:
    """Welfare checks the caller may see, each with whether the caller is of the crew."""
    seat = aliased(CrewMember)
    mine = exists().where(
        seat.shift_id == WelfareCheck.shift_id, seat.account_id == caller.account_id, seat.left_at.is_(None)
    )
    return (
        select(WelfareCheck, Patrol, Organisation, Officer.number, mine.label("is_crew"))
        .join(Patrol, Patrol.id == WelfareCheck.patrol_id)
        .join(Organisation, Organisation.id == WelfareCheck.centre_id)
        .outerjoin(Officer, Officer.id == WelfareCheck.officer_id)
        .where(_visible(caller))
    )


async def found(session: Session, caller: Actor, check_id: UUID, *, held: bool = False) -> Shown | None:
    """The welfare check with this id, if the caller may see it; `held` until commit, if wanted."""
    statement = _checks(caller).where(WelfareCheck.id == check_id)
    if held:
        statement = statement.with_for_update(of=WelfareCheck)
    return (await session.execute(statement.execution_options(populate_existing=True))).one_or_none()


async def page(
    session: Session, caller: Actor, wanted: WelfareFilter, after: UUID | None, limit: int
) -> Sequence[Shown]:
    """Welfare checks the caller may see, the newest first, one more than asked for."""
    conditions: list[ColumnElement[bool]] = []
    if wanted.state is not None:
        conditions.append(WelfareCheck.state == wanted.state.value)
    if wanted.live is not None:
        conditions.append((WelfareCheck.state != ENDED) == wanted.live)
    if wanted.centre is not None:
        conditions.append(at_or_below(wanted.centre))
    if wanted.patrol is not None:
        conditions.append(Patrol.code == wanted.patrol)
    if after is not None:
        conditions.append(WelfareCheck.id < after)
    statement = _checks(caller).where(*conditions).order_by(WelfareCheck.id.desc()).limit(limit + 1)
    return (await session.execute(statement)).all()


async def steps(session: Session, check_id: UUID) -> Sequence[Any]:
    """Every step of a welfare check, in order."""
    e = WelfareEntry
    columns: tuple[Any, ...] = (e.seq, e.at, e.action, e.state, Account.username.label("by"), e.note)
    statement = select(*columns).outerjoin(Account, Account.id == e.account_id).where(e.check_id == check_id)
    return (await session.execute(statement.order_by(e.seq))).all()


class Duty(NamedTuple):
    """The shift a patrol is on duty with, held against signing off, with its centre's settings."""

    shift: Shift
    settings: dict[str, Any]
    is_crew: bool


async def duty(session: Session, caller: Actor, patrol: str) -> Duty | None:
    """What a patrol is on duty with, if the caller may see it."""
    seat = exists().where(CrewMember.shift_id == Shift.id, CrewMember.account_id == caller.account_id, SEATED)
    statement = (
        select(Shift, Centre.settings, seat)
        .join(Patrol, Patrol.id == Shift.patrol_id)
        .join(Centre, Centre.id == Shift.centre_id)
        .where(Patrol.code == patrol, ON_DUTY, or_(Shift.centre_id.in_(caller.centres), crewed_by(caller)))
    )
    row = (await session.execute(statement.with_for_update(read=True, of=Shift))).one_or_none()
    return None if row is None else Duty(*row)


async def seat(session: Session, shift_id: UUID, number: str) -> UUID | None:
    """The officer with this number, if of this crew."""
    statement = select(Officer.id).join(CrewMember, CrewMember.officer_id == Officer.id)
    return await session.scalar(statement.where(CrewMember.shift_id == shift_id, Officer.number == number, SEATED))


async def seat_of(session: Session, shift_id: UUID, account_id: UUID) -> UUID | None:
    """Which officer of a crew an account is."""
    mine = (CrewMember.shift_id == shift_id, CrewMember.account_id == account_id, SEATED)
    return await session.scalar(select(CrewMember.officer_id).where(*mine))


async def account_for(session: Session, check: WelfareCheck) -> UUID | None:
    """The account of the officer a check is about, else of the crew's leader."""
    who = CrewMember.is_leader if check.officer_id is None else CrewMember.officer_id == check.officer_id
    return await session.scalar(select(CrewMember.account_id).where(CrewMember.shift_id == check.shift_id, who))


async def claim(session: Session, batch: int) -> Sequence[WelfareCheck]:
    """Welfare checks that the clock must act on, held until commit; another worker's are left to it."""
    due = select(WelfareCheck).where(WelfareCheck.due_at <= func.now()).order_by(WelfareCheck.due_at).limit(batch)
    return (await session.scalars(due.with_for_update(skip_locked=True))).all()


async def live(session: Session, shift_id: UUID, *, without_seat: bool = False) -> Sequence[WelfareCheck]:
    """A shift's checks that run, held until commit; or only those about officers who left its crew."""
    statement = select(WelfareCheck).where(WelfareCheck.shift_id == shift_id, WelfareCheck.state != ENDED)
    if without_seat:
        seats = select(CrewMember.officer_id).where(CrewMember.shift_id == shift_id, SEATED)
        statement = statement.where(WelfareCheck.officer_id.not_in(seats))
    return (await session.scalars(statement.with_for_update())).all()


async def lone(session: Session, shift_id: UUID) -> Duty | None:
    """A shift on duty with a crew of one at a centre that has such crews checked."""
    alone = select(func.count()).where(CrewMember.shift_id == shift_id, SEATED).scalar_subquery()
    statement = (
        select(Shift, Centre.settings)
        .join(Centre, Centre.id == Shift.centre_id)
        .where(Shift.id == shift_id, ON_DUTY, alone == 1, Centre.settings.op("->>")("welfare_lone_crews") == "true")
    )
    row = (await session.execute(statement)).one_or_none()
    return None if row is None else Duty(row[0], row[1], is_crew=False)
