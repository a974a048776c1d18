"""What a row of a fleet says: the fix it becomes, on which day it is told again, or why it cannot be one."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from app.replay.fleet.mapping import FleetMapping, Measure, Moved
from app.replay.mapping import Clock, Unreadable
from app.replay.reading import NotSent, Reason, Values, code_of, instant, located, number, text
from app.replay.recording import rows

Fix = dict[str, Any]


class Days:
    """Recorded days as days up to a wanted last one."""

    def __init__(self, recorded: Iterable[date], moved: Moved, zone: ZoneInfo, last_on: date) -> None:
        self.recorded = sorted(recorded)
        self.zone = zone
        if not self.recorded:
            raise Unreadable("No row has a time.")
        self._later = last_on - self.recorded[-1]
        self._places = {day: n for n, day in enumerate(reversed(self.recorded))} if moved is Moved.BY_DAY else None
        self._last_on = last_on

    @classmethod
    def of(cls, path: Path, mapping: FleetMapping, last_on: date) -> "Days":
        """The days on which the rows of a file were recorded.

        Raises:
            Unreadable: the file, or there are none.
        """
        seen = (day for values in rows(path, mapping) if values and (day := recorded_on(values, mapping)))
        return cls(set(seen), mapping.time.moved, mapping.time.zone, last_on)

    def on(self, day: date) -> date:
        """The day that a recorded day becomes."""
        if self._places is None:
            return day + self._later
        return self._last_on - timedelta(days=self._places[day]) if day in self._places else day

    def at(self, recorded: datetime) -> datetime:
        """The instant that a recorded one becomes: as long after the beginning of its day."""
        day = recorded.astimezone(self.zone).date()
        return recorded + (self._midnight(self.on(day)) - self._midnight(day))

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time(), self.zone).astimezone(UTC)


def recorded_on(values: Values, mapping: FleetMapping) -> date | None:
    """The day a row was recorded on."""
    fetched = mapping.time.fetched_at
    at = instant(values, fetched, Clock(zone=mapping.time.zone)) if fetched else _observed(values, mapping)
    return at.astimezone(mapping.time.zone).date() if at else None


def _observed(values: Values, mapping: FleetMapping) -> datetime | None:
    return instant(values, mapping.time.observed_at, mapping.time)


def fix_of(values: Values | None, mapping: FleetMapping, days: Days) -> Fix:
    """The fix a row becomes, as the API takes it.

    Raises:
        NotSent: it cannot be one, and why.
    """
    if values is None:
        raise NotSent(Reason.MALFORMED)
    if mapping.whole and any(number(values.get(column)) is None for column in mapping.whole.numbers):
        raise NotSent(Reason.SHIFTED_COLUMNS)
    vehicle = text(values, mapping.vehicle)
    if vehicle is None:
        raise NotSent(Reason.MISSING_VEHICLE)
    observed_at = _observed(values, mapping)
    if observed_at is None:
        raise NotSent(Reason.MISSING_TIME)
    said = {
        "patrol": patrol_code(mapping, vehicle),
        "device_id": vehicle,
        "observed_at": days.at(observed_at).isoformat(),
        "location": list(located(values, mapping.place)),
        "speed_mps": _measured(values, mapping.speed_mps),
        "heading_deg": _measured(values, mapping.heading_deg),
    }
    return {name: value for name, value in said.items() if value is not None}


def patrol_code(mapping: FleetMapping, vehicle: str) -> str:
    """The code of the patrol that a vehicle is."""
    return f"{mapping.jurisdiction.code}-{code_of(vehicle)}"[:64]


def _measured(values: Values, measure: Measure | None) -> float | None:
    found = number(values.get(measure.column)) if measure else None
    return None if found is None or measure is None else round(found * measure.factor, 3)
