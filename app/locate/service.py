"""The use cases of locating: which cell holds a point, and which others may; what a code of the BeiDou grid means."""

import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson

from app.core import beidou
from app.core.db import Lane
from app.grid.schemas import OutsideJurisdiction, Place
from app.locate import queries
from app.locate.schemas import BeidouGridCell, Candidate, CommandingCentre, Located, LocatedCell, Size, Spot

PLACED_FROM = 5
"""The first level of the BeiDou grid whose code means a place, of about 100 by 120 m; a wider one is half a town."""


async def locate(lane: Lane, spot: Spot) -> Located:
    """Where a point is, in the grid plan of an instant. Of cells that meet in it, the one with the smallest code.

    Raises:
        OutsideJurisdiction: no cell holds it; `candidates` names those that are near.
    """
    position, reach_m = spot.position, spot.reach_m
    rows = await queries.NEAR.rows(lane, lon=position.lon, lat=position.lat, reach_m=reach_m, at=spot.at)
    if not rows or not rows[0]["holds"]:
        raise OutsideJurisdiction(candidates=[one.model_dump(mode="json") for one in _nearest(rows)])
    first, *others = rows
    return Located(
        location=position,
        cell=LocatedCell(**_cell(first)),
        areas=_places(first),
        centre=_centre(first),
        distance_to_border_m=round(first["border_m"], 2),
        candidates=_nearest(others),
        beidou=beidou.named(position),
    )


async def beidou_cell(lane: Lane, found: beidou.Cell, at: datetime | None) -> BeidouGridCell:
    """A cell of the BeiDou grid, with the cell that holds its middle and those that others in it may be in."""
    lon, lat = found.centre
    wide, high = found.size_m
    rows: list[Mapping[str, Any]] = []
    if found.level >= PLACED_FROM:
        rows = await queries.NEAR.rows(lane, lon=lon, lat=lat, reach_m=math.hypot(wide, high) / 2, at=at)
    first = rows[0] if rows and rows[0]["holds"] else None
    return BeidouGridCell(
        code=found.code,
        level=found.level,
        parent=found.parent,
        location=found.centre,
        box=(found.west, found.south, found.east, found.north),
        size_m=Size(east_west=round(wide, 3), north_south=round(high, 3)),
        cell=LocatedCell(**_cell(first)) if first else None,
        areas=_places(first) if first else [],
        centre=_centre(first) if first else None,
        candidates=_nearest(rows[1:] if first else rows),
    )


def _nearest(rows: list[Mapping[str, Any]]) -> list[Candidate]:
    return sorted(map(_candidate, rows), key=lambda one: one.distance_m)


def _candidate(row: Mapping[str, Any]) -> Candidate:
    distance_m = round(row["away_m"], 2)
    return Candidate(**_cell(row), distance_m=distance_m, areas=_places(row), centre=_centre(row))


def _cell(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in ("id", "plan_id", "code", "kind")}


def _places(row: Mapping[str, Any]) -> list[Place]:
    held = row["places"]
    return [Place(**place) for place in (orjson.loads(held) if isinstance(held, str) else held)]


def _centre(row: Mapping[str, Any]) -> CommandingCentre | None:
    if row["centre_id"] is None:
        return None
    return CommandingCentre(
        id=row["centre_id"],
        code=row["centre_code"],
        name=row["centre_name"],
        name_en=row["centre_name_en"],
        level=row["centre_level"],
    )
