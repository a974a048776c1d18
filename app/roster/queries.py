"""Every statement about patrols, shifts and crews."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Date, Double, Row, and_, cast, exists, func, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from sqlalchemy.sql import Select

from app.agency.models import Centre, Department, Officer
from app.agency.secondment.queries import postings
from app.agency.workflow import AUTHORITIES, DepartmentKind
from app.catalogue.models import Calendar
from app.grid.models import Beat
from app.identity.models import Organisation
from app.identity.workflow import Actor, Right
from app.roster.models import CrewMember, Leave, Patrol, Roster, Shift
from app.roster.schemas import ShiftFilter
from app.roster.workflow import GRACE_MIN, LeaveState, Posting, RosterStatus, Serving

ShiftRow = Row[Shift, Patrol, Organisation, Beat | None, str | None]
CrewRow = Row[CrewMember, Officer, Organisation]
ON_DUTY: ColumnElement[bool] = and_(Shift.signed_on_at.is_not(None), Shift.signed_off_at.is_(None))
"""True for a shift whose patrol is on duty: signed on and not off."""
SEATED: ColumnElement[bool] = CrewMember.left_at.is_(None)
"""True for a seat that nobody has left during the shift."""


def crewed_by(caller: Actor) -> ColumnElement[bool]:
    """True for a shift on which the caller, or somebody of the caller's departments, sits."""
    seat = aliased(CrewMember)
    own = or_(seat.account_id == caller.account_id, seat.department_id.in_(caller.departments))
    return exists().where(seat.shift_id == Shift.id, own, seat.left_at.is_(None))


def at_or_below(code: str) -> ColumnElement[bool]:
    """True for an organisation that is the one with this code or below it."""
    above = aliased(Organisation)
    return exists().where(above.code == code, above.id == Organisation.lineage.any_())


def run_by(caller: Actor) -> list[UUID]:
    """The centres whose duty the caller runs: there it sees drafts."""
    return [centre for centre in caller.centres if caller.may_at(Right.DUTY_WRITE, centre)]


def drafted() -> ColumnElement[bool]:
    """True for a shift of a roster that is not published."""
    of = aliased(Roster)
    return exists().where(of.id == Shift.roster_id, of.status == RosterStatus.DRAFT.value)


def visible(caller: Actor) -> ColumnElement[bool]:
    """True for a shift the caller may see: of its centres, or with its people; a draft only if it runs the duty."""
    settled = and_(or_(Shift.centre_id.in_(caller.centres), crewed_by(caller)), ~drafted())
    return or_(Shift.centre_id.in_(run_by(caller)), settled)


async def centre_by_code(session: AsyncSession, code: str) -> Organisation | None:
    """The command centre with this code."""
    statement = select(Organisation).join(Centre, Centre.id == Organisation.id).where(Organisation.code == code)
    return await session.scalar(statement)


async def centre_settings(session: AsyncSession, centre_id: UUID) -> dict[str, Any]:
    """How a centre works, as it is stored."""
    found: dict[str, Any] = (await session.execute(select(Centre.settings).where(Centre.id == centre_id))).scalar_one()
    return found


async def patrol_held(session: AsyncSession, caller: Actor, reference: UUID | str) -> Patrol | None:
    """The patrol with this id or code at a centre the caller reaches, held until commit."""
    named = Patrol.id == reference if isinstance(reference, UUID) else Patrol.code == reference
    return await session.scalar(select(Patrol).where(named, Patrol.centre_id.in_(caller.centres)).with_for_update())


async def patrols_by_code(session: AsyncSession, caller: Actor, codes: Collection[str]) -> dict[str, Patrol]:
    """The patrols with these codes at centres the caller reaches."""
    statement = select(Patrol).where(Patrol.code.in_(codes), Patrol.centre_id.in_(caller.centres))
    return {patrol.code: patrol for patrol in await session.scalars(statement)}


async def beats_by_code(
    session: AsyncSession, centre_ids: Collection[UUID], codes: Collection[str]
) -> dict[tuple[UUID, str], UUID]:
    """The ids of the beats with these codes, by centre and code."""
    statement = select(Beat.organisation_id, Beat.code, Beat.id)
    rows = await session.execute(statement.where(Beat.organisation_id.in_(centre_ids), Beat.code.in_(codes)))
    return {(centre_id, code): beat_id for centre_id, code, beat_id in rows}


async def officers_by_number(
    session: AsyncSession, numbers: Collection[str], *, is_held: bool = False
) -> dict[str, tuple[Officer, Serving]]:
    """The officers with these numbers and whom they serve; held, their leave and secondments stay until commit."""
    statement = (
        select(Officer, Organisation.lineage, Department.kind)
        .join(Organisation, Organisation.id == Officer.department_id)
        .join(Department, Department.id == Officer.department_id)
        .where(Officer.number.in_(numbers))
        .order_by(Officer.id)
    )
    if is_held:
        statement = statement.with_for_update(of=Officer, read=True, key_share=True)
    rows = (await session.execute(statement)).all()
    sent, away = defaultdict[UUID, list[Posting]](list), defaultdict[UUID, list[tuple[datetime, datetime]]](list)
    for row in await postings(session, [officer.id for officer, *_ in rows]):
        sent[row.officer_id].append(Posting(frozenset(row.places), row.starts_at, row.ends_at))
    for leave in await _approved(session, [officer.id for officer, *_ in rows]):
        away[leave.officer_id].append((leave.starts_at, leave.ends_at))
    return {
        officer.number: (
            officer,
            Serving(
                home=frozenset(lineage if officer.centre_id is None else [officer.centre_id]),
                is_authority=DepartmentKind(kind) in AUTHORITIES,
                postings=tuple(sent[officer.id]),
                leaves=tuple(away[officer.id]),
            ),
        )
        for officer, lineage, kind in rows
    }


async def _approved(session: AsyncSession, officer_ids: Collection[UUID]) -> Sequence[Leave]:
    """The approved leaves of these officers."""
    live = Leave.state == LeaveState.APPROVED.value
    return list(await session.scalars(select(Leave).where(Leave.officer_id.in_(officer_ids), live)))


async def lineages(session: AsyncSession, organisation_ids: Collection[UUID]) -> dict[UUID, frozenset[UUID]]:
    """Each of these organisations with itself and everything above it."""
    statement = select(Organisation.id, Organisation.lineage).where(Organisation.id.in_(organisation_ids))
    return {found: frozenset(lineage) for found, lineage in await session.execute(statement)}


async def shift_held(session: AsyncSession, caller: Actor, shift_id: UUID) -> Shift | None:
    """The shift with this id, if the caller may see it, held until commit."""
    statement = select(Shift).where(Shift.id == shift_id, visible(caller)).with_for_update()
    return await session.scalar(statement.execution_options(populate_existing=True))


async def is_crew(session: AsyncSession, shift_id: UUID, account_id: UUID) -> bool:
    """Whether this account sits on the shift."""
    seat = exists().where(CrewMember.shift_id == shift_id, CrewMember.account_id == account_id, SEATED)
    return bool(await session.scalar(select(seat)))


async def is_draft(session: AsyncSession, roster_id: UUID | None) -> bool:
    """Whether this roster is not published."""
    status = select(Roster.status).where(Roster.id == roster_id)
    return roster_id is not None and await session.scalar(status) == RosterStatus.DRAFT.value


async def is_leader(session: AsyncSession, shift_id: UUID, account_id: UUID) -> bool:
    """Whether this account leads the shift's crew."""
    lead = and_(CrewMember.shift_id == shift_id, CrewMember.account_id == account_id, CrewMember.is_leader, SEATED)
    return bool(await session.scalar(select(exists().where(lead))))


def shift_rows() -> Select[Shift, Patrol, Organisation, Beat | None, str | None]:
    """Shifts, each with its patrol, centre and beat, and its roster's status."""
    return (
        select(Shift, Patrol, Organisation, Beat, Roster.status)
        .join(Patrol, Patrol.id == Shift.patrol_id)
        .join(Organisation, Organisation.id == Shift.centre_id)
        .outerjoin(Beat, Beat.id == Shift.beat_id)
        .outerjoin(Roster, Roster.id == Shift.roster_id)
    )


async def shifts_by_id(session: AsyncSession, shift_ids: Collection[UUID]) -> Sequence[ShiftRow]:
    """These shifts, each with its patrol, centre and beat, in the order they were made."""
    return (await session.execute(shift_rows().where(Shift.id.in_(shift_ids)).order_by(Shift.id))).all()


async def visible_shift_id(session: AsyncSession, caller: Actor, shift_id: UUID) -> UUID | None:
    """This id, if it is a shift that the caller may see."""
    return await session.scalar(select(Shift.id).where(Shift.id == shift_id, visible(caller)))


async def shifts(
    session: AsyncSession, caller: Actor, wanted: ShiftFilter, after: tuple[datetime, UUID] | None, limit: int
) -> Sequence[ShiftRow]:
    """Shifts the caller may see by their start, one more than asked for."""
    conditions = [visible(caller), Shift.roster_id == wanted.roster if wanted.roster else ~drafted()]
    if wanted.patrol is not None:
        conditions.append(Patrol.code == wanted.patrol)
    if wanted.centre is not None:
        conditions.append(at_or_below(wanted.centre))
    if wanted.on is not None:
        conditions.append(_touches(wanted.on))
    if wanted.on_duty is not None:
        conditions.append(ON_DUTY if wanted.on_duty else ~ON_DUTY)
    if after is not None:
        conditions.append(tuple_(Shift.starts_at, Shift.id) > after)
    ordered = shift_rows().where(*conditions).order_by(Shift.starts_at, Shift.id)
    return (await session.execute(ordered.limit(limit + 1))).all()


def _touches(on: date) -> ColumnElement[bool]:
    """True for a shift that has a part on this date, in the time zone of the nearest centre that keeps a calendar."""
    zone = (
        select(Calendar.time_zone)
        .join(Centre, Centre.calendar_id == Calendar.id)
        .where(Centre.id == Organisation.lineage.any_())
        .order_by(Centre.level)
        .limit(1)
        .correlate(Organisation)
        .scalar_subquery()
    )
    local = func.coalesce(zone, "UTC")
    first, last = (cast(func.timezone(local, instant), Date) for instant in (Shift.starts_at, Shift.ends_at))
    return and_(first <= on, last >= on)


async def crews(session: AsyncSession, shift_ids: Collection[UUID]) -> Sequence[CrewRow]:
    """Who sits on these shifts, with their departments, in a steady order: leaders first."""
    statement = (
        select(CrewMember, Officer, Organisation)
        .join(Officer, Officer.id == CrewMember.officer_id)
        .join(Organisation, Organisation.id == CrewMember.department_id)
        .where(CrewMember.shift_id.in_(shift_ids), SEATED)
        .order_by(CrewMember.shift_id, CrewMember.is_leader.desc(), Officer.number)
    )
    return (await session.execute(statement)).all()


async def told(session: AsyncSession, of: ColumnElement[bool]) -> dict[UUID, list[UUID]]:
    """Whom facts about these shifts name beside the centre: those who sit there, and the departments they are of."""
    seat = CrewMember
    statement = select(seat.shift_id, seat.department_id, seat.account_id).join(Shift, Shift.id == seat.shift_id)
    found: dict[UUID, dict[UUID, None]] = defaultdict(dict)
    for shift_id, *named in await session.execute(statement.where(of, SEATED).order_by(seat.officer_id)):
        found[shift_id] |= dict.fromkeys(one for one in named if one is not None)
    return {shift_id: list(named) for shift_id, named in found.items()}


def roster_visible(caller: Actor) -> ColumnElement[bool]:
    """True for a roster of a centre whose duty the caller runs, or one published of its centres or with its people."""
    with_own = exists().where(Shift.roster_id == Roster.id, crewed_by(caller))
    published = and_(Roster.status == RosterStatus.PUBLISHED.value, or_(Roster.centre_id.in_(caller.centres), with_own))
    return or_(Roster.centre_id.in_(run_by(caller)), published)


async def roster_seen(session: AsyncSession, caller: Actor, roster_id: UUID, *, is_held: bool = False) -> Roster | None:
    """The roster with this id, if the caller may see it; held until commit when asked."""
    statement = select(Roster).where(Roster.id == roster_id, roster_visible(caller))
    if is_held:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return await session.scalar(statement)


async def overdue(session: AsyncSession, batch: int) -> Sequence[Shift]:
    """Shifts still on duty long after their end, held until commit; those that another worker holds are left to it.

    How long that is, their centre says.
    """
    grace_min = func.coalesce(cast(Centre.settings.op("->>")("sign_off_grace_min"), Double), GRACE_MIN)
    late = Shift.ends_at < func.now() - grace_min * timedelta(minutes=1)
    statement = select(Shift).join(Centre, Centre.id == Shift.centre_id).where(ON_DUTY, late).order_by(Shift.ends_at)
    held = statement.limit(batch).with_for_update(of=Shift, skip_locked=True)
    return (await session.scalars(held.execution_options(populate_existing=True))).all()
