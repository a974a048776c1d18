"""The statements of the coverage map: what each visible cell saw in a period, one by one or put together."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ColumnElement, DateTime, Integer, Row, cast, func, literal, null, select, true
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql import Select
from sqlalchemy.sql.selectable import LateralFromClause, Subquery

from app.agency.models import CentreArea
from app.coverage.map.schemas import CoverageBy, CoverageFilters, CoverageForm
from app.coverage.map.workflow import Period
from app.coverage.models import CellPresence, PresenceProgress
from app.grid.models import Area, Beat, BeatCell, GridCell
from app.grid.queries import geojson, in_force, rows, within
from app.identity.workflow import Actor

INSTANT = DateTime(timezone=True)
After = tuple[str, UUID] | None


async def computed_until(session: AsyncSession) -> Any:
    """Up to when received fixes are in the map."""
    return await session.scalar(select(PresenceProgress.computed_until))


async def page(
    session: AsyncSession, caller: Actor, wanted: CoverageFilters, period: Period, after: After
) -> Sequence[Row[Any]]:
    """The places by their code, one more than asked for; `boundary` is empty unless GeoJSON is wanted."""
    drawn = wanted.f is CoverageForm.GEOJSON
    seen = _seen(caller, wanted, period)
    of = {CoverageBy.CELL: _by_cell, CoverageBy.BEAT: _by_beat, CoverageBy.AREA: _by_area}[wanted.by]
    places = of(seen, caller, wanted, drawn=drawn).subquery()
    statement = select(places).order_by(places.c.code, places.c.id).limit(wanted.limit + 1)
    if after is not None:
        statement = statement.where(func.row(places.c.code, places.c.id) > func.row(*after))
    return await rows(session, statement)


def commanded(caller: Actor) -> ColumnElement[bool]:
    """True for cells of areas whose centre the caller reaches."""
    return GridCell.area_id.in_(select(CentreArea.area_id).where(CentreArea.centre_id.in_(caller.centres)))


def _seen(caller: Actor, wanted: CoverageFilters, period: Period) -> Subquery:
    """Each visible cell in force at the period's end, with what it saw."""
    at = literal(period.end_at - timedelta(microseconds=1), INSTANT)
    start = func.greatest(literal(period.from_at, INSTANT), GridCell.valid_from, type_=INSTANT)
    end = literal(period.end_at, INSTANT)
    summed = _summed(period, start)
    idle = end - func.coalesce(summed.c.last_at, start)
    statement = (
        select(
            GridCell.id,
            GridCell.code,
            GridCell.area_id,
            GridCell.places,
            GridCell.boundary,
            cast(summed.c.hours > 0, Integer).label("visited"),
            func.coalesce(summed.c.visits, 0).label("visits"),
            func.coalesce(summed.c.dwell_s, 0).label("dwell_s"),
            func.coalesce(summed.c.patrols, 0).label("most_patrols"),
            _last(period).label("last_at"),
            _seconds(func.greatest(summed.c.gap, idle)).label("gap_s"),
        )
        .join(summed, true())
        .where(in_force(at), commanded(caller))
    )
    if wanted.area is not None:
        statement = statement.where(GridCell.area_id.in_(within(wanted.area)))
    if wanted.beat is not None:
        mine = select(Beat.id).where(Beat.id == wanted.beat, Beat.organisation_id.in_(caller.centres))
        statement = statement.where(GridCell.id.in_(select(BeatCell.cell_id).where(BeatCell.beat_id.in_(mine))))
    if wanted.visited is not None:
        statement = statement.where((summed.c.hours > 0) == wanted.visited)
    return statement.subquery("seen")


def _summed(period: Period, start: ColumnElement[Any]) -> LateralFromClause:
    """The hours of one cell put together; `gap` is the longest time before one of them without anybody."""
    p = CellPresence
    before = func.coalesce(func.lag(p.last_at).over(order_by=p.hour_at), start)
    hours = (
        select(p.visits, p.dwell_s, p.patrols, p.last_at, (p.first_at - before).label("gap"))
        .where(p.cell_id == GridCell.id, p.hour_at >= period.from_at, p.hour_at < period.until_at)
        .correlate(GridCell)
        .subquery()
    )
    return (
        select(
            func.count().label("hours"),
            func.sum(hours.c.visits).label("visits"),
            func.sum(hours.c.dwell_s).label("dwell_s"),
            func.max(hours.c.patrols).label("patrols"),
            func.max(hours.c.last_at).label("last_at"),
            func.max(hours.c.gap).label("gap"),
        )
        .select_from(hours)
        .lateral("summed")
    )


def _last(period: Period) -> Any:
    """When somebody was last in a cell, up to the end of the period."""
    p = CellPresence
    latest = select(p.last_at).where(p.cell_id == GridCell.id, p.hour_at < period.until_at)
    return latest.order_by(p.hour_at.desc()).limit(1).correlate(GridCell).scalar_subquery()


def _seconds(apart: ColumnElement[Any]) -> ColumnElement[int]:
    return cast(func.extract("epoch", apart), Integer)


def _by_cell(seen: Subquery, _: Actor, __: CoverageFilters, *, drawn: bool) -> Select[Any]:
    boundary = cast(geojson(seen.c.boundary), JSON) if drawn else null()
    named = seen.c.places[0]
    return select(
        seen.c.id,
        seen.c.code,
        func.coalesce(named["name"].astext, seen.c.code).label("name"),
        func.coalesce(named["name_en"].astext, seen.c.code).label("name_en"),
        literal(1).label("cells"),
        *(seen.c[name] for name in ("visited", "visits", "dwell_s", "most_patrols", "last_at", "gap_s")),
        boundary.label("boundary"),
    )


def _by_beat(seen: Subquery, caller: Actor, _: CoverageFilters, *, drawn: bool) -> Select[Any]:
    whole = _together(seen, Beat, drawn=drawn)
    joined = whole.join(BeatCell, BeatCell.cell_id == seen.c.id).join(Beat, Beat.id == BeatCell.beat_id)
    return joined.where(Beat.organisation_id.in_(caller.centres))


def _by_area(seen: Subquery, _: Actor, wanted: CoverageFilters, *, drawn: bool) -> Select[Any]:
    """The areas of a level that cells lie in, by the tree as it is now."""
    leaf = select(Area.id, Area.lineage).subquery()
    whole = _together(seen, Area, drawn=drawn).join(leaf, leaf.c.id == seen.c.area_id)
    return whole.join(Area, Area.id == leaf.c.lineage.any_()).where(Area.level == wanted.level)


def _together(seen: Subquery, place: type[Area] | type[Beat], *, drawn: bool) -> Select[Any]:
    boundary = cast(geojson(func.ST_Union(seen.c.boundary)), JSON) if drawn else null()
    columns: tuple[Any, ...] = (
        place.id,
        place.code,
        place.name,
        place.name_en,
        func.count().label("cells"),
        func.sum(seen.c.visited).label("visited"),
        func.sum(seen.c.visits).label("visits"),
        func.sum(seen.c.dwell_s).label("dwell_s"),
        func.max(seen.c.most_patrols).label("most_patrols"),
        func.max(seen.c.last_at).label("last_at"),
        func.max(seen.c.gap_s).label("gap_s"),
        boundary.label("boundary"),
    )
    return select(*columns).select_from(seen).group_by(place.id)
