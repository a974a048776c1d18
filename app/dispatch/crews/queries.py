"""Every statement about what patrols on duty are doing."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, Integer, Row, and_, cast, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql import Select

from app.core.geo import SRID
from app.dispatch.crews.schemas import Availability, PatrolFilter
from app.dispatch.models import Assignment
from app.grid.models import Beat, BeatCell, GridCell
from app.identity.models import Organisation
from app.identity.workflow import Actor
from app.incident.models import Incident
from app.incident.queries import seen_by
from app.patrol.models import LatestPosition
from app.roster.models import Patrol, Shift
from app.roster.queries import ON_DUTY, at_or_below, crewed_by

PatrolRow = Row[Patrol, Organisation, Shift | None, Beat | None, LatestPosition | None, float, float, int]
TaskRow = Row[Assignment, str, bool]
IS_BUSY = exists().where(Assignment.patrol_id == Patrol.id, Assignment.is_active)
AVAILABILITY: dict[Availability, ColumnElement[bool]] = {
    Availability.OFF_DUTY: Shift.id.is_(None),
    Availability.AVAILABLE: and_(Shift.id.is_not(None), ~IS_BUSY),
    Availability.BUSY: and_(Shift.id.is_not(None), IS_BUSY),
}


def _patrols(
    caller: Actor,
) -> Select[Patrol, Organisation, Shift | None, Beat | None, LatestPosition | None, float, float, int]:
    """Patrols of the centres the caller reaches, or on duty with somebody of the caller's departments."""
    return (
        select(
            Patrol,
            Organisation,
            Shift,
            Beat,
            LatestPosition,
            func.ST_X(LatestPosition.location).label("lon"),
            func.ST_Y(LatestPosition.location).label("lat"),
            cast(func.extract("epoch", func.now() - LatestPosition.observed_at), Integer).label("age_s"),
        )
        .join(Organisation, Organisation.id == Patrol.centre_id)
        .outerjoin(Shift, and_(Shift.patrol_id == Patrol.id, ON_DUTY))
        .outerjoin(Beat, Beat.id == Shift.beat_id)
        .outerjoin(LatestPosition, LatestPosition.patrol_id == Patrol.id)
        .where(or_(Patrol.centre_id.in_(caller.centres), crewed_by(caller)))
    )


async def patrol(session: AsyncSession, caller: Actor, reference: UUID | str) -> PatrolRow | None:
    """The patrol with this id or code, if the caller may see it."""
    named = Patrol.id == reference if isinstance(reference, UUID) else Patrol.code == reference
    return (await session.execute(_patrols(caller).where(named))).one_or_none()


async def patrols(
    session: AsyncSession, caller: Actor, wanted: PatrolFilter, after: str | None, limit: int
) -> Sequence[PatrolRow]:
    """Patrols the caller may see by their code, one more than asked for."""
    statement = _patrols(caller).where(*_conditions(wanted)).order_by(Patrol.code).limit(limit + 1)
    return (await session.execute(statement if after is None else statement.where(Patrol.code > after))).all()


def _conditions(wanted: PatrolFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.on_duty is not None:
        found.append(Shift.id.is_not(None) if wanted.on_duty else Shift.id.is_(None))
    if wanted.availability is not None:
        found.append(AVAILABILITY[wanted.availability])
    if wanted.centre is not None:
        found.append(at_or_below(wanted.centre))
    if wanted.beat is not None:
        found.append(Beat.code == wanted.beat)
    if wanted.cell is not None:
        covered = select(BeatCell.beat_id).join(GridCell, GridCell.id == BeatCell.cell_id)
        found.append(Shift.beat_id.in_(covered.where(GridCell.code == wanted.cell)))
    if wanted.bbox is not None:
        box = func.ST_MakeEnvelope(*map(float, wanted.bbox.split(",")), SRID)
        found.append(LatestPosition.location.op("&&")(box))
    return found


async def has_work(session: AsyncSession, patrol_id: UUID) -> bool:
    """Whether any assignment of a patrol is not over."""
    live = or_(Assignment.is_active, Assignment.is_stacked)
    return bool(await session.scalar(select(exists().where(Assignment.patrol_id == patrol_id, live))))


async def hold_patrol(session: AsyncSession, patrol_id: UUID) -> None:
    """Wait for assignments that are being given to this patrol now, and hold new ones off until commit."""
    await session.execute(select(Patrol.id).where(Patrol.id == patrol_id).with_for_update())


async def tasks(session: AsyncSession, caller: Actor, patrol_ids: Collection[UUID]) -> Sequence[TaskRow]:
    """The assignments of these patrols that are not over, in the order offered.

    Each with its incident's number, and whether the caller may see that incident.
    """
    statement = (
        select(Assignment, Incident.number, seen_by(caller))
        .join(Incident, Incident.id == Assignment.incident_id)
        .where(Assignment.patrol_id.in_(patrol_ids), or_(Assignment.is_active, Assignment.is_stacked))
        .order_by(Assignment.offered_at, Assignment.id)
    )
    return (await session.execute(statement)).all()
