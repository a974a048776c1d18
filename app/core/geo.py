"""Where things are: points in and out of the process, and the conversion of GCJ-02 map coordinates at the edge.

Everything inside is WGS 84 longitude and latitude in degrees (CGCS2000 to the centimetre).
"""

import math
import struct
from enum import StrEnum
from typing import Annotated, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

SRID = 4326
MERCATOR = 3857
"""The system that web maps are drawn in."""
SEMI_MAJOR_M = 6378245.0
ECCENTRICITY_2 = 0.00669342162296594323
MEAN_RADIUS_M = 6_371_008.8
DECIMALS = 7
"""Of a degree: a centimetre. What is kept of a place that somebody names is what is told of it, and finds it again."""
CHINA = (72.004, 0.8293, 137.8347, 55.8271)
INVERSE_ROUNDS = 12
INVERSE_CLOSE = 1e-11


class Datum(StrEnum):
    """The coordinate system a position is given in."""

    WGS84 = "wgs84"
    GCJ02 = "gcj02"


class LonLat(NamedTuple):
    """A position in degrees, longitude first."""

    lon: float
    lat: float


_EWKB = struct.Struct("<BIIdd")
_POINT_WITH_SRID = 0x20000001


def ewkb(lon: float, lat: float) -> bytes:
    """A point in degrees as PostGIS takes it."""
    return _EWKB.pack(1, _POINT_WITH_SRID, SRID, lon, lat)


class Point(BaseModel):
    """A GeoJSON point, longitude first."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"type": "Point", "coordinates": [118.63, 32.06]}}
    )

    type: Literal["Point"] = "Point"
    coordinates: tuple[Annotated[float, Field(ge=-180, le=180)], Annotated[float, Field(ge=-90, le=90)]]

    def wgs84(self, datum: Datum = Datum.WGS84) -> LonLat:
        """This position in WGS 84, to the centimetre."""
        lon, lat = to_wgs84(LonLat(*self.coordinates), datum)
        return LonLat(round(lon, DECIMALS), round(lat, DECIMALS))


def metres_between(one: LonLat, other: LonLat) -> float:
    """The distance of two positions on a sphere of the earth's mean radius, in metres: within 0.5 % of the true one."""
    lat, other_lat = math.radians(one.lat), math.radians(other.lat)
    half = math.sin((other_lat - lat) / 2) ** 2
    half += math.cos(lat) * math.cos(other_lat) * math.sin(math.radians(other.lon - one.lon) / 2) ** 2
    return 2 * MEAN_RADIUS_M * math.asin(min(1.0, math.sqrt(half)))


def to_wgs84(position: LonLat, datum: Datum) -> LonLat:
    """A position given in a datum, in WGS 84 (to 1e-9 degrees)."""
    return position if datum is Datum.WGS84 else gcj02_to_wgs84(position)


def gcj02_to_wgs84(position: LonLat) -> LonLat:
    """Undo the shift of Chinese consumer maps by iterating it; outside mainland China nothing is shifted."""
    guess = position
    for _ in range(INVERSE_ROUNDS):
        there = wgs84_to_gcj02(guess)
        off = LonLat(there.lon - position.lon, there.lat - position.lat)
        guess = LonLat(guess.lon - off.lon, guess.lat - off.lat)
        if abs(off.lon) < INVERSE_CLOSE and abs(off.lat) < INVERSE_CLOSE:
            break
    return guess


def wgs84_to_gcj02(position: LonLat) -> LonLat:
    """The place where a Chinese consumer map draws a WGS 84 position."""
    west, south, east, north = CHINA
    if not (west <= position.lon <= east and south <= position.lat <= north):
        return position
    x, y = position.lon - 105.0, position.lat - 35.0
    rad = math.radians(position.lat)
    magic = 1 - ECCENTRICITY_2 * math.sin(rad) ** 2
    north_m = _shift_lat(x, y)
    east_m = _shift_lon(x, y)
    d_lat = north_m * 180.0 / (SEMI_MAJOR_M * (1 - ECCENTRICITY_2) / (magic * math.sqrt(magic)) * math.pi)
    d_lon = east_m * 180.0 / (SEMI_MAJOR_M / math.sqrt(magic) * math.cos(rad) * math.pi)
    return LonLat(position.lon + d_lon, position.lat + d_lat)


def _ripple(x: float, lead: float) -> float:
    pi = math.pi
    short = (20.0 * math.sin(6.0 * x * pi) + 20.0 * math.sin(2.0 * x * pi)) * 2.0 / 3.0
    return short + (20.0 * math.sin(lead * pi) + 40.0 * math.sin(lead / 3.0 * pi)) * 2.0 / 3.0


def _shift_lat(x: float, y: float) -> float:
    base = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * math.sqrt(abs(x))
    pi = math.pi
    return base + _ripple(x, y) + (160.0 * math.sin(y / 12.0 * pi) + 320.0 * math.sin(y * pi / 30.0)) * 2.0 / 3.0


def _shift_lon(x: float, y: float) -> float:
    base = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * math.sqrt(abs(x))
    pi = math.pi
    return base + _ripple(x, x) + (150.0 * math.sin(x / 12.0 * pi) + 300.0 * math.sin(x / 30.0 * pi)) * 2.0 / 3.0
