"""Coordinate systems of layers: which are offered, in which order their coordinates stand, and boxes in them."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import orjson
import shapely
from pyproj import Transformer
from pyproj.exceptions import ProjError
from shapely.geometry.base import BaseGeometry

from app.core.geo import DECIMALS
from app.core.geo_arrays import all_wgs84_to_gcj02
from app.layer.filter.literals import ANTIMERIDIAN, rectangle
from app.layer.workflow import BadQuery

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
EPSG = "http://www.opengis.net/def/crs/EPSG/0/{}"
CRS: Mapping[str, int] = {CRS84: 0} | {EPSG.format(code): code for code in (4326, 3857, 4490, 4548, 4549)}
"""By its URI: 0 is WGS 84 with longitude first, as everything is kept."""
URI = {srid: uri for uri, srid in CRS.items()}
METRE_DIGITS = 3
DEGREES = frozenset({4326, 4490})
NORTH_FIRST = frozenset({4326, 4490, 4548, 4549})
"""Those whose authority puts latitude or northing first: so are their coordinates."""


def is_in_metres(srid: int) -> bool:
    """Whether coordinates in this system are metres, not degrees."""
    return srid not in DEGREES | {0}


def digits(srid: int) -> int:
    """To how many digits coordinates are written: to the centimetre, or finer."""
    return METRE_DIGITS if is_in_metres(srid) else DECIMALS


class Box(NamedTuple):
    """A box in degrees; where `west` is more than `east` it crosses the antimeridian."""

    west: float
    south: float
    east: float
    north: float

    @property
    def wraps(self) -> bool:
        """Whether it crosses the antimeridian."""
        return self.west > self.east

    @property
    def shape(self) -> BaseGeometry:
        """What lies in it: it may be as thin as a line or a point, and is in two parts where it wraps."""
        ends = [(self.west, ANTIMERIDIAN), (-ANTIMERIDIAN, self.east)] if self.wraps else [(self.west, self.east)]
        return shapely.unary_union([rectangle(first, self.south, last, self.north) for first, last in ends])


def crs(name: str, value: str) -> int:
    """The coordinate system of this URI.

    Raises:
        BadQuery: it is none of those offered.
    """
    found = CRS.get(value.removeprefix("<").removesuffix(">"))
    if found is None:
        raise BadQuery(f"{name} must be one of {', '.join(CRS)}.")
    return found


def box(value: str | None, srid: int) -> Box | None:
    """The box that `bbox` names in this system.

    Raises:
        BadQuery: it is none, or lies outside its system.
    """
    if value is None:
        return None
    try:
        numbers = [float(part) for part in value.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) == 6:  # noqa: PLR2004  # with heights, which nothing here has
        numbers = [*numbers[:2], *numbers[3:5]]
    if len(numbers) != 4 or not all(map(math.isfinite, numbers)):  # noqa: PLR2004  # two corners
        raise BadQuery("bbox must be four or six numbers: the lower corner and the upper.")
    if srid:
        numbers = _in_degrees(numbers, srid)
    west, south, east, north = numbers
    if south > north or not -360 <= west <= 360 or not -360 <= east <= 360:  # noqa: PLR2004  # degrees
        raise BadQuery("bbox must have its lower corner first.")
    return Box(west, max(south, -90.0), east, min(north, 90.0))


def _in_degrees(numbers: Sequence[float], srid: int) -> list[float]:
    """A box in another system as the box in degrees around it."""
    a, b, c, d = numbers
    west, south, east, north = (b, a, d, c) if srid in NORTH_FIRST else (a, b, c, d)
    if srid in DEGREES:
        return [west, south, east, north]
    if west > east or south > north:
        raise BadQuery("bbox must have its lower corner first.")
    try:
        into = Transformer.from_crs(srid, 4326, always_xy=True)
        found = into.transform_bounds(west, south, east, north, errcheck=True)
    except ProjError:
        raise BadQuery("bbox lies outside its coordinate system.") from None
    return list(found)


def given_in(srid: int) -> Callable[[BaseGeometry], BaseGeometry] | None:
    """How a geometry that was written in a coordinate system becomes one in WGS 84; nothing where it is already."""
    if not srid:
        return None
    into = None if srid in DEGREES else Transformer.from_crs(srid, 4326, always_xy=True)

    def moved(corners: Any) -> Any:
        east, north = (corners[:, 1], corners[:, 0]) if srid in NORTH_FIRST else (corners[:, 0], corners[:, 1])
        return np.column_stack(into.transform(east, north) if into else (east, north))

    return lambda shape: shapely.transform(shape, moved)


def in_gcj02(feature: str) -> str:
    """A feature in degrees as Chinese consumer maps draw it."""
    body = orjson.loads(feature)
    if body["geometry"] is not None:
        body["geometry"]["coordinates"] = _shifted(body["geometry"]["coordinates"])
    return orjson.dumps(body).decode()


def _shifted(coordinates: Any) -> Any:
    if isinstance(coordinates[0], float | int):
        return _rounded(np.array([coordinates]))[0]
    if isinstance(coordinates[0][0], float | int):
        return _rounded(np.array(coordinates))
    return [_shifted(part) for part in coordinates]


def _rounded(positions: Any) -> Any:
    return np.round(all_wgs84_to_gcj02(positions), DECIMALS).tolist()
