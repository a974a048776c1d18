"""On which days a template gives a shift, and at which instants it begins and ends."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Pattern:
    """The days of `weekdays` (1 is Monday) that are a multiple of `every_days` after `valid_from`."""

    starts: time
    length: timedelta
    weekdays: Collection[int]
    every_days: int
    valid_from: date
    valid_until: date | None

    def days(self, starts_on: date, ends_on: date) -> Iterator[date]:
        """Its days in a period, both ends included."""
        first = max(starts_on, self.valid_from)
        last = ends_on if self.valid_until is None else min(ends_on, self.valid_until)
        on = first + timedelta(days=-(first - self.valid_from).days % self.every_days)
        while on <= last:
            if on.isoweekday() in self.weekdays:
                yield on
            on += timedelta(days=self.every_days)

    def span(self, on: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """When a day's shift begins by the clock of the zone, and when it ends: so much time later, whatever the clock.

        A time that the clock skips that day is the instant an hour on; one that it shows twice is the first.
        """
        begins = datetime.combine(on, self.starts, zone).astimezone(UTC)
        return begins, begins + self.length

    def turn(self, on: date) -> int:
        """How often its cycle has come round by a day: crews take their beats in turn by it."""
        return (on - self.valid_from).days // self.every_days
