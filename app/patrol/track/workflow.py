"""How a track is drawn: what its fixes say about each other, and which of them a simpler line keeps."""

import math
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from shapely import LineString

from app.core.geo import MEAN_RADIUS_M, LonLat, metres_between
from app.patrol.workflow import FASTEST_MPS, Quality

METRES_A_DEGREE = math.radians(MEAN_RADIUS_M)
MOVING_MPS = 1.0
"""A receiver that stands still drifts; one that says it moves and never leaves its place to the last digit is stuck."""
TRUSTED = frozenset({Quality.GOOD, Quality.COARSE, Quality.CLOCK_AHEAD})
ON_ITS_OWN = frozenset({Quality.ZERO_ISLAND, Quality.MOCK, Quality.TOO_FAST})


class Spot(NamedTuple):
    """A stored fix as a track shows it."""

    observed_at: datetime
    device_id: str
    shift_id: UUID
    lon: float
    lat: float
    accuracy_m: float | None
    speed_mps: float | None
    quality: Quality


def lines(spots: Iterable[Spot]) -> dict[tuple[UUID, str], list[Spot]]:
    """Fixes in the order of time as one line a shift and device, each fix judged by the one before it."""
    found: dict[tuple[UUID, str], list[Spot]] = {}
    for spot in spots:
        found.setdefault((spot.shift_id, spot.device_id), []).append(spot)
    return {key: judged(line) for key, line in found.items()}


def judged(line: Sequence[Spot]) -> list[Spot]:
    """The line with jumps and repeats marked. After a jump the next fix is held against the last one before it.

    So a single outlier is a jump and the way back is none. Should the place of a jump last, it is where the patrol is:
    the longer ago the last trusted fix, the further the patrol may have gone.
    """
    told: list[Spot] = []
    last: Spot | None = None
    for spot in line:
        quality = spot.quality if last is None or spot.quality in ON_ITS_OWN else _beside(last, spot)
        told.append(spot._replace(quality=quality))
        if quality not in ON_ITS_OWN and quality is not Quality.JUMP:
            last = spot
    return told


def _beside(last: Spot, spot: Spot) -> Quality:
    apart_m = metres_between(LonLat(last.lon, last.lat), LonLat(spot.lon, spot.lat))
    slack_m = (last.accuracy_m or 0) + (spot.accuracy_m or 0)
    if apart_m - slack_m > FASTEST_MPS * (spot.observed_at - last.observed_at).total_seconds():
        return Quality.JUMP
    if apart_m == 0 and (spot.speed_mps or 0) > MOVING_MPS:
        return Quality.REPEAT
    return spot.quality


def simplified(line: Sequence[Spot], tolerance_m: float) -> list[Spot]:
    """The fixes that a line within this tolerance needs (Douglas and Peucker), the first and the last among them."""
    if len(line) < 3:  # noqa: PLR2004  # a straight line
        return list(line)
    wide_m = METRES_A_DEGREE * math.cos(math.radians(line[0].lat))
    flat = [(spot.lon * wide_m, spot.lat * METRES_A_DEGREE, at) for at, spot in enumerate(line)]
    kept = LineString(flat).simplify(tolerance_m, preserve_topology=False)
    return [line[int(at)] for _, _, at in kept.coords]
