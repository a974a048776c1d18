"""Geometries as they are asked for, in a statement."""

from typing import Any

from sqlalchemy import ColumnElement, func

from app.core.geo import DECIMALS
from app.layer.crs.workflow import DEGREES, NORTH_FIRST

METRE_DIGITS = 3


def drawn(geometry: Any, srid: int) -> ColumnElement[Any]:
    """A geometry as GeoJSON in a coordinate system, its axes as the authority orders them."""
    is_in_metres = srid and srid not in DEGREES
    if is_in_metres:
        geometry = func.ST_Transform(geometry, srid)
    if srid in NORTH_FIRST:
        geometry = func.ST_FlipCoordinates(geometry)
    return func.ST_AsGeoJSON(geometry, METRE_DIGITS if is_in_metres else DECIMALS, 0)
