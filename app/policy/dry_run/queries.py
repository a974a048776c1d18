"""The statements of a dry run: past incidents that the caller sees, in one stream, and what they were in."""

from collections.abc import AsyncIterator, Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Integer, Row, any_, cast, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as PgUUID

from app.catalogue.models import Category
from app.catalogue.queries import calendar_json, calendar_of_centre
from app.core.db import Session
from app.grid.models import GridCell
from app.identity.models import Organisation
from app.identity.workflow import Actor
from app.incident.models import Incident
from app.incident.queries import seen_by
from app.policy.models import RoutingSet
from app.policy.workflow import EditionState

CHUNK = 1000
LONG = "60s"


class Wanted(NamedTuple):
    """Incidents of these home centres, reported in a period; their words only where a rule looks at words."""

    centres: Collection[UUID]
    since: datetime
    until: datetime
    limit: int
    words: bool


async def take_turn(session: Session, caller: Actor) -> bool:
    """Whether no dry run of this caller is going on; and let it take longer than other requests."""
    await session.execute(select(func.set_config("statement_timeout", LONG, True)))
    key = func.hashtextextended(f"dry run {caller.account_id}", 0)
    return bool(await session.scalar(select(func.pg_try_advisory_xact_lock(key))))


async def centres(session: Session, centre_id: UUID) -> Sequence[Any]:
    """A centre and those below it: id, the centres from it up, and the calendar it works by."""
    o = Organisation
    columns = (o.id, o.lineage, calendar_json(calendar_of_centre(o.id)).label("calendar"))
    below = select(*columns).where(o.lineage.contains([centre_id]), o.kind == "centre")
    return list(await session.execute(below))


async def in_force(session: Session, centre_ids: Collection[UUID]) -> Sequence[Any]:
    """The sets in force at these centres."""
    columns = (RoutingSet.id, RoutingSet.centre_id, RoutingSet.edition, RoutingSet.rules, Organisation.code)
    joined = select(*columns).join(Organisation, Organisation.id == RoutingSet.centre_id)
    published = RoutingSet.state == EditionState.PUBLISHED.value
    return list(await session.execute(joined.where(RoutingSet.centre_id.in_(centre_ids), published)))


async def incidents(session: Session, caller: Actor, wanted: Wanted) -> AsyncIterator[Sequence[Row[Any]]]:
    """Past incidents that the caller sees, the latest first, in chunks. Priorities are those before any rule's."""
    i = Incident
    before = cast(i.routing.op("->>")("priority_before"), Integer)
    text = func.concat_ws(" ", i.title, i.description) if wanted.words else literal("")
    statement = (
        select(
            i.number, i.reported_at, i.category_id, i.cell_id, i.source, i.home_centre_id, i.lead_department_id,
            func.coalesce(before, i.priority).label("priority"), text.label("text"),
        )
        .where(i.home_centre_id.in_(wanted.centres), i.reported_at >= wanted.since, i.reported_at < wanted.until)
        .where(seen_by(caller))
        .order_by(i.reported_at.desc(), i.id.desc())
        .limit(wanted.limit)
        .execution_options(yield_per=CHUNK)
    )  # fmt: skip
    found = await session.stream(statement)
    async for chunk in found.partitions():
        yield chunk


def _any_of(ids: Collection[UUID]) -> ColumnElement[Any]:
    """One parameter, however many there are: the statement stays the same."""
    return any_(literal(list(ids), ARRAY(PgUUID(as_uuid=True))))


async def categories(session: Session, ids: Collection[UUID]) -> dict[UUID, tuple[str, str]]:
    """Code and domain of categories."""
    statement = select(Category.id, Category.code, Category.domain).where(Category.id == _any_of(ids))
    return {row.id: (row.code, row.domain) for row in await session.execute(statement)}


async def cells(session: Session, ids: Collection[UUID]) -> dict[UUID, tuple[str, frozenset[str]]]:
    """The codes of cells, and of the areas above each."""
    statement = select(GridCell.id, GridCell.code, GridCell.places).where(GridCell.id == _any_of(ids))
    rows = await session.execute(statement)
    return {row.id: (row.code, frozenset(place["code"] for place in row.places)) for row in rows}


async def organisations(session: Session, ids: Collection[UUID]) -> dict[UUID, str]:
    """The codes of organisations."""
    rows = await session.execute(select(Organisation.id, Organisation.code).where(Organisation.id == _any_of(ids)))
    return {row.id: row.code for row in rows}
