"""What a recording says about a fleet: where its points lie, and on which days each vehicle was out."""

from array import array
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.replay.fleet.mapping import FleetMapping
from app.replay.fleet.reading import Days, fix_of, patrol_code
from app.replay.mapping import Jurisdiction, Unreadable
from app.replay.reading import NotSent, text
from app.replay.recording import rows

SAME_DEG = 0.01
"""A receiver without a fix says 0 and 0 degrees."""


class FleetSurvey:
    """One look at all rows of a file; all its ground is of one area."""

    def __init__(self, path: Path, mapping: FleetMapping, last_on: date) -> None:
        self.mapping = mapping
        self.wanted: Jurisdiction = mapping.jurisdiction.jurisdiction()
        self.zone: str = mapping.time.zone.key
        self.days = Days.of(path, mapping, last_on)
        self.codes = [f"{self.wanted.code}.all"]
        self.names = {self.codes[0]: self.wanted.name_en}
        self.vehicles: dict[str, tuple[str, set[date]]] = {}
        out = {self.days.on(day) for day in self.days.recorded}
        self.begins_at = datetime.combine(min(out) - timedelta(days=1), time(), self.days.zone)
        lons, lats = array("d"), array("d")
        for values in rows(path, mapping):
            try:
                fix = fix_of(values, mapping, self.days)
            except NotSent:
                continue
            vehicle = text(values or {}, mapping.vehicle) or ""
            day = datetime.fromisoformat(fix["observed_at"]).astimezone(self.days.zone).date()
            days = self.vehicles.setdefault(patrol_code(mapping, vehicle), (vehicle, set()))[1]
            if day in out:
                days.add(day)
            lon, lat = fix["location"]
            if abs(lon) > SAME_DEG or abs(lat) > SAME_DEG:
                lons.append(lon)
                lats.append(lat)
        if not lons:
            raise Unreadable(f"{path.name} has no located row.")
        self.positions: NDArray[Any] = np.column_stack((np.frombuffer(lons), np.frombuffer(lats)))
        self.subareas: NDArray[Any] = np.zeros(len(lons), np.int32)
