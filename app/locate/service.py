"""The use case of locating: which cell holds a point, and which others may."""

from collections.abc import Mapping
from typing import Any

import orjson

from app.core.db import Lane
from app.grid.schemas import OutsideJurisdiction, Place
from app.locate import queries
from app.locate.schemas import Candidate, CommandingCentre, Located, LocatedCell, Spot


async def locate(lane: Lane, spot: Spot) -> Located:
    """Where a point is, in the grid plan of an instant. Of cells that meet in it, the one with the smallest code.

    Raises:
        OutsideJurisdiction: no cell holds it; `candidates` names those that are near.
    """
    position, reach_m = spot.position, spot.reach_m
    rows = await queries.NEAR.rows(lane, lon=position.lon, lat=position.lat, reach_m=reach_m, at=spot.at)
    if not rows or not rows[0]["holds"]:
        near = sorted(map(_candidate, rows), key=lambda one: one.distance_m)
        raise OutsideJurisdiction(candidates=[one.model_dump(mode="json") for one in near])
    first, *others = rows
    return Located(
        location=position,
        cell=LocatedCell(**_cell(first)),
        areas=_places(first),
        centre=_centre(first),
        distance_to_border_m=round(first["border_m"], 2),
        candidates=sorted(map(_candidate, others), key=lambda one: one.distance_m),
    )


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
