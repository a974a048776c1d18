"""Every statement about positions: whose duty fixes belong to, the history, the latest one a patrol."""

from typing import Any
from uuid import UUID

import numpy as np
from asyncpg.exceptions import UniqueViolationError
from sqlalchemy import (
    ARRAY,
    CTE,
    REAL,
    Boolean,
    ColumnElement,
    DateTime,
    Double,
    Integer,
    LargeBinary,
    SmallInteger,
    Text,
    and_,
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
from app.patrol.encoding import WRITTEN, arrays, payload
from app.patrol.judging import Judged
from app.patrol.models import LatestPosition, Position
from app.patrol.workflow import AROUND_DUTY, FASTEST_MPS, OVERTIME, Places, Quality
from app.roster.models import CrewMember, Patrol, Shift
from app.roster.workflow import LONGEST_SHIFT

ID, AT = PgUUID(as_uuid=True), DateTime(timezone=True)
LOOK_BACK = LONGEST_SHIFT + OVERTIME + AROUND_DUTY
"""No duty that a fix can belong to was to start longer before it."""
DUTY_ENDS = func.least(Shift.signed_off_at, Shift.ends_at + OVERTIME)
"""`least` leaves out what is null: a crew that has not signed off is on duty until its overtime ends."""
ON_DUTY = and_(Shift.signed_on_at.is_not(None), Shift.signed_off_at.is_(None), Shift.ends_at + OVERTIME > func.now())


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
KEY = ("patrol_id", "observed_at", "device_id")
ALIKE = [name for name in COLUMNS if name not in ("observed_at", "shift_id", "location")]


# --- whose duty -----------------------------------------------------------------------------------------------------


def _duties() -> Select[Any]:
    """The instant it is, and the duties that fixes may belong to, for many senders at once.

    For each sender, told apart by its place from 1, of the patrols it names by code and of its own (no code). A patrol
    that is named and has no duty is a row without one; whether its sender may name it is told by its centre. Sorted, so
    that of two duties the later comes last.
    """
    sender = _listed("sender", account_id=ID, officer_id=ID, patrol_id=ID, first=AT, last=AT)
    named = _listed("named", by=Integer, code=Text)
    by_code = (
        select(named.c.by, named.c.code, Patrol.centre_id, Patrol.id.label("patrol_id"), *DUTY)
        .join(sender, sender.c.nth == named.c.by)
        .join(Patrol, Patrol.code == named.c.code)
        .outerjoin(Shift, and_(Shift.patrol_id == Patrol.id, _near(sender)))
    )
    own = (sender.c.nth, null(), null(), Shift.patrol_id)
    bound = select(*own, *DUTY).join(Shift, and_(Shift.patrol_id == sender.c.patrol_id, _near(sender)))
    # Who joined or left meanwhile was with the patrol only then.
    joined_at = func.lower(CrewMember.during)
    begun = case((joined_at > Shift.starts_at, func.greatest(Shift.signed_on_at, joined_at)), else_=Shift.signed_on_at)
    meanwhile = (Shift.id, begun, func.least(DUTY_ENDS, CrewMember.left_at))
    is_sender = or_(CrewMember.account_id == sender.c.account_id, CrewMember.officer_id == sender.c.officer_id)
    crewed = (
        select(*own, *meanwhile)
        .join(CrewMember, is_sender)
        .join(Shift, and_(Shift.id == CrewMember.shift_id, _near(sender)))
    )
    found = union_all(by_code, crewed, bound).subquery("found")
    now = select(func.now().label("now")).subquery("clock")
    return select(now, found).select_from(now.outerjoin(found, true())).order_by(found.c.begins_at)


DUTY = (Shift.id.label("shift_id"), Shift.signed_on_at.label("begins_at"), DUTY_ENDS.label("ends_at"))


def _listed(called: str, **kinds: Any) -> FromClause:
    """Rows that are given column by column, with their place from 1 as `nth`."""
    arrays = [bindparam(name, type_=ARRAY(kind)) for name, kind in kinds.items()]
    columns = [column(name, kind) for name, kind in kinds.items()]
    return func.unnest(*arrays).table_valued(*columns, with_ordinality="nth", name=called).render_derived()


def _near(sender: FromClause) -> ColumnElement[bool]:
    """Whether fixes of this sender, the first and the last of which are known, may belong to a shift."""
    first, last = func.least(sender.c.first, func.now()), func.greatest(sender.c.last, func.now())
    return and_(
        Shift.signed_on_at.is_not(None), Shift.starts_at > first - LOOK_BACK, Shift.signed_on_at - AROUND_DUTY <= last
    )


DUTIES = Hot(_duties)


# --- the history and the latest ------------------------------------------------------------------------------------


def _given() -> CTE:
    return select(_listed("rows", **COLUMNS, is_newest=Boolean)).cte("given")


def _keep() -> Select[Any]:
    """Add what is not there yet, move the latest, and say which were added by their places from 1."""
    given = _given()
    place = func.ST_GeomFromEWKB(given.c.location)
    rows = select(*(place if name == "location" else given.c[name] for name in COLUMNS))
    put = insert(Position).from_select(list(COLUMNS), rows).on_conflict_do_nothing()
    added = put.returning(*(getattr(Position, name) for name in KEY)).cte("added")
    is_added = and_(*(added.c[name] == given.c[name] for name in KEY))
    return select(func.array_agg(given.c.nth).label("new")).join_from(given, added, is_added).add_cte(_latest(given))


def _move() -> Select[Any]:
    """Move the latest only."""
    moved = _latest(_given())
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
BULK = 100
"""From this many fixes on, COPY is faster than the statement."""


async def keep(lane: BulkLane, judged: Judged) -> Places:
    """Store fixes, and put the newest of each patrol where it was last seen. Which of them are new."""
    if len(judged.stored) >= BULK:
        try:
            await _copy(lane, judged)
        except UniqueViolationError:
            pass  # some are there already, as when a batch is sent again: the statement leaves those alone
        else:
            return judged.stored
    row = await KEEP.row(lane, **arrays(judged, judged.stored))
    added = (row and row["new"]) or []
    return judged.stored[np.array(added, np.intp) - 1]


async def _copy(lane: BulkLane, judged: Judged) -> None:
    async with lane.transaction():
        rows = memoryview(payload(judged))  # plain bytes would be the name of a file
        await lane.copy_to_table(Position.__tablename__, source=rows, columns=WRITTEN, format="binary")
        if len(judged.newest):
            await MOVE.row(lane, **arrays(judged, judged.newest))


async def put(session: Session, judged: Judged) -> None:
    """Store fixes in a larger change."""
    await session.execute(_keep(), arrays(judged, judged.stored))


async def forget(session: Session, patrol_id: UUID) -> None:
    """Delete where a patrol was last seen."""
    await session.execute(delete(LatestPosition).where(LatestPosition.patrol_id == patrol_id))


async def forget_off_duty(session: Session) -> int:
    """Delete where patrols were last seen that are off duty, or past their overtime; says how many."""
    on_duty = exists().where(Shift.patrol_id == LatestPosition.patrol_id, ON_DUTY)
    gone = await session.execute(delete(LatestPosition).where(~on_duty).returning(LatestPosition.patrol_id))
    return len(gone.all())
