"""Every statement about positions."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    CTE,
    REAL,
    DateTime,
    Double,
    Integer,
    SmallInteger,
    Text,
    and_,
    any_,
    bindparam,
    case,
    column,
    delete,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import UUID as PgUUID
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql import FromClause, Select

from app.core.db import Hot
from app.core.geo import SRID
from app.patrol.models import LatestPosition
from app.patrol.workflow import BEFORE_DUTY, FASTEST_MPS, MAX_AHEAD, NotKept, Quality
from app.roster.models import CrewMember, Patrol, Shift
from app.roster.queries import ON_DUTY, SEATED

COLUMNS: dict[str, Any] = {
    "ordinal": Integer,
    "patrol": Text,
    "observed_at": DateTime(timezone=True),
    "lon": Double,
    "lat": Double,
    "accuracy_m": REAL,
    "speed_mps": REAL,
    "heading_deg": REAL,
    "battery": SmallInteger,
    "device_id": Text,
    "datum": Text,
    "quality": Text,
}
STORED = ("observed_at", "accuracy_m", "speed_mps", "heading_deg", "battery", "device_id", "datum", "quality")


class Given(NamedTuple):
    """One fix as the statement takes it, in WGS 84 degrees; `quality` as far as the fix alone tells."""

    ordinal: int
    patrol: str | None
    observed_at: datetime
    lon: float
    lat: float
    accuracy_m: float | None
    speed_mps: float | None
    heading_deg: float | None
    battery: int | None
    device_id: str | None
    datum: str
    quality: str


def _store() -> Select[int, str]:
    """Store the newest fix of each patrol on duty if it is newer than the stored one; the rows say what was not."""
    judged = _judged(_aimed())
    newest = (
        select(judged)
        .where(judged.c.reason.is_(None))
        .ext(distinct_on(judged.c.patrol_id))
        .order_by(judged.c.patrol_id, judged.c.observed_at.desc(), judged.c.ordinal.desc())
        .cte("newest")
    )
    stored = _stored(newest)
    kept = select(newest.c.ordinal).join(stored, stored.c.patrol_id == newest.c.patrol_id)
    reason = func.coalesce(judged.c.reason, NotKept.SUPERSEDED.value).label("reason")
    return select(judged.c.ordinal, reason).where(judged.c.ordinal.not_in(kept)).order_by(judged.c.ordinal)


def _given() -> FromClause:
    arrays = [bindparam(name, type_=ARRAY(kind)) for name, kind in COLUMNS.items()]
    columns = [column(name, kind) for name, kind in COLUMNS.items()]
    return func.unnest(*arrays).table_valued(*columns, name="given").render_derived()


def _aimed() -> CTE:
    """Every fix with the patrol it is for: the one named, or the one the caller is on duty with."""
    given = _given()
    own = (
        select(Shift.patrol_id)
        .join(CrewMember, CrewMember.shift_id == Shift.id)
        .where(CrewMember.account_id == bindparam("account_id", type_=PgUUID(as_uuid=True)), ON_DUTY, SEATED)
        .order_by(Shift.signed_on_at.desc())
        .limit(1)
        .cte("own")
    )
    reached = Patrol.centre_id == any_(bindparam("centres", type_=ARRAY(PgUUID(as_uuid=True))))
    patrol_id = case((given.c.patrol.is_(None), select(own.c.patrol_id).scalar_subquery()), else_=Patrol.id)
    joined = given.outerjoin(Patrol, and_(Patrol.code == given.c.patrol, reached))
    return select(given, patrol_id.label("patrol_id")).select_from(joined).cte("aimed")


def _judged(aimed: CTE) -> CTE:
    """Every fix with what stands against it. A clock that is a little ahead counts as now, so that it blocks nobody."""
    # Held against signing off, which deletes the position: nothing is stored after it.
    duty = (
        select(Shift.patrol_id, Shift.signed_on_at)
        .where(Shift.patrol_id.in_(select(aimed.c.patrol_id)), ON_DUTY)
        .with_for_update(read=True)
        .cte("duty")
    )
    before = aimed.c.observed_at < duty.c.signed_on_at - BEFORE_DUTY
    reason = case(
        (aimed.c.observed_at > func.now() + MAX_AHEAD, NotKept.IN_FUTURE.value),
        (and_(aimed.c.patrol.is_not(None), aimed.c.patrol_id.is_(None)), NotKept.UNKNOWN_PATROL.value),
        (or_(duty.c.patrol_id.is_(None), before), NotKept.NOT_ON_DUTY.value),
    )
    ahead = (aimed.c.observed_at > func.now(), Quality.CLOCK_AHEAD.value)
    fixed = [aimed.c[name] for name in COLUMNS if name not in ("observed_at", "quality")]
    return (
        select(
            *fixed,
            aimed.c.patrol_id,
            func.least(aimed.c.observed_at, func.now()).label("observed_at"),
            case(ahead, else_=aimed.c.quality).label("quality"),
            reason.label("reason"),
        )
        .outerjoin(duty, duty.c.patrol_id == aimed.c.patrol_id)
        .cte("judged")
    )


def _stored(newest: CTE) -> CTE:
    location = func.ST_SetSRID(func.ST_MakePoint(newest.c.lon, newest.c.lat), SRID)
    # In the order of patrols, so that two batches wait for each other and never both.
    rows = select(newest.c.patrol_id, location, *(newest.c[name] for name in STORED)).order_by(newest.c.patrol_id)
    put = insert(LatestPosition).from_select(["patrol_id", "location", *STORED], rows)
    new = put.excluded
    seconds = func.extract("epoch", new.observed_at - LatestPosition.observed_at)
    slack_m = func.coalesce(LatestPosition.accuracy_m, 0) + func.coalesce(new.accuracy_m, 0)
    apart_m = func.ST_DistanceSphere(LatestPosition.location, new.location)
    jumped = apart_m - slack_m > literal(FASTEST_MPS, Double) * seconds
    values = {name: new[name] for name in ("location", *STORED)} | {
        "received_at": func.now(),
        "quality": case((jumped, Quality.JUMP.value), else_=new.quality),
    }
    newer = new.observed_at > LatestPosition.observed_at
    return (
        put.on_conflict_do_update(index_elements=["patrol_id"], set_=values, where=newer)
        .returning(LatestPosition.patrol_id)
        .cte("stored")
    )


STORE = Hot(_store)


def arrays(fixes: Sequence[Given]) -> dict[str, list[Any]]:
    """Fixes as the statement's arrays."""
    return {name: list(values) for name, values in zip(COLUMNS, zip(*fixes, strict=True), strict=True)}


async def put(session: AsyncSession, account_id: UUID, centre_id: UUID, fix: Given) -> None:
    """The same statement for one fix in a larger change."""
    values = arrays([fix]) | {"account_id": account_id, "centres": [centre_id]}
    await session.execute(_store(), values)


async def forget(session: AsyncSession, patrol_id: UUID) -> None:
    """Delete where a patrol was last seen."""
    await session.execute(delete(LatestPosition).where(LatestPosition.patrol_id == patrol_id))
