"""Every statement about checkpoints and visits."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, Row, and_, delete, func, literal, select, true
from sqlalchemy.dialects.postgresql import aggregate_order_by, insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql import ColumnElement, Select

from app.core.geo import SRID, LonLat
from app.coverage.checkpoint.schemas import CheckpointFilters
from app.coverage.checkpoint.workflow import AHEAD
from app.coverage.models import Checkpoint, CheckpointVisit, VisitHow
from app.grid.models import Beat, BeatCell
from app.grid.queries import cell_at, rows
from app.identity.models import Organisation
from app.identity.workflow import Actor
from app.roster.models import CrewMember, Patrol, Shift
from app.roster.queries import at_or_below

After = tuple[str, UUID] | None
LAST = (
    select(func.max(CheckpointVisit.observed_at))
    .where(CheckpointVisit.checkpoint_id == Checkpoint.id)
    .correlate(Checkpoint)
    .scalar_subquery()
)


def place(at: LonLat) -> Any:
    """A position, for a column."""
    return func.ST_SetSRID(func.ST_MakePoint(at.lon, at.lat), SRID)


def _shown(caller: Actor) -> Select[Any]:
    """Checkpoints of the centres the caller reaches: the row, its centre, `lon, lat, cell_id, cell, last_at`."""
    lon, lat = func.ST_X(Checkpoint.location), func.ST_Y(Checkpoint.location)
    cell = cell_at(lon, lat, func.now()).lateral("cell")
    columns: tuple[Any, ...] = (
        Checkpoint,
        Organisation,
        lon.label("lon"),
        lat.label("lat"),
        cell.c.code.label("cell"),
        LAST.label("last_at"),
    )
    return (
        select(*columns)
        .join(Organisation, Organisation.id == Checkpoint.centre_id)
        .outerjoin(cell, true())
        .where(Checkpoint.centre_id.in_(caller.centres))
        .add_columns(cell.c.id.label("cell_id"))
    )


def overdue() -> ColumnElement[bool]:
    """True for a checkpoint in use that nobody has visited for longer than it may be."""
    every = func.make_interval(0, 0, 0, 0, 0, 0, Checkpoint.every_s)
    return and_(Checkpoint.is_active, func.coalesce(LAST, Checkpoint.created_at) + every < func.now())


async def page(session: AsyncSession, caller: Actor, wanted: CheckpointFilters, after: After) -> Sequence[Row[Any]]:
    """Checkpoints by their code, one more than asked for."""
    statement = _shown(caller).order_by(Checkpoint.code, Checkpoint.id).limit(wanted.limit + 1)
    if wanted.centre is not None:
        statement = statement.where(at_or_below(wanted.centre))
    if wanted.beat is not None:
        statement = statement.where(_in_beat(statement, caller, wanted.beat))
    if wanted.active is not None:
        statement = statement.where(Checkpoint.is_active == wanted.active)
    if wanted.overdue is not None:
        statement = statement.where(overdue() if wanted.overdue else ~overdue())
    if after is not None:
        statement = statement.where(func.row(Checkpoint.code, Checkpoint.id) > func.row(*after))
    return await rows(session, statement)


def _in_beat(statement: Select[Any], caller: Actor, beat_id: UUID) -> ColumnElement[bool]:
    cells = select(BeatCell.cell_id).join(Beat, Beat.id == BeatCell.beat_id)
    mine = cells.where(Beat.id == beat_id, Beat.organisation_id.in_(caller.centres))
    found: ColumnElement[bool] = statement.selected_columns.cell_id.in_(mine)
    return found


async def shown(session: AsyncSession, caller: Actor, checkpoint_id: UUID) -> Row[Any] | None:
    """One checkpoint, if the caller reaches its centre."""
    found = await rows(session, _shown(caller).where(Checkpoint.id == checkpoint_id))
    return found[0] if found else None


async def shown_by_code(session: AsyncSession, caller: Actor, centre: str, code: str) -> Row[Any] | None:
    """The checkpoint of this code at a centre, if the caller reaches it."""
    mine = _shown(caller).where(Organisation.code == centre, Checkpoint.code == code)
    found = await rows(session, mine)
    return found[0] if found else None


async def held(session: AsyncSession, caller: Actor, checkpoint_id: UUID) -> Checkpoint | None:
    """The checkpoint, held until commit, if the caller reaches its centre."""
    mine = select(Checkpoint).where(Checkpoint.id == checkpoint_id, Checkpoint.centre_id.in_(caller.centres))
    return await session.scalar(mine.with_for_update())


async def named(
    session: AsyncSession, caller: Actor, which: UUID | bytes, at: LonLat | None
) -> tuple[Checkpoint, float | None] | None:
    """The checkpoint with this id or hash of a code, with how far a position is from it in metres."""
    is_it = Checkpoint.id == which if isinstance(which, UUID) else Checkpoint.token_sha256 == which
    apart = literal(None) if at is None else func.ST_DistanceSphere(Checkpoint.location, place(at))
    statement = select(Checkpoint, apart).where(is_it, Checkpoint.centre_id.in_(caller.centres), Checkpoint.is_active)
    found = (await session.execute(statement)).one_or_none()
    return None if found is None else (found[0], found[1])


async def patrol_of(session: AsyncSession, account_id: UUID, at: datetime) -> Patrol | None:
    """The patrol an account was on duty with at an instant."""
    # `least` leaves out what is null: whoever left the crew was with the patrol until then.
    signed_off = func.coalesce(
        func.least(Shift.signed_off_at, CrewMember.left_at, type_=DateTime(timezone=True)), func.now()
    )
    statement = (
        select(Patrol)
        .join(Shift, Shift.patrol_id == Patrol.id)
        .join(CrewMember, CrewMember.shift_id == Shift.id)
        .where(CrewMember.account_id == account_id, Shift.signed_on_at <= at + AHEAD, signed_off >= at - AHEAD)
        .order_by(Shift.signed_on_at.desc())
        .limit(1)
    )
    return await session.scalar(statement)


async def put_visit(
    session: AsyncSession, checkpoint_id: UUID, patrol_id: UUID, at: datetime, distance_m: float | None
) -> bool:
    """Keep a visit that was told; whether it is new."""
    row = {"checkpoint_id": checkpoint_id, "patrol_id": patrol_id, "observed_at": at, "distance_m": distance_m}
    put = insert(CheckpointVisit).values(how=VisitHow.SCAN.value, **row).on_conflict_do_nothing()
    return (await session.scalar(put.returning(CheckpointVisit.patrol_id))) is not None


def _visits(checkpoint_id: UUID) -> Select[Any]:
    v = CheckpointVisit
    columns: tuple[Any, ...] = (
        Checkpoint.code.label("checkpoint"),
        v.checkpoint_id,
        Patrol.code.label("patrol"),
        v.patrol_id,
        v.observed_at,
        v.received_at,
        v.how,
        v.distance_m,
    )
    joined = select(*columns).join(Checkpoint, Checkpoint.id == v.checkpoint_id).join(Patrol, Patrol.id == v.patrol_id)
    return joined.where(v.checkpoint_id == checkpoint_id)


async def visit(session: AsyncSession, checkpoint_id: UUID, patrol_id: UUID, at: datetime) -> Row[Any]:
    """A visit that was told."""
    v = CheckpointVisit
    found = _visits(checkpoint_id).where(v.patrol_id == patrol_id, v.observed_at == at, v.how == VisitHow.SCAN.value)
    row: Row[Any] = (await session.execute(found)).one()
    return row


async def visits(
    session: AsyncSession, checkpoint_id: UUID, after: Sequence[Any] | None, limit: int
) -> Sequence[Row[Any]]:
    """The visits of a checkpoint, the newest first, one more than asked for."""
    v = CheckpointVisit
    key = (v.observed_at, v.patrol_id, v.how)
    statement = _visits(checkpoint_id).order_by(*(part.desc() for part in key)).limit(limit + 1)
    if after is not None:
        statement = statement.where(func.row(*key) < func.row(*after))
    return await rows(session, statement)


async def shift_in_sight(session: AsyncSession, caller: Actor, shift_id: UUID) -> Shift | None:
    """The shift, if it is of a centre the caller reaches."""
    return await session.scalar(select(Shift).where(Shift.id == shift_id, Shift.centre_id.in_(caller.centres)))


async def of_beat(session: AsyncSession, beat_id: UUID, begun_at: datetime, until_at: datetime) -> Sequence[Row[Any]]:
    """The checkpoints in use in a beat's cells, with the times of all visits between two instants."""
    v = CheckpointVisit
    cell = cell_at(func.ST_X(Checkpoint.location), func.ST_Y(Checkpoint.location), literal(begun_at)).lateral("cell")
    between = and_(v.checkpoint_id == Checkpoint.id, v.observed_at >= begun_at, v.observed_at <= until_at)
    times = func.array_agg(aggregate_order_by(v.observed_at, v.observed_at)).filter(v.observed_at.is_not(None))
    statement = (
        select(Checkpoint, times.label("times"))
        .select_from(Checkpoint)
        .join(cell, true())
        .join(BeatCell, and_(BeatCell.cell_id == cell.c.id, BeatCell.beat_id == beat_id))
        .outerjoin(v, between)
        .where(Checkpoint.is_active)
        .group_by(Checkpoint.id)
        .order_by(Checkpoint.code, Checkpoint.id)
    )
    return await rows(session, statement)


async def forget(session: AsyncSession, keep: timedelta, batch: int) -> int:
    """Delete the oldest visits that are past their time; says how many."""
    v = CheckpointVisit
    old = select(v.checkpoint_id, v.observed_at).where(v.observed_at < func.now() - keep).limit(batch).subquery()
    is_old = and_(v.checkpoint_id == old.c.checkpoint_id, v.observed_at == old.c.observed_at)
    return len((await session.execute(delete(v).where(is_old).returning(v.how))).all())
