"""What a literal of a filter means: numbers, texts, times and geometries, each checked so that a database takes it."""

import json
import math
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import numpy as np
import shapely
from pydantic import TypeAdapter, ValidationError
from shapely.geometry.base import BaseGeometry

from app.core.time import MICROSECOND, Instant, rfc3339
from app.layer.filter.tree import Day, Interval, InvalidFilter, Kind, Literal, Moment, Tree, one_of, sendable, shown

BIGGEST_INTEGER = 2**63 - 1
FARTHEST = 1e9
"""The largest coordinate of any system, in degrees or metres."""
VERTICES = 10_000
KNOTS = 1_000
"""Vertices of a line that crosses itself: it could do so at each pair of them."""
ANTIMERIDIAN = 180.0
FIRST_YEAR, LAST_YEAR = 2, 9998
"""What the driver and arithmetic with days leave of the years, as in `core.time`."""

SHAPES = {"Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon", "GeometryCollection"}

Placing = Callable[[BaseGeometry], BaseGeometry]
"""How a geometry comes from the coordinate system that it was written in."""

_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?", re.ASCII | re.IGNORECASE)
_BOXES = (4, 6)
_instants = TypeAdapter[datetime](Instant)


def scalar(value: Any) -> Literal:
    """A truth, a number or a text."""
    match value:
        case bool():
            return Literal(Kind.BOOLEAN, value)
        case int() | float():
            return number(value)
        case str():
            return Literal(Kind.STRING, sendable(value))
    raise InvalidFilter("Nothing equals NULL; IS NULL asks whether a property has a value.")


def size(tree: Tree) -> int | float:
    """The number that this is."""
    match tree:
        case Literal(Kind.INTEGER | Kind.NUMBER, int() | float() as found):
            return found
    raise InvalidFilter("A box is made of numbers.")


def number(value: float) -> Literal:
    """A number: whole where it is, and then exact."""
    try:
        near = float(value)
    except OverflowError:
        near = math.inf
    if not math.isfinite(near):
        raise InvalidFilter(f"{shown(value)} is not a number to filter by.")
    if near.is_integer() and abs(whole := int(value)) <= BIGGEST_INTEGER:
        return Literal(Kind.INTEGER, whole)
    return Literal(Kind.NUMBER, near)


def moment(value: Any) -> Literal | Day:
    """A date or an instant, whichever it looks like."""
    return day(value) if isinstance(value, str) and _DATE.fullmatch(value) else instant(value)


def day(value: Any) -> Day:
    """A date as RFC 3339 writes it."""
    try:
        found = date.fromisoformat(value) if isinstance(value, str) and _DATE.fullmatch(value) else None
    except ValueError:
        found = None
    if found is None or not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise InvalidFilter(f"{shown(value)} is not a date such as 2026-11-23.")
    return Day(found)


def instant(value: Any) -> Literal:
    """An instant as RFC 3339 writes it; without a zone it is in UTC."""
    try:
        if not isinstance(value, str) or not (found := _INSTANT.fullmatch(value)):
            raise InvalidFilter(f"{shown(value)} is not an instant such as 2026-11-23T02:00:00Z.")
        return Literal(Kind.INSTANT, _instants.validate_python(value if found[2] else f"{value}Z").astimezone(UTC))
    except ValidationError as error:
        raise InvalidFilter(f"{shown(value)} is not an instant: {error.errors()[0]['msg']}.") from error


def interval(start: Moment | None, end: Moment | None) -> Interval:
    """An interval, which must not end before it starts where both ends are known."""
    first, last = span(start), span(end)
    if first and last and first[0] > last[1]:
        raise InvalidFilter(f"The interval begins at {rfc3339(first[0])}, after its end at {rfc3339(last[1])}.")
    return Interval(start, end)


def span(moment: Moment | None) -> tuple[datetime, datetime] | None:
    """The first and last instant of a moment that is known without looking at a feature."""
    match moment:
        case Day(day):
            midnight = datetime.combine(day, time(), UTC)
            return midnight, midnight + timedelta(days=1) - MICROSECOND
        case Literal(Kind.INSTANT, datetime() as at):
            return at, at
    return None


def box(bounds: list[float]) -> Literal:
    """A box by its corners, height aside; one whose west is east of its east crosses the antimeridian."""
    if len(bounds) not in _BOXES:
        raise InvalidFilter(f"A box has 4 or 6 numbers, not {len(bounds)}.")
    half = len(bounds) // 2
    (west, south), (east, north) = bounds[:2], bounds[half : half + 2]
    if south > north:
        raise InvalidFilter(f"The box begins at {south} in the south, which is north of {north}.")
    parts = [(west, east)] if west <= east else [(west, ANTIMERIDIAN), (-ANTIMERIDIAN, east)]
    if any(first > last for first, last in parts):
        raise InvalidFilter(
            f"The box from {west} to {east} would cross the antimeridian, yet is not within 180 degrees."
        )
    return _geometry(
        lambda: shapely.unary_union([rectangle(first, south, last, north) for first, last in parts]), bounds
    )


def of_wkt(written: str) -> Literal:
    """A geometry in Well-Known Text."""
    return _geometry(lambda: shapely.from_wkt(written), written)


def of_geojson(value: dict[str, Any]) -> Literal:
    """A geometry in GeoJSON."""
    if not isinstance(value["type"], str) or value["type"] not in SHAPES:
        raise InvalidFilter(f"{shown(value['type'])} is none of the geometries {one_of(SHAPES)}.")
    return _geometry(lambda: shapely.from_geojson(json.dumps(value)), value)


def placed(shape: BaseGeometry, placing: Placing) -> BaseGeometry:
    """A geometry in another coordinate system.

    Raises:
        InvalidFilter: it cannot be there.
    """
    found = _geometry(lambda: placing(shape), shape).value
    assert isinstance(found, BaseGeometry)  # noqa: S101  # a programming error
    return found


def mixed(shape: BaseGeometry) -> bool:
    """Whether it is made of points, lines and surfaces together."""
    return bool(shape.geom_type == "GeometryCollection")


def _geometry(made: Callable[[], BaseGeometry], source: object) -> Literal:
    """A geometry that no spatial function chokes on: flat, finite, valid, a collection only if its parts are mixed."""
    try:
        with np.errstate(all="ignore"):  # numbers too large for a float are found below
            shape = shapely.force_2d(made())
            _reckonable(shape, source)
            return Literal(Kind.GEOMETRY, _of_one_sort(shape))
    except shapely.errors.ShapelyError as error:
        raise InvalidFilter(f"{shown(source)} is not a geometry: {_reason(error)}.") from error


def _reckonable(shape: BaseGeometry, source: object) -> None:
    corners = shapely.get_coordinates(shape)
    if not len(corners):
        raise InvalidFilter(f"The geometry {shown(source)} is empty.")
    if len(corners) > VERTICES:
        raise InvalidFilter(f"The geometry {shown(source)} has {len(corners)} vertices; {VERTICES} are allowed.")
    if not (np.abs(corners) <= FARTHEST).all():
        raise InvalidFilter(f"The geometry {shown(source)} has a coordinate that is no number up to {FARTHEST:.0f}.")
    if not shapely.is_valid(shape):  # to mend 200 vertices may take half a minute
        raise InvalidFilter(f"The geometry {shown(source)} is not valid: {shapely.is_valid_reason(shape)}.")
    if len(corners) > KNOTS and any(part.length and not part.area and not part.is_simple for part in _parts(shape)):
        raise InvalidFilter(f"The line {shown(source)} crosses itself; with more than {KNOTS} vertices it must not.")


def _of_one_sort(shape: BaseGeometry) -> BaseGeometry:
    """A collection whose parts are all points, all lines or all surfaces as one of these."""
    parts = _parts(shape)
    sorts = {part.geom_type.removeprefix("Multi") for part in parts}
    if not mixed(shape) or len(sorts) > 1:
        return shape
    single = [piece for part in parts for piece in getattr(part, "geoms", [part])]
    made = {"Point": shapely.multipoints, "LineString": shapely.multilinestrings, "Polygon": shapely.multipolygons}
    joined = made[sorts.pop()](single)
    return joined if shapely.is_valid(joined) else shape


def rectangle(west: float, south: float, east: float, north: float) -> BaseGeometry:
    """A box that may be as thin as a line or a point."""
    if west < east and south < north:
        return shapely.box(west, south, east, north)
    corner = shapely.Point(west, south)
    return corner if (west, south) == (east, north) else shapely.LineString([corner, (east, north)])


def _parts(shape: BaseGeometry) -> list[BaseGeometry]:
    if mixed(shape):
        return [part for inner in shape.geoms for part in _parts(inner)]
    return [] if shape.is_empty else [shape]


def _reason(error: Exception) -> str:
    return str(error).partition(": ")[2].strip().rstrip(".") or "its coordinates are no numbers"
