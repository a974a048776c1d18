"""The arithmetic of limits: which instants are working time, when a limit ends, how much of it has gone.

Work days: each day's working periods together are one day, however long they are. Half a day into Monday's periods,
one work day ends half a day into the periods of the next day that has any. A start outside working time counts from the
next working instant; an end is the earliest instant at which the whole limit has gone, so a day that starts with the
periods ends with them. Wall times follow RFC 5545 section 3.3.5: one that the clock passes twice means the first pass,
one that it skips is read with the offset before the change.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple, Self
from zoneinfo import ZoneInfo

from app.agency.workflow import Limit, Step, Unit

__all__ = ["Chosen", "Limit", "NoWorkingTime", "Step", "Unit", "WorkCalendar", "chosen", "limit_for"]

CONTINUOUS = {
    Unit.MINUTE: timedelta(minutes=1),
    Unit.URGENT_HOUR: timedelta(hours=1),
    Unit.NATURAL_DAY: timedelta(days=1),
}
AT_WORK = {
    Unit.MINUTE: (1 / 60, Unit.WORK_HOUR),
    Unit.URGENT_HOUR: (1.0, Unit.WORK_HOUR),
    Unit.NATURAL_DAY: (1.0, Unit.WORK_DAY),
}
"""What time that runs through nights means to somebody who works by day: an hour is a working hour, a day a day's work."""
LONGEST_BREAK_DAYS = 366
ONE_DAY = timedelta(days=1)
WORK_HOUR = timedelta(hours=1)
CLOSE = 1e-9
"""Less of a unit than this is the rounding of floats, not time that is left."""

Minutes = tuple[int, int]
"""A period of a day, in minutes after midnight by the wall clock."""


class NoWorkingTime(ValueError):
    """The calendar has no working time for more than a year: a limit in working time would never end."""


class Stretch(NamedTuple):
    """A stretch of time that counts towards a limit."""

    starts_at: datetime
    ends_at: datetime
    seconds: float


Span = tuple[datetime, datetime]


@dataclass(frozen=True, eq=False)
class WorkCalendar:
    """When work is done: weekly periods in a time zone (0 is Monday), and the days that differ from their weekday.

    `id` and `version` say which stored calendar this is; `None` where it is none.
    """

    zone: ZoneInfo
    weekly: tuple[tuple[Minutes, ...], ...]
    days: Mapping[date, tuple[Minutes, ...]]
    id: str | None = None
    version: int | None = None
    _known: dict[date, tuple[Span, ...]] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        """The calendar of plain JSON: `time_zone`, `weekly` `{"1": [["08:00", "12:00"]]}`, `days` `{"2026-10-01": []}`.

        Raises:
            ValueError: the zone is unknown, or a period is not `["HH:MM", "HH:MM"]` in order.
        """
        try:
            zone = ZoneInfo(row["time_zone"])
        except (LookupError, OSError) as error:
            message = f"There is no time zone {row['time_zone']!r}."
            raise ValueError(message) from error
        weekly = tuple(_periods(row["weekly"].get(str(weekday), ())) for weekday in range(1, 8))
        days = {date.fromisoformat(on): _periods(periods) for on, periods in row.get("days", {}).items()}
        made_of = row.get("id")
        return cls(zone, weekly, days, made_of and str(made_of), row.get("version"))

    def due(self, start: datetime, limit: Limit) -> datetime:
        """The instant at which a limit that runs from `start` has gone.

        Raises:
            NoWorkingTime: more than 366 days pass without a working period.
        """
        return self.explain(start, limit)[-1].ends_at

    def add(self, start: datetime, seconds: float) -> datetime:
        """The instant at which this much working time has passed since `start`."""
        return start if seconds <= 0 else self._counted(start, seconds / 3600, Unit.WORK_HOUR)[-1].ends_at

    def explain(self, start: datetime, limit: Limit) -> list[Stretch]:
        """The stretches of time that make up a limit, in order; the last one ends when it is due."""
        whole = CONTINUOUS.get(limit.unit)
        if whole is None:
            return self._counted(_utc(start), limit.amount, limit.unit)
        start, length = _utc(start), limit.amount * whole
        return [Stretch(start, start + length, length.total_seconds())]

    def elapsed(self, start: datetime, end: datetime, unit: Unit) -> float:
        """How much of a unit passes between two instants; 0 if the end is not after the start."""
        start, end = _utc(start), max(_utc(start), _utc(end))
        if unit in CONTINUOUS:
            return (end - start) / CONTINUOUS[unit]
        gone, on, last = 0.0, self._date(start), self._date(end)
        while on <= last:
            spans = self.spans(on)
            whole = _length(spans) if unit is Unit.WORK_DAY else WORK_HOUR
            worked = (min(to, end) - max(since, start) for since, to in spans if since < end and to > start)
            gone += sum((part / whole for part in worked), 0.0)
            on += ONE_DAY
        return gone

    def in_unit(self, start: datetime, limit: Limit, unit: Unit) -> Limit:
        """A limit that runs from `start`, told in another unit; time through nights becomes working time by `AT_WORK`."""
        if limit.unit is unit:
            return limit
        if unit not in CONTINUOUS and limit.unit in CONTINUOUS:
            share, at_work = AT_WORK[limit.unit]
            limit = Limit(amount=limit.amount * share, unit=at_work)
        return Limit(amount=self.elapsed(start, self.due(start, limit), unit), unit=unit)

    def spans(self, on: date) -> tuple[Span, ...]:
        """The working periods of a day as instants, in order and apart."""
        known = self._known.get(on)
        if known is None:
            known = self._known[on] = tuple(self._instants(on))
        return known

    def check(self) -> None:
        """Refuse a calendar that somewhere has no working time for more than a year.

        Raises:
            NoWorkingTime: it has.
        """
        if not any(self.weekly):
            raise NoWorkingTime("No day of the week has a working period.")
        for on in self.days:
            next(self._working_days(on))

    def _counted(self, start: datetime, amount: float, unit: Unit) -> list[Stretch]:
        start = _utc(start)
        left, counted = amount, list[Stretch]()
        for spans in self._working_days(self._date(start)):
            whole = _length(spans) if unit is Unit.WORK_DAY else WORK_HOUR
            for since, to in spans:
                begin = max(since, start)
                if begin >= to:
                    continue
                share = (to - begin) / whole
                end = to if share < left else min(to, begin + left * whole)
                counted.append(Stretch(begin, end, (end - begin).total_seconds()))
                left -= share
                if left < CLOSE:
                    return counted
        raise NoWorkingTime

    def _working_days(self, on: date) -> Iterator[tuple[Span, ...]]:
        """The periods of each day that has some, from a day on."""
        idle = 0
        while idle <= LONGEST_BREAK_DAYS:
            spans = self.spans(on)
            idle = 0 if spans else idle + 1
            if spans:
                yield spans
            on += ONE_DAY
        message = f"No working time in the {LONGEST_BREAK_DAYS} days before {on}."
        raise NoWorkingTime(message)

    def _instants(self, on: date) -> Iterator[Span]:
        done = datetime.min.replace(tzinfo=UTC)
        for first, last in self.days.get(on, self.weekly[on.weekday()]):
            since, to = max(self._instant(on, first), done), self._instant(on, last)
            if since < to:  # a change of the clock may swallow a period
                yield since, to
                done = to

    def _instant(self, on: date, minutes: int) -> datetime:
        wall = datetime.combine(on, time()) + timedelta(minutes=minutes)
        return wall.replace(tzinfo=self.zone).astimezone(UTC)

    def _date(self, at: datetime) -> date:
        return at.astimezone(self.zone).date()


class Chosen(NamedTuple):
    """A limit that was chosen, and the priority or level an override of it was for; empty: the plain limit."""

    limit: Limit
    override: dict[str, int]


def chosen(limits: Mapping[str, Any], step: Step, priority: int, level: int) -> Chosen | None:
    """The limit of a step in a standard's `limits`, for an incident's priority and the level of its centre.

    Of the overrides that fit, one that names the priority goes before one that names the level only.
    """
    row = limits.get(step)
    if row is None:
        return None
    facts = {"priority": priority, "level": level}
    fit = [o for o in row.get("overrides", ()) if all(o.get(name, fact) == fact for name, fact in facts.items())]
    best = max(fit, key=lambda o: ("priority" in o, "level" in o), default=row)
    return Chosen(Limit(amount=best["amount"], unit=best["unit"]), {n: best[n] for n in facts if n in best})


def limit_for(limits: Mapping[str, Any], step: Step, priority: int, level: int) -> Limit | None:
    """The limit that `chosen` chooses."""
    found = chosen(limits, step, priority, level)
    return None if found is None else found.limit


def _periods(rows: Sequence[Sequence[str]]) -> tuple[Minutes, ...]:
    periods = tuple((_minutes(since), _minutes(to)) for since, to in rows)
    ordered = [edge for period in periods for edge in period]
    if any(first >= last for first, last in periods) or ordered != sorted(ordered):
        raise ValueError("The periods of a day must each end after they start, in order and apart.")
    return periods


def _minutes(wall: str) -> int:
    """Minutes after midnight; the day ends at 24:00."""
    if wall == "24:00":
        return 24 * 60
    at = time.fromisoformat(wall)
    return at.hour * 60 + at.minute


def _length(spans: Sequence[Span]) -> timedelta:
    return sum((to - since for since, to in spans), timedelta())


def _utc(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise ValueError("An instant needs a time zone.")
    return at.astimezone(UTC)
