"""What a solver is told of a roster to fill, and what it proposes: plain values, with no table behind them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from app.roster.wish.workflow import Trait, WhyNot, traits


class Reason(StrEnum):
    """Why an officer cannot take a seat."""

    LEAVE = "leave"
    SECONDMENT = "secondment"
    BUSY = "busy"
    REST = "rest"
    HOURS = "hours"
    NIGHTS = "nights"


class Want(StrEnum):
    """What a shift may lack: people of a department, a holder of a skill, somebody who leads."""

    DEPARTMENT = "department"
    SKILL = "skill"
    LEADER = "leader"


class Stage(StrEnum):
    """How far a solver has come: a first roster at once, then fewer empty seats, fairer shares, more wishes granted."""

    DRAFTED = "drafted"
    SEATING = "seating"
    SHARING = "sharing"
    WISHING = "wishing"


@dataclass(frozen=True, slots=True)
class Period:
    """From an instant up to, and without, another."""

    starts_at: datetime
    ends_at: datetime

    def meets(self, other: "Period") -> bool:
        """Whether the two share any time."""
        return self.starts_at < other.ends_at and other.starts_at < self.ends_at

    def shared(self, other: "Period") -> timedelta:
        """How much time the two share."""
        return max(min(self.ends_at, other.ends_at) - max(self.starts_at, other.starts_at), timedelta(0))


@dataclass(frozen=True, slots=True)
class Duty(Period):
    """Time on duty. `on` is the local date it starts on; a night is counted on that date.

    Standby 备勤 takes the time, but is no work: it has no hours, is no night, and breaks no rest.
    """

    on: date
    is_night: bool
    is_weekend: bool
    is_standby: bool

    def worked(self, week: Period) -> timedelta:
        """How much of a week it is work in."""
        return timedelta(0) if self.is_standby else self.shared(week)

    def excludes(self, other: "Duty", rest: timedelta) -> bool:
        """Whether nobody can do both: they overlap, or leave less than the rest between work and work."""
        apart = timedelta(0) if self.is_standby or other.is_standby else rest
        return self.starts_at < other.ends_at + apart and other.starts_at < self.ends_at + apart


@dataclass(frozen=True, slots=True)
class Away(Period):
    """Time in which an officer cannot be had at all, and why."""

    why: Reason


@dataclass(frozen=True, slots=True)
class Wish:
    """What an officer wishes for, or against: to be on duty at one `turn`, or, standing, duties with a trait."""

    is_for: bool
    turn: Period | None = None
    trait: Trait | None = None

    def names(self, duty: Duty) -> bool:
        """Whether this duty is one that the wish is about."""
        if self.turn is not None:
            return (duty.starts_at, duty.ends_at) == (self.turn.starts_at, self.turn.ends_at)
        return self.trait in traits(duty.on.isoweekday(), is_night=duty.is_night, is_day_off=duty.is_weekend)


@dataclass(frozen=True, slots=True)
class Officer:
    """Somebody who may be seated.

    `departments` are the codes of the own one and of those above, nearest first: a seat of any of them can be taken.
    `duties` is what they did before the roster and do beside it, on any roster; `rather_off` is leave asked for. Of
    their wishes in the period before, the share `granted_before` was granted. Only where nobody of an authority is in
    the crew may a volunteer or a guard lead it.
    """

    id: UUID
    departments: tuple[str, ...]
    skills: frozenset[str] = frozenset()
    is_authority: bool = True
    away: tuple[Away, ...] = ()
    rather_off: tuple[Period, ...] = ()
    duties: tuple[Duty, ...] = ()
    wishes: tuple[Wish, ...] = ()
    granted_before: float | None = None

    def seat(self, wanted: Mapping[str, int]) -> str | None:
        """The department whose seat the officer would take: the nearest that is wanted."""
        return next((code for code in self.departments if code in wanted), None)


@dataclass(frozen=True, slots=True)
class Shift(Duty):
    """A crew to be seated: how many people of which department, and how many of them hold which skill."""

    id: UUID
    departments: Mapping[str, int]
    skills: Mapping[str, int] = field(default_factory=dict)
    needs_leader: bool = True


@dataclass(frozen=True, slots=True)
class Seat:
    """An officer on a shift."""

    shift_id: UUID
    officer_id: UUID
    is_leader: bool = False


@dataclass(frozen=True, slots=True)
class Limits:
    """The hard rules of duty. `weeks` are the stretches in which `weekly` holds."""

    rest: timedelta
    weekly: timedelta
    weeks: tuple[Period, ...]
    nights_in_a_row: int


@dataclass(frozen=True, slots=True)
class Problem:
    """A roster to fill. Fairness looks back to `since`, the start of the period before; `kept` seats stay."""

    since: datetime
    until: datetime
    officers: tuple[Officer, ...]
    shifts: tuple[Shift, ...]
    limits: Limits
    kept: tuple[Seat, ...] = ()

    @property
    def asked(self) -> int:
        """How many seats the shifts have."""
        return sum(sum(shift.departments.values()) for shift in self.shifts)


@dataclass(frozen=True, slots=True)
class Progress:
    """How good the best roster so far is. `gap` is what may still be won, in steps or seats a seat asked.

    `granted` is the share of their wishes that is granted to those who have any, on average.
    """

    stage: Stage
    elapsed_s: float
    missing: int
    unfair: int | None = None
    gap: float | None = None
    granted: float | None = None


@dataclass(frozen=True, slots=True)
class Shortage:
    """What a shift lacks, and against how many officers who could take the seat each reason stands."""

    shift_id: UUID
    want: Want
    name: str
    missing: int
    why: Mapping[Reason, int]


@dataclass(frozen=True, slots=True)
class Spread:
    """The widest gap between two officers who share the same seats, before the proposal and with it.

    Who was away for a part of the time is counted as if they had done a fair share of it.
    """

    before: float
    after: float


@dataclass(frozen=True, slots=True)
class Answer:
    """What becomes of a wish: granted in so many of so many seats (a wish for one turn: of 1), and if not, why not.

    One that no roster could have granted does not count for the officer's share.
    """

    officer_id: UUID
    wish: Wish
    granted: int
    of: int
    counts: bool = True
    why: WhyNot | None = None


@dataclass(frozen=True, slots=True)
class Proposal:
    """Seats to add, or kept ones that are to lead; what cannot be met; how fairly the burden is shared out.

    `shares` are what part of their wishes those who have any are granted.
    """

    seats: tuple[Seat, ...]
    shortages: tuple[Shortage, ...]
    spreads: Mapping[str, Spread]
    leave_refused: int
    best: Progress
    answers: tuple[Answer, ...] = ()
    shares: Mapping[UUID, float] = field(default_factory=dict)
