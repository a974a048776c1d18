"""What may be wished for: turns of a draft, so many of each kind, and traits of duties at any time; and why not."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import combinations
from typing import NamedTuple

WEEK_DAYS = 7
MOST_STANDING = 3
"""Standing wishes of one officer: with more of them every seat would break one."""


class Trait(StrEnum):
    """What a duty may be like. A day off is a weekend, or a holiday of the centre's calendar; others are work days."""

    NIGHT = "night"
    DAY = "day"
    DAY_OFF = "day_off"
    WORK_DAY = "work_day"
    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"


_WEEKDAYS = tuple(Trait)[-WEEK_DAYS:]


class WhyNot(StrEnum):
    """Why a wish is not granted.

    A rule stands against it (`leave` to `nights`); there is no such turn any more, or none with a seat of the officer's
    department; the seat was given by hand; nobody else could take it; or others' shares and wishes weigh more.
    """

    LEAVE = "leave"
    SECONDMENT = "secondment"
    BUSY = "busy"
    REST = "rest"
    HOURS = "hours"
    NIGHTS = "nights"
    GONE = "gone"
    NO_SEAT = "no_seat"
    KEPT = "kept"
    NEEDED = "needed"
    SHARED = "shared"


class Turn(NamedTuple):
    """班次: a time at which shifts of a roster are worked, whichever crew; standby is no work."""

    starts_at: datetime
    ends_at: datetime
    is_standby: bool = False

    def excludes(self, other: "Turn", rest: timedelta) -> bool:
        """Whether nobody can do both."""
        apart = timedelta(0) if self.is_standby or other.is_standby else rest
        return self.starts_at < other.ends_at + apart and other.starts_at < self.ends_at + apart


def traits(weekday: int, *, is_night: bool, is_day_off: bool) -> frozenset[Trait]:
    """What a duty that starts on this day of the week (1 is Monday) is like."""
    kind = Trait.NIGHT if is_night else Trait.DAY
    return frozenset({kind, Trait.DAY_OFF if is_day_off else Trait.WORK_DAY, _WEEKDAYS[weekday - 1]})


def most_turns(days: int, a_week: int) -> int:
    """How many turns of a roster of so many days an officer may wish for, and as many against; a week begun counts."""
    return a_week * -(-days // WEEK_DAYS)


def refusal(rather: Sequence[Turn], rather_not: Sequence[Turn], offered: Collection[Turn], most: int) -> str | None:
    """Why these wishes cannot be said, if so; `offered` are the turns that the officer could be seated in."""
    said = [*rather, *rather_not]
    if len(set(said)) < len(said):
        return "A turn is named twice."
    if max(len(rather), len(rather_not)) > most:
        return f"There are at most {most} wishes for turns of this roster, and as many against."
    if any(turn not in offered for turn in said):
        return "A turn is not one that you could be given: it is over, wants none of your department, or you are away."
    return None


def clash(rather: Iterable[Turn], rest: timedelta) -> tuple[Turn, Turn] | None:
    """Two turns wished for of which nobody can do both: no roster could grant them."""
    return next((pair for pair in combinations(rather, 2) if pair[0].excludes(pair[1], rest)), None)
