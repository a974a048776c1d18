"""Every statement of the live view: the log read in its order, its two ends, and its old part deleted."""

from datetime import timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Interval,
    String,
    Text,
    bindparam,
    case,
    cast,
    delete,
    func,
    literal_column,
    select,
    true,
    tuple_,
)
from sqlalchemy.dialects.postgresql import UUID as PgUUID
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql import Select

from app.core.db import Hot
from app.core.outbox import Event, settled
from app.grid.models import Area
from app.incident.models import Incident
from app.incident.queries import open_to

BATCH = 500
INCIDENT = "incident."
ORDER = (Event.tx, Event.id)


def horizon() -> Select[int]:
    """The transaction before which the log is settled, as `settled()` sees it in the same statement."""
    return select(cast(cast(func.pg_snapshot_xmin(func.pg_current_snapshot()), Text), BigInteger).label("horizon"))


def _page() -> Select[Any]:
    """The next settled entries after a place, each with the horizon; with none left, one row with the horizon alone.

    With an entry about an incident comes who may see that now: `home_id`, `departments`, `people`.
    """
    after = tuple_(bindparam("tx", type_=BigInteger), bindparam("id", type_=BigInteger))
    shown = (Event.at, Event.topic, Event.subject_id, Event.subject_version, Event.scope)
    entries = (
        select(*ORDER, *shown, cast(Event.payload, Text).label("payload"))
        .add_columns(_about().label("incident_id"))
        .where(tuple_(*ORDER) > after, settled())
        .order_by(*ORDER)
        .limit(BATCH)
        .subquery()
    )
    end = horizon().subquery()
    joined = end.outerjoin(entries, true()).outerjoin(Incident, Incident.id == entries.c.incident_id)
    departments, people = open_to(Incident)
    now = (departments.label("departments"), people.label("people"))
    columns: tuple[Any, ...] = (end.c.horizon, *entries.c, Incident.home_centre_id.label("home_id"), *now)
    return select(*columns).select_from(joined).order_by(entries.c.tx, entries.c.id)


def _about() -> ColumnElement[Any]:
    """The incident that an entry is about, if it is about one."""
    named = cast(Event.payload.op("->>")("incident_id"), PgUUID(as_uuid=True))
    return func.coalesce(named, case((func.starts_with(Event.topic, INCIDENT), Event.subject_id)))


def _ends() -> Select[Any]:
    """The horizon, the first entry still there, and whether that one is older than what is kept."""
    is_old = Event.at < func.now() - bindparam("keep", type_=Interval)
    first = select(*ORDER, is_old.label("is_old")).order_by(*ORDER).limit(1).subquery()
    end = horizon().subquery()
    return select(end.c.horizon, *first.c).select_from(end.outerjoin(first, true()))


PAGE = Hot(_page)
ENDS = Hot(_ends)
AREA = Hot(lambda: select(Area.id).where(Area.code == bindparam("code", type_=String)))


READER = 0x6C69616E71696E
"""The lock that whoever reads the log for all processes holds."""
ELECT = Hot(lambda: select(func.pg_try_advisory_lock(literal_column(str(READER), BigInteger)).label("is_elected")))


async def purge(session: AsyncSession, keep: timedelta, batch: int) -> int:
    """Delete the oldest entries, at most so many; how many went.

    The newest of the old entries stays as a landmark: while the first entry is not old, nothing was ever deleted.
    """
    is_recent = (Event.at >= func.now() - keep).label("is_recent")
    oldest = select(*ORDER, is_recent).order_by(*ORDER).limit(batch + 1).subquery()
    in_order = (oldest.c.tx, oldest.c.id)
    # One goes if all up to the one after it are old: what is deleted is always a beginning of the log.
    reached = func.bool_or(oldest.c.is_recent).over(order_by=in_order, rows=(None, 1)).label("reached")
    after = func.lead(oldest.c.id).over(order_by=in_order).label("after")
    seen = select(oldest.c.id, reached, after).subquery()
    doomed = select(seen.c.id).where(seen.c.after.is_not(None), ~seen.c.reached)
    gone = await session.execute(delete(Event).where(Event.id.in_(doomed)).returning(Event.id))
    return len(gone.all())
