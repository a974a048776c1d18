"""Every statement about positions: whose duty fixes belong to, the history, the latest one a patrol."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from asyncpg.exceptions import UniqueViolationError
from sqlalchemy import (
    ARRAY,
    CTE,
    REAL,
    Boolean,
    ColumnElement,
    DateTime,
    Double,
    LargeBinary,
    SmallInteger,
    Text,
    and_,
    any_,
    bindparam,
    case,
    column,
    delete,
    exists,
    func,
    literal,
    null,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.dialects.postgresql import UUID as PgUUID
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.sql import FromClause, Select

from app.core.db import BulkLane, Hot, Session
from app.patrol.models import LatestPosition, Position
from app.patrol.workflow import AROUND_DUTY, FASTEST_MPS, OVERTIME, Quality
from app.roster.models import CrewMember, Patrol, Shift
from app.roster.workflow import LONGEST_SHIFT

ID, AT = PgUUID(as_uuid=True), DateTime(timezone=True)
LOOK_BACK = LONGEST_SHIFT + OVERTIME + AROUND_DUTY
"""No duty that a fix can belong to was to start longer before it."""
DUTY_ENDS = func.least(Shift.signed_off_at, Shift.ends_at + OVERTIME)
"""`least` leaves out what is null: a crew that has not signed off is on duty until its overtime ends."""
ON_DUTY = and_(Shift.signed_on_at.is_not(None), Shift.signed_off_at.is_(None), Shift.ends_at + OVERTIME > func.now())


class Kept(NamedTuple):
    """A fix that is stored, column by column; `location` as `geo.ewkb`."""

    patrol_id: UUID
    observed_at: datetime
    device_id: str
    shift_id: UUID
    location: bytes
    accuracy_m: float | None
    speed_mps: float | None
    heading_deg: float | None
    battery: int | None
    datum: str
    quality: str


COLUMNS: dict[str, Any] = {
    "patrol_id": ID,
    "observed_at": AT,
    "device_id": Text,
    "shift_id": ID,
    "location": LargeBinary,
    "accuracy_m": REAL,
    "speed_mps": REAL,
    "heading_deg": REAL,
    "battery": SmallInteger,
    "datum": Text,
    "quality": Text,
}
ALIKE = [name for name in Kept._fields if name not in ("observed_at", "shift_id", "location")]


# --- whose duty -----------------------------------------------------------------------------------------------------


def _duties() -> Select[Any]:
    """The instant it is, and the duties a batch may belong to: of patrols named by code, or of the sender (no code).

    A patrol that is named and has no duty is a row without one. Sorted, so that of two duties the later comes last.
    """
    first = func.least(bindparam("first", type_=AT), func.now())
    last = func.greatest(bindparam("last", type_=AT), func.now())
    near = and_(
        Shift.signed_on_at.is_not(None), Shift.starts_at > first - LOOK_BACK, Shift.signed_on_at - AROUND_DUTY <= last
    )
    duty = (Shift.id.label("shift_id"), Shift.signed_on_at.label("begins_at"), DUTY_ENDS.label("ends_at"))
    reached = Patrol.centre_id == any_(bindparam("centres", type_=ARRAY(ID)))
    named = (
        select(Patrol.code.label("code"), Patrol.id.label("patrol_id"), *duty)
        .outerjoin(Shift, and_(Shift.patrol_id == Patrol.id, near))
        .where(Patrol.code == any_(bindparam("codes", type_=ARRAY(Text))), reached)
    )
    own = select(null().label("code"), Shift.patrol_id, *duty)
    bound = own.where(Shift.patrol_id == bindparam("patrol_id", type_=ID), near)
    crewed = _seated().where(near)
    found = union_all(named, crewed, bound).subquery("found")
    now = select(func.now().label("now")).subquery("clock")
    return select(now, found).select_from(now.outerjoin(found, true())).order_by(found.c.begins_at)


def _seated() -> Select[Any]:
    """The duties of the account or officer that sends. Who joined or left meanwhile was with the patrol only then."""
    joined_at = func.lower(CrewMember.during)
    begun = case((joined_at > Shift.starts_at, func.greatest(Shift.signed_on_at, joined_at)), else_=Shift.signed_on_at)
    return (
        select(null().label("code"), Shift.patrol_id, Shift.id, begun, func.least(DUTY_ENDS, CrewMember.left_at))
        .join(CrewMember, CrewMember.shift_id == Shift.id)
        .where(
            or_(
                CrewMember.account_id == bindparam("account_id", type_=ID),
                CrewMember.officer_id == bindparam("officer_id", type_=ID),
            )
        )
    )


DUTIES = Hot(_duties)


# --- the history and the latest ------------------------------------------------------------------------------------


def _given() -> FromClause:
    kinds = COLUMNS | {"is_newest": Boolean}
    arrays = [bindparam(name, type_=ARRAY(kind)) for name, kind in kinds.items()]
    columns = [column(name, kind) for name, kind in kinds.items()]
    return func.unnest(*arrays).table_valued(*columns, name="given").render_derived()


def _keep() -> Select[Any]:
    """Add what is not there yet, move the latest, and say how many were added."""
    given = select(_given()).cte("given")
    place = func.ST_GeomFromEWKB(given.c.location)
    rows = select(*(place if name == "location" else given.c[name] for name in COLUMNS))
    put = insert(Position).from_select(list(COLUMNS), rows).on_conflict_do_nothing()
    added = put.returning(literal(1).label("one")).cte("added")
    return select(func.count().label("stored")).select_from(added).add_cte(_latest(given))


def _move() -> Select[Any]:
    """Move the latest only."""
    moved = _latest(select(_given()).cte("given"))
    return select(func.count().label("moved")).select_from(moved)


def _latest(given: CTE) -> CTE:
    """Put the newest fix of each patrol where it was last seen, if it is newer and the patrol is on duty now."""
    # Held against signing off, which deletes the position: nothing is stored after it.
    on_duty = (
        select(Shift.id)
        .where(Shift.id.in_(select(given.c.shift_id).where(given.c.is_newest)), ON_DUTY)
        .with_for_update(read=True, key_share=True)
        .cte("on_duty")
    )
    place = func.ST_GeomFromEWKB(given.c.location)
    # In the order of patrols, so that two batches wait for each other and never both.
    rows = (
        select(place, func.least(given.c.observed_at, func.now()), *(given.c[name] for name in ALIKE))
        .where(given.c.is_newest, given.c.shift_id.in_(select(on_duty.c.id)))
        .order_by(given.c.patrol_id)
    )
    put = insert(LatestPosition).from_select(["location", "observed_at", *ALIKE], rows)
    new = put.excluded
    values = {name: new[name] for name in ("location", "observed_at", *ALIKE)} | {
        "received_at": func.now(),
        "quality": case((_jumped(new), Quality.JUMP.value), else_=new.quality),
    }
    newer = new.observed_at > LatestPosition.observed_at
    return (
        put.on_conflict_do_update(index_elements=["patrol_id"], set_=values, where=newer)
        .returning(LatestPosition.patrol_id)
        .cte("moved")
    )


def _jumped(new: Any) -> ColumnElement[bool]:
    seconds = func.extract("epoch", new.observed_at - LatestPosition.observed_at)
    slack_m = func.coalesce(LatestPosition.accuracy_m, 0) + func.coalesce(new.accuracy_m, 0)
    apart_m = func.ST_DistanceSphere(LatestPosition.location, new.location)
    return apart_m - slack_m > literal(FASTEST_MPS, Double) * seconds


KEEP = Hot(_keep)
MOVE = Hot(_move)
BULK = 200
"""From this many fixes on, COPY is faster than the statement."""


def _arrays(fixes: Sequence[Kept], newest: set[int]) -> dict[str, list[Any]]:
    columns = {name: list(values) for name, values in zip(Kept._fields, zip(*fixes, strict=True), strict=True)}
    return columns | {"is_newest": [at in newest for at in range(len(fixes))]}


async def keep(lane: BulkLane, fixes: Sequence[Kept], newest: set[int]) -> int:
    """Store fixes, sorted by their key; those at the places `newest` may become the latest. Says how many are new."""
    if len(fixes) >= BULK:
        try:
            return await _copied(lane, fixes, newest)
        except UniqueViolationError:
            pass  # some are there already, as when a batch is sent again: the statement leaves those alone
    row = await KEEP.row(lane, **_arrays(fixes, newest))
    return int(row["stored"]) if row else 0


async def _copied(lane: BulkLane, fixes: Sequence[Kept], newest: set[int]) -> int:
    async with lane.transaction():
        await lane.copy_records_to_table(Position.__tablename__, records=fixes, columns=Kept._fields)
        if newest:
            of_patrols = [fixes[at] for at in newest]
            await MOVE.row(lane, **_arrays(of_patrols, set(range(len(of_patrols)))))
    return len(fixes)


async def put(session: Session, fix: Kept) -> None:
    """Store one fix in a larger change."""
    await session.execute(_keep(), _arrays([fix], {0}))


async def forget(session: Session, patrol_id: UUID) -> None:
    """Delete where a patrol was last seen."""
    await session.execute(delete(LatestPosition).where(LatestPosition.patrol_id == patrol_id))


async def forget_off_duty(session: Session) -> int:
    """Delete where patrols were last seen that are off duty, or past their overtime; says how many."""
    on_duty = exists().where(Shift.patrol_id == LatestPosition.patrol_id, ON_DUTY)
    gone = await session.execute(delete(LatestPosition).where(~on_duty).returning(LatestPosition.patrol_id))
    return len(gone.all())
