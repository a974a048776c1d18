"""Geometries as they are asked for, in a statement."""

from typing import Any

from sqlalchemy import ColumnElement, func

from app.layer.crs.workflow import NORTH_FIRST, digits, is_in_metres


def placed(geometry: Any, srid: int) -> ColumnElement[Any]:
    """A geometry in a coordinate system, east first."""
    found: ColumnElement[Any] = func.ST_Transform(geometry, srid) if is_in_metres(srid) else geometry
    return found


def drawn(geometry: Any, srid: int, *, east_first: bool = False) -> ColumnElement[Any]:
    """A geometry as GeoJSON in a coordinate system, its axes as the authority orders them, or east first."""
    geometry = placed(geometry, srid)
    if srid in NORTH_FIRST and not east_first:
        geometry = func.ST_FlipCoordinates(geometry)
    return func.ST_AsGeoJSON(geometry, digits(srid), 0)
