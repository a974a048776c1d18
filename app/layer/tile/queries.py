"""The statements of tiles: one collection in one tile as finished bytes, and a mark of how the ground is."""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    DateTime,
    Double,
    Integer,
    Select,
    Text,
    any_,
    bindparam,
    case,
    cast,
    func,
    literal_column,
    select,
)
from sqlalchemy.dialects.postgresql import BIT
from sqlalchemy.sql.selectable import Subquery

from app.agency.models import CentreArea, Department
from app.core.db import Base, Hot
from app.core.geo import MERCATOR, SRID
from app.grid.models import Area, Beat, BeatCell, GridCell, GridPlan
from app.identity.models import Organisation
from app.layer.feature.queries import TYPES, Filter, equal, queryables
from app.layer.filter.workflow import Kind
from app.layer.incident import queries as incidents
from app.layer.queries import SOURCES
from app.layer.tile.workflow import BINS, BUFFER, EXTENT, ID_DIGITS, Form
from app.layer.workflow import COLLECTIONS, Property, Shape

BIN_BITS = 20
"""The row and the column of a square of counted points each fit in so many."""
GROUND: Mapping[str, tuple[type[Base], ...]] = {
    "areas": (Area, CentreArea, Department),
    "grid_cells": (Area, CentreArea, Department, GridPlan),
    "beats": (GridPlan, Beat, BeatCell, Organisation),
}
"""The tables that decide what a tile of the ground shows, and to whom: cells change only with their plan."""


@lru_cache(maxsize=512)
def hot(form: Form) -> Hot:
    """The statement of a form without a filter of its own."""
    return Hot(lambda: tile(form))


def tile(form: Form, filtered: Filter | None = None) -> Select[Any]:
    """One row, whose `tile` is the finished bytes, empty where nothing is."""
    source = _source(form).subquery("s")
    conditions = [*_conditions(source, form)]
    if filtered is not None:
        conditions.append(filtered(queryables(form.collection, source.c.__getitem__)))
    found = (_counts if form.is_counted else _features)(source, form, conditions)
    drawn = found.subquery("f")
    layer: Any = literal_column(f"'{form.collection}'")
    columns: tuple[Any, ...] = (literal_column("'tile_shape'"), literal_column("'tile_number'"))
    return select(func.ST_AsMVT(literal_column("f"), layer, EXTENT, *columns).label("tile")).select_from(drawn)


def _source(form: Form) -> Any:
    """What the caller may see; of cells with the shape to look up and cut, and the finished one: `whole`, `drawn`."""
    if form.collection == "incidents" and not form.brief:
        return incidents.whole()
    found: Any = SOURCES[form.collection]()
    if form.collection == "beats":
        found = found.where(_is_near(form))
    if not form.shape:
        return found
    if form.collection == "beats":
        # of whole cells: simplified ones would gape along the borders they share
        return found.add_columns(func.ST_UnaryUnion(func.ST_Collect(GridCell.mercator)).label("whole"))
    shapes = (GridCell.mercator.label("whole"), getattr(GridCell, form.shape).label("drawn"))
    return found.add_columns(*shapes)


def _is_near(form: Form) -> ColumnElement[bool]:
    """The beat has a cell near the tile. As an array, which is found before beats are put together."""
    kept = GridCell.mercator if form.shape else GridCell.boundary
    near = select(BeatCell.beat_id).join(GridCell, GridCell.id == BeatCell.cell_id).where(kept.op("&&")(_around(form)))
    return Beat.id == any_(func.array(near.correlate(None).scalar_subquery()))


def _features(source: Subquery, form: Form, conditions: Sequence[ColumnElement[bool]]) -> Select[Any]:
    collection = COLLECTIONS[form.collection]
    is_point = collection.shape is Shape.POINT
    text = cast(source.c.id, Text)
    digits = func.concat("x", func.substr(text, 24 - (ID_DIGITS - 12), ID_DIGITS - 12), func.right(text, 12))
    number = cast(cast(digits, BIT(4 * ID_DIGITS)), BigInteger)
    drawn = func.ST_MakePoint(*(func.round(at) for at in _way(source, form))) if is_point else _cut(source, form)
    told = (_told(source, one) for one in form.told)
    columns: tuple[Any, ...] = (drawn.label("tile_shape"), number.label("tile_number"), text.label("id"), *told)
    return select(*columns).where(*conditions)


def _told(source: Subquery, one: Property) -> ColumnElement[Any]:
    """A property as the GeoJSON of items has it."""
    column = source.c[one.name]
    if one.kind is not Kind.INSTANT:
        return column
    return func.btrim(cast(func.to_json(column), Text), literal_column("'\"'")).label(one.name)


def _cut(source: Subquery, form: Form) -> ColumnElement[Any]:
    """The shape in the tile's grid; one too small for it becomes a square of two units, not nothing."""
    box = select(func.box2d(_envelope(form.srid, "west", "south", "east", "north"))).scalar_subquery()
    shape: Any = source.c.whole if form.shape else source.c.geometry
    if not form.shape and form.srid == MERCATOR:
        shape = func.ST_Transform(shape, MERCATOR)

    def within(geometry: Any, buffer: int = BUFFER) -> ColumnElement[Any]:
        return func.ST_AsMVTGeom(geometry, box, EXTENT, buffer, True)

    if form.labels:
        return within(func.ST_PointOnSurface(shape), 0)  # in one tile only: without a shape a feature is left out
    speck = func.ST_Reverse(func.ST_Expand(within(func.ST_PointOnSurface(shape)), 1))
    cut = func.coalesce(within(shape), speck)
    if not form.shape.startswith("drawn"):
        return cut
    lies_within = source.c.drawn.op("@")(select(_grid_box()).scalar_subquery())
    return case((lies_within, func.ST_Translate(source.c.drawn, -_number("grid_x"), -_number("grid_y"))), else_=cut)


def _grid_box() -> ColumnElement[Any]:
    """The tile with its margin on the grid of all tiles of its zoom."""
    corners = (_number(name) + add for add in (-BUFFER, EXTENT + BUFFER) for name in ("grid_x", "grid_y"))
    return func.ST_MakeEnvelope(*corners, 0)


def _way(source: Subquery, form: Form) -> tuple[ColumnElement[float], ColumnElement[float]]:
    """Where a point is in the tile's grid: reckoned here, since to transform each would cost more than the rest."""
    lon, lat = func.ST_X(source.c.geometry), func.ST_Y(source.c.geometry)
    northing = lat if form.srid == SRID else func.ln(func.tan(func.radians(lat / 2.0 + 45.0)))
    return (lon - _number("lon_0")) * _number("scale_x"), (_number("north_0") - northing) * _number("scale_y")


def _counts(source: Subquery, form: Form, conditions: Sequence[ColumnElement[bool]]) -> Select[Any]:
    """How many points are in each square of the tile, in the middle of them; each point is in one tile only."""
    x, y = _way(source, form)
    columns: tuple[Any, ...] = (x.label("x"), y.label("y"), source.c.is_open, source.c.is_overdue, source.c.priority)
    # the offset keeps the way from being reckoned again for each column made of it
    points = select(*columns).where(*conditions).offset(literal_column("0")).subquery("p")
    p, side = points.c, EXTENT // BINS
    column, row = (cast(func.floor(at / float(side)), Integer) for at in (p.x, p.y))
    number = (cast(column, BigInteger) + _whole("bin_x")) * 2**BIN_BITS + row + _whole("bin_y")
    return (
        select(
            func.ST_MakePoint(func.round(func.avg(p.x)), func.round(func.avg(p.y))).label("tile_shape"),
            number.label("tile_number"),
            func.count().label("count"),
            func.count().filter(p.is_open).label("open"),
            func.count().filter(p.is_overdue).label("overdue"),
            func.min(p.priority).label("priority"),
        )
        .group_by(column, row)
        .having(func.min(column).between(0, BINS - 1), func.min(row).between(0, BINS - 1))
    )


def _conditions(source: Subquery, form: Form) -> Iterator[ColumnElement[bool]]:
    collection = COLLECTIONS[form.collection]
    place = source.c.whole if form.shape else source.c.geometry
    yield place.op("&&")(_around(form))
    if form.timed:
        at = source.c[collection.time[0]]
        yield at >= bindparam("begin", type_=DateTime(timezone=True))
        yield at <= bindparam("until", type_=DateTime(timezone=True))
    for position, name in enumerate(form.equal):
        known = collection.named(name)
        assert known is not None, "what is unknown is refused"  # noqa: S101  # a programming error
        yield from equal(source.c, form.collection, name, bindparam(f"equal_{position}", type_=TYPES[known.kind]))


def _around(form: Form) -> ColumnElement[Any]:
    """The box of the tile with its margin, in the system of what is looked up."""
    if not form.shape:
        return _envelope(SRID, "lon_from", "lat_from", "lon_to", "lat_to")
    return func.ST_Expand(_envelope(form.srid, "west", "south", "east", "north"), _number("margin"))


def _envelope(srid: int, *corners: str) -> ColumnElement[Any]:
    return func.ST_MakeEnvelope(*map(_number, corners), srid)


def _number(name: str) -> Any:
    return bindparam(name, type_=Double)


def _whole(name: str) -> Any:
    return bindparam(name, type_=BigInteger)


@lru_cache
def ground(collection: str) -> Hot:
    """The statement of a text that is another one as soon as anything of the ground has changed, or come into force.

    A row that is made or changed has a transaction of its own, one that is gone is missing: whoever did it, however.
    """
    return Hot(lambda: select(func.concat_ws(":", *_marks(collection)).label("mark")))


def _marks(collection: str) -> Iterator[Any]:
    for table in GROUND[collection]:
        written_by = cast(cast(literal_column(f"{table.__tablename__}.xmin"), Text), BigInteger)
        yield select(func.count()).select_from(table).scalar_subquery()
        yield select(func.sum(written_by)).select_from(table).scalar_subquery()
    for instant in (GridPlan.effective_from, GridPlan.effective_until):
        yield select(func.count()).where(instant <= func.now()).select_from(GridPlan).scalar_subquery()
