"""The coverage map computed once more, in plain Python: every rule of docs/coverage.md, none of the product's code."""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

import shapely

STEP, HOUR = timedelta(minutes=10), timedelta(hours=1)
EARTH_M = 6371008.771415
FASTEST_MPS = 70.0


class Fix(NamedTuple):
    """One fix of a device."""

    patrol: str
    device: str
    at: datetime
    lon: float
    lat: float
    quality: str = "good"


class Seen(NamedTuple):
    """What an hour of a cell saw."""

    visits: int
    dwell_s: float
    patrols: int
    first_at: datetime
    last_at: datetime


class Stay(NamedTuple):
    """From when to when; `is_closed` if the end belongs to it: then a fix was there at that instant."""

    start: datetime
    end: datetime
    is_closed: bool

    def hours(self) -> Iterator[datetime]:
        """The hours it is in; one that ends where the hour begins is in it only if its end belongs to it."""
        hour = self.start.replace(minute=0, second=0, microsecond=0)
        yield hour
        while (hour := hour + HOUR) < self.end or (self.is_closed and hour == self.end):
            yield hour


def coverage(fixes: Iterable[Fix], cells: Mapping[str, shapely.Polygon]) -> dict[tuple[str, datetime], Seen]:
    """By cell and hour, what all patrols did."""
    presence: dict[tuple[str, datetime], list[tuple[str, list[Stay]]]] = defaultdict(list)
    for (patrol, cell), parts in _stays(fixes, cells).items():
        whole = _merged(parts)
        hours = {hour for stay in whole for hour in stay.hours()}
        for hour in hours:
            presence[cell, hour].append((patrol, whole))
    return {key: _seen(key[1], by_patrol) for key, by_patrol in presence.items()}


def _seen(hour: datetime, by_patrol: list[tuple[str, list[Stay]]]) -> Seen:
    stays = [stay for _, whole in by_patrol for stay in whole if hour in stay.hours()]
    parts = [(max(stay.start, hour), min(stay.end, hour + HOUR)) for stay in stays]
    return Seen(
        visits=sum(stay.start >= hour for stay in stays),
        dwell_s=sum(((end - start) for start, end in parts), timedelta()).total_seconds(),
        patrols=len(by_patrol),
        first_at=min(start for start, _ in parts),
        last_at=max(end for _, end in parts),
    )


def _stays(fixes: Iterable[Fix], cells: Mapping[str, shapely.Polygon]) -> dict[tuple[str, str], list[Stay]]:
    found: dict[tuple[str, str], list[Stay]] = defaultdict(list)
    tracks: dict[tuple[str, str], list[Fix]] = defaultdict(list)
    for fix in fixes:
        if fix.quality == "good":
            tracks[fix.patrol, fix.device].append(fix)
    for track in tracks.values():
        ordered = _without_jumps(sorted(track, key=lambda fix: fix.at))
        for fix, after in zip(ordered, [*ordered[1:], None], strict=True):
            goes_on = after is not None and after.at - fix.at <= STEP
            end = after.at if after is not None and goes_on else fix.at
            holding = [code for code, cell in cells.items() if cell.intersects(shapely.Point(fix.lon, fix.lat))]
            if holding:
                found[fix.patrol, min(holding)].append(Stay(fix.at, end, not goes_on))
    return found


def _without_jumps(track: list[Fix]) -> list[Fix]:
    far = [_is_too_far(one, two) for one, two in pairwise(track)]
    return [
        fix for fix, before, after in zip(track, [False, *far], [*far, False], strict=False) if not (before and after)
    ]


def _is_too_far(one: Fix, two: Fix) -> bool:
    apart = two.at - one.at
    return apart <= STEP and metres(one, two) > FASTEST_MPS * apart.total_seconds()


def metres(one: Fix, two: Fix) -> float:
    """The distance of two fixes on a sphere."""
    south, north = math.radians(one.lat), math.radians(two.lat)
    east = math.radians(two.lon - one.lon)
    half = math.sin((north - south) / 2) ** 2 + math.cos(south) * math.cos(north) * math.sin(east / 2) ** 2
    return 2 * EARTH_M * math.asin(math.sqrt(half))


def _merged(parts: list[Stay]) -> list[Stay]:
    whole: list[Stay] = []
    for part in sorted(parts):
        if whole and part.start <= whole[-1].end:
            last = whole[-1]
            end = max(last.end, part.end)
            closed = any(one.is_closed for one in (last, part) if one.end == end)
            whole[-1] = Stay(last.start, end, closed)
        else:
            whole.append(part)
    return whole
