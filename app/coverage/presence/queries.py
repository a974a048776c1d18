"""Every statement that turns tracks into presence: which hours are due, what a patrol did in them, what places saw."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    CTE,
    ColumnElement,
    DateTime,
    Double,
    Numeric,
    and_,
    case,
    cast,
    column,
    delete,
    func,
    literal,
    select,
    true,
    tuple_,
)
from sqlalchemy.dialects.postgresql import ARRAY, TSTZRANGE, array, insert
from sqlalchemy.dialects.postgresql import UUID as PgUUID
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql import FromClause, Select

from app.coverage.models import (
    CellPresence,
    Checkpoint,
    CheckpointVisit,
    PatrolPresence,
    PresenceDue,
    PresenceProgress,
    VisitHow,
)
from app.coverage.workflow import HOUR, LONGEST_STEP, MAX_RADIUS_M, REACH
from app.grid.queries import METRES_A_DEGREE, cell_at
from app.patrol.models import Position
from app.patrol.workflow import FASTEST_MPS, Quality

INSTANT = DateTime(timezone=True)
SEEN = ("visits", "dwell_s", "first_at", "last_at")


class Bucket(NamedTuple):
    """An hour of a patrol."""

    patrol_id: UUID
    hour_at: datetime


class Spot(NamedTuple):
    """An hour of a cell."""

    cell_id: UUID
    hour_at: datetime


async def held(session: AsyncSession) -> PresenceProgress | None:
    """How far the work has come, held until commit; nothing while another process works."""
    epoch = func.to_timestamp(0)
    start = insert(PresenceProgress).values(id=1, received_until=epoch, computed_until=epoch)
    await session.execute(start.on_conflict_do_nothing())
    return await session.scalar(select(PresenceProgress).with_for_update(skip_locked=True))


async def first_received(session: AsyncSession, since: datetime) -> datetime | None:
    """When the first fix after an instant was received."""
    return await session.scalar(select(func.min(Position.received_at)).where(Position.received_at > since))


async def put_on_list(session: AsyncSession, since: datetime, until: datetime, horizon: datetime) -> None:
    """Note the hours from the horizon on that the fixes received in a period reach."""
    around = func.unnest(array([Position.observed_at - REACH, Position.observed_at + REACH]))
    came = and_(Position.received_at > since, Position.received_at <= until)
    reached = select(Position.patrol_id, around.label("at")).where(came).subquery()
    hour = func.date_trunc("hour", reached.c.at, "UTC")
    due = select(reached.c.patrol_id, hour).where(hour >= horizon).distinct()
    put = insert(PresenceDue).from_select(["patrol_id", "hour_at"], due)
    await session.execute(put.on_conflict_do_nothing())


async def take_due(session: AsyncSession, limit: int) -> list[Bucket]:
    """The next hours to compute, taken off the list."""
    key = (PresenceDue.patrol_id, PresenceDue.hour_at)
    chosen = select(*key).order_by(PresenceDue.hour_at, PresenceDue.patrol_id).limit(limit)
    rows = await session.execute(delete(PresenceDue).where(tuple_(*key).in_(chosen)).returning(*key))
    return [Bucket(*row) for row in rows]


async def clear(session: AsyncSession, buckets: Collection[Bucket]) -> set[Spot]:
    """Forget what these hours held; says of which cells."""
    p = PatrolPresence
    wanted = _listed(buckets, "patrol_id")
    gone = delete(p).where(p.patrol_id == wanted.c.patrol_id, p.hour_at == wanted.c.hour_at)
    return {Spot(*row) for row in await session.execute(gone.returning(p.cell_id, p.hour_at))}


async def compute(session: AsyncSession, buckets: Collection[Bucket]) -> set[Spot]:
    """What the patrols did in these hours, from their tracks; says in which cells."""
    fields = ["patrol_id", "hour_at", "cell_id", *SEEN]
    put = insert(PatrolPresence).from_select(fields, _presence(stays(_listed(buckets, "patrol_id"))))
    found = await session.execute(put.returning(PatrolPresence.cell_id, PatrolPresence.hour_at))
    return {Spot(*row) for row in found}


async def visit(session: AsyncSession, buckets: Collection[Bucket]) -> None:
    """The visits to checkpoints that the tracks of these hours show, in place of those they showed before."""
    v, wanted = CheckpointVisit, _listed(buckets, "patrol_id")
    in_hour = and_(v.observed_at >= wanted.c.hour_at, v.observed_at < wanted.c.hour_at + HOUR)
    mine = and_(v.patrol_id == wanted.c.patrol_id, in_hour, v.how == VisitHow.TRACK.value)
    await session.execute(delete(v).where(mine))
    fields = ["checkpoint_id", "patrol_id", "observed_at", "distance_m", "how"]
    await session.execute(insert(v).from_select(fields, _visits(stays(wanted))))


async def gather(session: AsyncSession, spots: Collection[Spot]) -> None:
    """What all patrols together did in these hours of cells; an hour without anybody has no row."""
    p, kept = PatrolPresence, CellPresence
    wanted = _listed(spots, "cell_id")
    await session.execute(delete(kept).where(kept.cell_id == wanted.c.cell_id, kept.hour_at == wanted.c.hour_at))
    summed = (
        select(
            p.cell_id,
            p.hour_at,
            func.sum(p.visits),
            func.sum(p.dwell_s),
            func.min(p.first_at),
            func.max(p.last_at),
            func.count(),
        )
        .join(wanted, and_(p.cell_id == wanted.c.cell_id, p.hour_at == wanted.c.hour_at))
        .group_by(p.cell_id, p.hour_at)
    )
    await session.execute(insert(kept).from_select(["cell_id", "hour_at", *SEEN, "patrols"], summed))


async def forget(session: AsyncSession, horizon: datetime, limit: int) -> int:
    """Delete what single patrols did before the horizon, at most so many rows; says how many."""
    p = PatrolPresence
    key = (p.patrol_id, p.hour_at, p.cell_id)
    old = select(*key).where(p.hour_at < horizon).order_by(p.hour_at).limit(limit)
    return len((await session.execute(delete(p).where(tuple_(*key).in_(old)).returning(p.hour_at))).all())


def _listed(rows: Collection[tuple[UUID, datetime]], name: str) -> FromClause:
    ids, hours = zip(*rows, strict=True) if rows else ((), ())
    arrays = (literal(list(ids), ARRAY(PgUUID(as_uuid=True))), literal(list(hours), ARRAY(INSTANT)))
    columns = (column(name, PgUUID(as_uuid=True)), column("hour_at", INSTANT))
    return func.unnest(*arrays).table_valued(*columns, name="wanted").render_derived()


def stays(wanted: FromClause) -> CTE:
    """How long each fix of some hours of patrols stands for: `patrol_id, hour_at, observed_at, location, stay`.

    Only good fixes count, and of those no jump. A fix stands until the next of its device on the same shift; where that
    comes after more than ten minutes, or never, for its own instant only.
    """
    fixes = _unjumped(_steps(_good(wanted)))
    after = _along(fixes, func.lead(fixes.c.observed_at))
    near = after <= fixes.c.observed_at + LONGEST_STEP
    stay = case(
        (near, func.tstzrange(fixes.c.observed_at, after, "[)")),
        else_=func.tstzrange(fixes.c.observed_at, fixes.c.observed_at, "[]"),
    )
    shown = (fixes.c.patrol_id, fixes.c.hour_at, fixes.c.observed_at, fixes.c.location)
    found = select(*shown, cast(stay, TSTZRANGE).label("stay")).subquery()
    ends_in_time = func.upper(found.c.stay, type_=INSTANT) >= found.c.hour_at
    return select(found).where(found.c.observed_at < found.c.hour_at + HOUR, ends_in_time).cte("stays")


def _along(fixes: CTE, function: Any) -> Any:
    """A window function along each track: the fixes of one device on one shift."""
    track = (fixes.c.patrol_id, fixes.c.hour_at, fixes.c.shift_id, fixes.c.device_id)
    return function.over(partition_by=track, order_by=fixes.c.observed_at)


def _good(wanted: FromClause) -> CTE:
    p, hour_at = Position, wanted.c.hour_at
    shown = (p.shift_id, p.device_id, p.observed_at, p.location, func.coalesce(p.accuracy_m, 0).label("accuracy_m"))
    around = and_(p.observed_at >= hour_at - REACH, p.observed_at <= hour_at + HOUR + REACH)
    joined = and_(p.patrol_id == wanted.c.patrol_id, around, p.quality == Quality.GOOD.value)
    return select(wanted.c.patrol_id, hour_at, *shown).join(p, joined).cte("good")


def _steps(good: CTE) -> CTE:
    """Each fix with whether it is further from the fix before, and from the one after, than any patrol goes."""

    def is_too_far(other: Any) -> ColumnElement[bool]:
        at, place, accuracy = (_along(good, other(good.c[name])) for name in ("observed_at", "location", "accuracy_m"))
        apart_s = func.abs(cast(func.extract("epoch", good.c.observed_at - at), Double))
        slack_m = good.c.accuracy_m + accuracy
        far = func.ST_DistanceSphere(good.c.location, place) - slack_m > literal(FASTEST_MPS, Double) * apart_s
        return func.coalesce(and_(apart_s <= LONGEST_STEP.total_seconds(), far), False)

    return select(good, is_too_far(func.lag).label("before"), is_too_far(func.lead).label("after")).cte("steps")


def _unjumped(steps: CTE) -> CTE:
    return select(steps).where(~and_(steps.c.before, steps.c.after)).cte("unjumped")


def _presence(found: CTE) -> Select[Any]:
    """Stays put together by cell: a patrol is in a cell while any of its devices is."""
    at = found.c.observed_at
    cell = cell_at(func.ST_X(found.c.location), func.ST_Y(found.c.location), at).lateral("cell")
    whole = (
        select(
            found.c.patrol_id,
            found.c.hour_at,
            cell.c.id.label("cell_id"),
            func.unnest(func.range_agg(found.c.stay), type_=TSTZRANGE).label("stay"),
        )
        .join(cell, true())
        .group_by(found.c.patrol_id, found.c.hour_at, cell.c.id)
        .subquery()
    )
    begun, parts = clipped(whole)
    seconds = func.extract("epoch", func.upper(parts.c.part) - func.lower(parts.c.part))
    keys = (parts.c.patrol_id, parts.c.hour_at, parts.c.cell_id)
    return (
        select(
            *keys,
            func.count().filter(begun),
            func.sum(func.round(cast(seconds, Numeric), 3)),
            func.min(func.lower(parts.c.part)),
            func.max(func.upper(parts.c.part)),
        )
        .where(~func.isempty(parts.c.part))
        .group_by(*keys)
    )


def _visits(found: CTE) -> Select[Any]:
    """Stays put together by checkpoint, those that began in their hour: when, and how near the patrol came."""
    c, lat = Checkpoint, func.ST_Y(found.c.location)
    reach_deg = MAX_RADIUS_M / METRES_A_DEGREE
    around = func.ST_Expand(found.c.location, reach_deg / func.greatest(func.cos(func.radians(lat)), 0.01), reach_deg)
    apart_m = func.ST_DistanceSphere(c.location, found.c.location)
    near = and_(c.location.op("&&")(around), apart_m <= c.radius_m, c.is_active, found.c.observed_at >= c.created_at)
    keys = (found.c.patrol_id, found.c.hour_at, c.id)
    together = func.unnest(func.range_agg(found.c.stay), type_=TSTZRANGE).label("stay")
    whole = select(*keys, together, func.min(apart_m).label("apart_m")).join(c, near).group_by(*keys).subquery()
    begun, parts = clipped(whole)
    how = literal(VisitHow.TRACK.value)
    shown = (parts.c.id, parts.c.patrol_id, func.lower(parts.c.stay), parts.c.apart_m, how)
    return select(*shown).where(begun, ~func.isempty(parts.c.part))


def clipped(whole: Any) -> tuple[ColumnElement[bool], Any]:
    """Stays cut to their hour as `part`, and whether one began in it."""
    hour = func.tstzrange(whole.c.hour_at, whole.c.hour_at + HOUR, "[)", type_=TSTZRANGE)
    parts = select(whole, whole.c.stay.op("*", return_type=TSTZRANGE())(hour).label("part")).subquery()
    return func.lower(parts.c.stay, type_=INSTANT) >= parts.c.hour_at, parts
