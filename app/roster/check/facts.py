"""What the rules of a roster look at: its shifts with their crews, the duties around it, the ground it covers."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from uuid import UUID
from zoneinfo import ZoneInfo

from app.roster.workflow import Serving, Wanted


class Severity(StrEnum):
    """A hard rule stands against publishing; a soft one is only said."""

    HARD = "hard"
    SOFT = "soft"


@dataclass(frozen=True, slots=True)
class Sitter:
    """An officer on a shift; `departments` are the codes of the own one and of everything above, nearest first."""

    officer: str
    departments: tuple[str, ...]
    skills: frozenset[str] = frozenset()
    is_leader: bool = False
    is_active: bool = True


@dataclass(frozen=True, slots=True)
class Duty:
    """A time of an officer or a patrol on a shift, of the roster (`is_own`) or outside it."""

    shift_id: UUID
    starts_at: datetime
    ends_at: datetime
    is_own: bool = True
    is_standby: bool = False


@dataclass(frozen=True, slots=True)
class Planned:
    """A shift of the roster with its crew and the codes of the cells of its beat."""

    id: UUID
    patrol: str
    starts_at: datetime
    ends_at: datetime
    wanted: Wanted
    crew: tuple[Sitter, ...] = ()
    cells: frozenset[str] = frozenset()

    @property
    def seats_left(self) -> int:
        """How many more people it wants."""
        return max(sum(self.wanted.mix.values()) - len(self.crew), 0)

    @property
    def skills_missing(self) -> list[str]:
        """The skills it wants that nobody on it has."""
        had = frozenset[str]().union(*(sitter.skills for sitter in self.crew))
        return [skill for skill in self.wanted.skills if skill not in had]

    def duty(self) -> Duty:
        """Its time, for each of those on it."""
        return Duty(self.id, self.starts_at, self.ends_at, is_standby=self.wanted.is_standby)


@dataclass(frozen=True, slots=True)
class Limits:
    """What the roster keeps to; `bands` are times of the day in each of which every cell is covered."""

    rest: timedelta = timedelta(hours=11)
    weekly: timedelta = timedelta(hours=48)
    night_spread: int = 2
    bands: tuple[tuple[time, time], ...] = ()
    coverage: Severity = Severity.HARD


@dataclass(frozen=True, slots=True)
class Facts:
    """All that the rules look at.

    `centre` is the roster's with everything above it, `serving` says of officers by number whom they serve.
    `elsewhere` are the duties outside the roster of officers by number, `patrols` those of patrols by code, `others`
    the times in which further shifts of the centre cover cells.
    """

    zone: ZoneInfo
    starts_on: date
    ends_on: date
    limits: Limits
    shifts: Sequence[Planned]
    elsewhere: Mapping[str, Sequence[Duty]] = field(default_factory=dict)
    patrols: Mapping[str, Sequence[Duty]] = field(default_factory=dict)
    cells: frozenset[str] = frozenset()
    others: Sequence[tuple[datetime, datetime, frozenset[str]]] = ()
    centre: frozenset[UUID] = frozenset()
    serving: Mapping[str, Serving] = field(default_factory=dict)

    def day(self, at: datetime) -> date:
        """The date of an instant by the centre's clock."""
        return at.astimezone(self.zone).date()

    def instant(self, on: date, at: time) -> datetime:
        """The instant of a time of day."""
        return datetime.combine(on, at, self.zone).astimezone(UTC)

    def days(self) -> Iterator[date]:
        """The dates of the period."""
        return (self.starts_on + timedelta(days=ahead) for ahead in range((self.ends_on - self.starts_on).days + 1))

    def span(self, on: date, starts: time, ends: time) -> tuple[datetime, datetime]:
        """A time of a day as instants; one that ends at or before its start ends on the next day."""
        return self.instant(on, starts), self.instant(on + timedelta(days=ends <= starts), ends)

    def weeks(self) -> list[datetime]:
        """The Mondays from that of the first day to that after the last shift may end."""
        monday = self.starts_on - timedelta(days=self.starts_on.weekday())
        count = (self.ends_on - monday).days // 7 + 3
        return [self.instant(monday + timedelta(days=7 * ahead), time()) for ahead in range(count)]

    def served(self) -> Iterator[tuple[Planned, Sitter, Serving]]:
        """Every seat taken, with whom its officer serves."""
        for shift in self.shifts:
            for sitter in shift.crew:
                if sitter.officer in self.serving:
                    yield shift, sitter, self.serving[sitter.officer]

    def duties(self) -> dict[str, list[Duty]]:
        """All duties of each officer of the roster, by their start."""
        found: dict[str, list[Duty]] = defaultdict(list)
        for shift in self.shifts:
            for sitter in shift.crew:
                found[sitter.officer].append(shift.duty())
        for officer, own in found.items():
            own.extend(self.elsewhere.get(officer, ()))
            own.sort(key=by_start)
        return found


def by_start(duty: Duty) -> tuple[datetime, datetime]:
    """The order in which duties come."""
    return duty.starts_at, duty.ends_at
