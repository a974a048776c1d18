"""When and where a crew may sign on to its shift, who counts as present, and which crew a shift wants."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Any, Self
from uuid import UUID
from zoneinfo import ZoneInfo

SIGN_ON_EARLY = timedelta(minutes=60)
LATE_AFTER = timedelta(minutes=5)
NO_SHOW_AFTER = timedelta(minutes=30)
LONGEST_SHIFT = timedelta(hours=24)
GRACE_MIN = 60.0
"""How long after its end a shift that nobody signed off from is ended, where the centre says nothing else."""
TOLERANCE_M = 200.0
"""How far outside its beat a crew may sign on, where the centre says nothing else."""


class Vehicle(StrEnum):
    """How a patrol goes."""

    CAR = "car"
    EBIKE = "ebike"
    FOOT = "foot"


class RosterStatus(StrEnum):
    """A draft is its planners' alone; a published roster changes by logged amendments only."""

    DRAFT = "draft"
    PUBLISHED = "published"


class AmendmentKind(StrEnum):
    """What was done to a shift of a published roster."""

    SEATED = "seated"
    UNSEATED = "unseated"
    SIGNED_UP = "signed_up"
    SWAPPED = "swapped"
    CHANGED = "changed"
    CANCELLED = "cancelled"
    CREW_CHANGED = "crew_changed"


@dataclass(frozen=True, slots=True)
class Wanted:
    """The crew a shift wants: how many people of each department (by code), and the skills they bring between them.

    On standby 备勤 a crew is on call: those hours are not working hours, and do not break a rest.
    """

    mix: Mapping[str, int]
    skills: tuple[str, ...] = ()
    needs_leader: bool = True
    is_standby: bool = False

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Self:
        """The one a shift keeps."""
        return cls(**{**stored, "skills": tuple(stored["skills"])})


class LeaveKind(StrEnum):
    """年休, 病假, 其他: as much as is said; there is no place for a diagnosis."""

    ANNUAL = "annual"
    SICK = "sick"
    OTHER = "other"


class LeaveState(StrEnum):
    """How far a leave is; only an approved one stands against seats."""

    ASKED = "asked"
    APPROVED = "approved"
    REFUSED = "refused"
    CANCELLED = "cancelled"


class SwapState(StrEnum):
    """How far a swap of seats is."""

    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    APPROVED = "approved"
    DECLINED = "declined"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Posting:
    """A secondment: the centres with one of `places` at or above them are served for a while instead of the home's."""

    places: frozenset[UUID]
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Serving:
    """Whom an officer serves and when not: `home` is the base, or the department and all above it where there is none.

    `leaves` are the approved ones. An authority's officer may lead people of others; a volunteer or a guard may not.
    """

    home: frozenset[UUID]
    is_authority: bool = True
    postings: tuple[Posting, ...] = ()
    leaves: tuple[tuple[datetime, datetime], ...] = ()

    def places_at(self, at: datetime) -> frozenset[UUID]:
        """Where the officer belongs at an instant: with the host while a secondment lasts, else at home."""
        return next((one.places for one in self.postings if one.starts_at <= at < one.ends_at), self.home)

    def serves(self, centre: frozenset[UUID], at: datetime) -> bool:
        """Whether a centre, given with everything above it, may send the officer on a shift that starts then."""
        return not centre.isdisjoint(self.places_at(at))

    def was_sent_to(self, centre: frozenset[UUID]) -> bool:
        """Whether any secondment is to this centre, whenever it lasts."""
        return any(not centre.isdisjoint(one.places) for one in self.postings)

    @property
    def places(self) -> frozenset[UUID]:
        """Where the officer belongs at one time or another."""
        return self.home.union(*(one.places for one in self.postings))

    def is_away(self, starts_at: datetime, ends_at: datetime) -> bool:
        """Whether an approved leave touches this time."""
        return any(since < ends_at and until > starts_at for since, until in self.leaves)


class CrewStep(StrEnum):
    """What somebody did in a crew during its shift."""

    JOINED = "joined"
    LEFT = "left"
    TOOK_LEAD = "took_lead"


class Refusal(StrEnum):
    """Why a shift cannot be signed on to now."""

    DRAFT = "draft"

    SIGNED_ON = "signed_on"
    SIGNED_OFF = "signed_off"
    TOO_EARLY = "too_early"
    OVER = "over"
    OUTSIDE_BEAT = "outside_beat"
    NO_FIX = "no_fix"
    NO_BEAT = "no_beat"


class Presence(StrEnum):
    """Where a shift or somebody on it stands, derived from instants and never stored.

    Planned: not to be expected yet. Expected: may come any minute. Late: more than five minutes after the start and not
    here. No show: not here half an hour after the start. Present: here, however late. Done: gone home.
    """

    PLANNED = "planned"
    EXPECTED = "expected"
    PRESENT = "present"
    LATE = "late"
    NO_SHOW = "no_show"
    DONE = "done"


def period_holds(starts_at: datetime, ends_at: datetime) -> bool:
    """Whether a shift ends after it starts and lasts at most a day."""
    return timedelta(0) < ends_at - starts_at <= LONGEST_SHIFT


def sign_on_refusal(
    starts_at: datetime, ends_at: datetime, signed_on_at: datetime | None, signed_off_at: datetime | None, now: datetime
) -> Refusal | None:
    """What stands against signing on now; nothing from 60 minutes before the start until the end."""
    if signed_off_at:
        return Refusal.SIGNED_OFF
    if signed_on_at:
        return Refusal.SIGNED_ON
    if now + SIGN_ON_EARLY < starts_at:
        return Refusal.TOO_EARLY
    return Refusal.OVER if now >= ends_at else None


def is_late(starts_at: datetime, signed_on_at: datetime | None) -> bool:
    """Whether the crew signed on more than five minutes after the start."""
    return signed_on_at is not None and signed_on_at - LATE_AFTER > starts_at


def filled(wanted: Wanted, departments: Sequence[str]) -> str | None:
    """The department whose seat an officer takes: the nearest of the own one and those above that is wanted."""
    return next((code for code in departments if code in wanted.mix), None)


def mix_of(wanted: Wanted, crew: Iterable[Sequence[str]]) -> Counter[str]:
    """How many of a crew, each given by the codes of the own department and those above, count for each one wanted."""
    return Counter(code for code in (filled(wanted, departments) for departments in crew) if code)


def nights(starts_at: datetime, ends_at: datetime, zone: ZoneInfo) -> int:
    """How many nights a shift takes: how often it is two in the morning."""
    first = starts_at.astimezone(zone).date()
    deep = (datetime.combine(first + timedelta(days=n), time(2), zone) for n in range(3))
    return sum(starts_at <= at < ends_at for at in deep)


def place_refusal(
    outside_m: float | None, tolerance_m: float, *, has_beat: bool, decides: bool, reason: str | None
) -> Refusal | None:
    """What stands against signing on from here.

    `outside_m` is how far outside the beat the fix surely is, its accuracy taken off; null without a beat or a fix
    that says anything. Whoever leads the crew or runs the duty decides where that is not known, and gives a reason
    when it is known to be outside.
    """
    if outside_m is not None:
        return None if outside_m <= tolerance_m or (decides and reason) else Refusal.OUTSIDE_BEAT
    if decides:
        return None
    return Refusal.NO_FIX if has_beat else Refusal.NO_BEAT


def presence(
    period: tuple[datetime, datetime], came_at: datetime | None, left_at: datetime | None, now: datetime
) -> Presence:
    """How a shift, or somebody on it, stands at an instant; what came after it is not looked at."""
    starts_at, ends_at = period
    if left_at is not None and left_at <= now:
        return Presence.DONE
    if came_at is not None and came_at <= now:
        return Presence.PRESENT
    if now <= starts_at + LATE_AFTER:
        return Presence.PLANNED if now + SIGN_ON_EARLY < starts_at else Presence.EXPECTED
    return Presence.LATE if now < min(ends_at, starts_at + NO_SHOW_AFTER) else Presence.NO_SHOW


def late_min(starts_at: datetime, came_at: datetime | None, now: datetime) -> int:
    """Whole minutes after the start at which somebody came, or for which they have been missing so far."""
    until = came_at if came_at is not None and came_at <= now else now
    return max(0, int((until - starts_at) / timedelta(minutes=1)))


def led_by(crew: Mapping[str, bool], add: Sequence[str], remove: Sequence[str], leader: str | None) -> str | None:
    """Who leads a crew after a change: the one named, else who leads it now; nobody, if that one is not in it then.

    `crew` is who sits in it now, by number, and whether they lead.
    """
    after = ({*crew} - {*remove}) | {*add}
    named = leader or next((number for number, leads in crew.items() if leads), None)
    return named if named in after else None
