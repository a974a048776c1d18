"""Geometries between the systems they are asked for in and WGS 84, as statements."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, func

from app.core.geo import SRID
from app.layer.crs.workflow import DEGREES, DIGITS, NORTH_FIRST

METRE_DIGITS = 3


def drawn(geometry: Any, srid: int) -> ColumnElement[Any]:
    """A geometry as GeoJSON in a coordinate system, its axes as the authority orders them."""
    is_in_metres = srid and srid not in DEGREES
    if is_in_metres:
        geometry = func.ST_Transform(geometry, srid)
    if srid in NORTH_FIRST:
        geometry = func.ST_FlipCoordinates(geometry)
    return func.ST_AsGeoJSON(geometry, METRE_DIGITS if is_in_metres else DIGITS, 0)


def given_in(srid: int) -> Callable[[ColumnElement[Any]], ColumnElement[Any]]:
    """How a geometry that was written in a coordinate system becomes one in WGS 84."""

    def in_wgs84(geometry: ColumnElement[Any]) -> ColumnElement[Any]:
        if srid in NORTH_FIRST:
            geometry = func.ST_FlipCoordinates(geometry)
        if srid and srid not in DEGREES:
            geometry = func.ST_Transform(func.ST_SetSRID(geometry, srid), SRID)
        return geometry

    return in_wgs84
