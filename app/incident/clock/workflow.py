"""How a due time came about: the stretches of time that count, between pauses, with what was added. Pure.

A clock is told by its start and limit, and by its entries in order: paused, resumed with so much left, extended, gone on
after it had ended. Each part is counted by the calendar, in the version, that counted when it happened.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple, Protocol

from app.catalogue.workflow import CLOSE, Limit, Stretch, Unit, WorkCalendar

YELLOW = 0.8
"""The share of a limit at which it shows yellow (workflow.md, section 4, rule 7)."""


class ClockEvent(StrEnum):
    """What happened to a clock. Its start and its end stand in its own row."""

    PAUSED = "paused"
    RESUMED = "resumed"
    EXTENDED = "extended"
    MET = "met"
    CANCELLED = "cancelled"
    BREACHED = "breached"
    REOPENED = "reopened"


class Entry(Protocol):
    """What happened to a clock."""

    what: str
    at: datetime
    details: dict[str, Any]


class Told(Protocol):
    """A clock as it is stored."""

    amount: float
    limit_amount: float | None
    unit: str
    basis: dict[str, Any] | None
    started_at: datetime
    due_at: datetime
    paused_at: datetime | None
    ended_at: datetime | None


class Pause(NamedTuple):
    """A time in which a clock stood still; without an end while it does."""

    starts_at: datetime
    ends_at: datetime | None


class Explanation(NamedTuple):
    """A due time taken apart; amounts are in the clock's unit.

    The stretches together are `amount`, less what is `left` behind a pause that lasts, plus or minus `recounted`: what a
    change of the calendar gave or took while the clock stood still.
    """

    stretches: list[Stretch]
    pauses: list[Pause]
    left: float
    left_s: float
    recounted: float
    plain_due_at: datetime
    yellow_at: datetime | None
    reckoned_due_at: datetime


class _Line:
    """Counted time as it grows, entry by entry; each stretch knows the calendar it was counted by."""

    def __init__(self, unit: Unit, start: datetime) -> None:
        self.unit, self.end = unit, start
        self.counted: list[tuple[Stretch, WorkCalendar]] = []
        self.pauses: list[Pause] = []
        self.recounted = 0.0
        self.cut = 0.0

    def count(self, start: datetime, amount: float, calendar: WorkCalendar) -> None:
        """Count an amount from an instant on."""
        limit = Limit(amount=amount, unit=self.unit)
        self.counted += [(stretch, calendar) for stretch in calendar.explain(start, limit)]
        self.end = self.counted[-1][0].ends_at

    def restart(self, start: datetime, details: Mapping[str, Any], calendar: WorkCalendar) -> None:
        """Count another limit from the old start; what pauses and extensions had added is behind it."""
        self.unit, self.counted, self.pauses = Unit(details["unit"]), [], []
        self.count(start, details["amount"], calendar)
        if details["carried"] > CLOSE:
            self.count(self.end, details["carried"], calendar)

    def pause(self, at: datetime) -> None:
        """Stand still: what would have counted later is cut off."""
        before = [(_until(stretch, at), calendar) for stretch, calendar in self.counted if stretch.starts_at < at]
        self.cut = self.amount(self.counted) - self.amount(before)
        self.counted = before
        self.pauses.append(Pause(at, None))

    def resume(self, at: datetime, left: float, calendar: WorkCalendar) -> None:
        """Go on with so much left."""
        self.pauses[-1] = Pause(self.pauses[-1].starts_at, at)
        if left > CLOSE:
            self.recounted += left - self.cut
            self.count(at, left, calendar)
        self.cut = 0.0

    def amount(self, counted: Iterable[tuple[Stretch, WorkCalendar]]) -> float:
        """How much of the unit these stretches are."""
        return sum(calendar.elapsed(one.starts_at, one.ends_at, self.unit) for one, calendar in counted)

    def after(self, at: datetime) -> list[tuple[Stretch, WorkCalendar]]:
        """The counted time after an instant."""
        return [(_since(stretch, at), calendar) for stretch, calendar in self.counted if stretch.ends_at > at]

    def reached(self, amount: float) -> datetime | None:
        """The instant at which so much has been counted; nothing where it never was."""
        for stretch, calendar in self.counted:
            share = calendar.elapsed(stretch.starts_at, stretch.ends_at, self.unit)
            if amount <= share + CLOSE:
                return min(calendar.due(stretch.starts_at, Limit(amount=amount, unit=self.unit)), stretch.ends_at)
            amount -= share
        return None


def explained(
    clock: Told, entries: Iterable[Entry], calendar_of: Callable[[Mapping[str, Any]], WorkCalendar], now: datetime
) -> Explanation:
    """How the due time of a clock came about. `calendar_of` finds the calendar that `details` or a `basis` name.

    Raises:
        NoWorkingTime: a calendar that counted is not known any more, and today's has no working time.
    """
    basis = clock.basis or {"amount": clock.limit_amount or clock.amount, "unit": clock.unit}
    line = _Line(Unit(basis["unit"]), clock.started_at)
    line.count(clock.started_at, basis["amount"], calendar_of(basis))
    plain = line.end
    for entry in entries:
        _enter(line, clock, entry, calendar_of(entry.details))
    ahead = line.after(clock.ended_at or now)
    stands = clock.paused_at is not None
    return Explanation(
        stretches=[stretch for stretch, _ in line.counted],
        pauses=line.pauses,
        left=line.cut if stands else line.amount(ahead),
        left_s=sum(stretch.seconds for stretch, _ in ahead),
        recounted=line.recounted,
        plain_due_at=plain,
        yellow_at=line.reached(YELLOW * clock.amount),
        reckoned_due_at=clock.due_at if stands else line.end,
    )


def _enter(line: _Line, clock: Told, entry: Entry, calendar: WorkCalendar) -> None:
    match entry.what:
        case "paused":
            line.pause(entry.at)
        case "resumed":
            line.resume(entry.at, entry.details["left"], calendar)
        case "extended":
            line.count(line.end, entry.details["amount"], calendar)
        case "reopened" if "amount" in entry.details:
            line.restart(clock.started_at, entry.details, calendar)


def _until(stretch: Stretch, at: datetime) -> Stretch:
    end = min(stretch.ends_at, at)
    return Stretch(stretch.starts_at, end, (end - stretch.starts_at).total_seconds())


def _since(stretch: Stretch, at: datetime) -> Stretch:
    start = max(stretch.starts_at, at)
    return Stretch(start, stretch.ends_at, (stretch.ends_at - start).total_seconds())
