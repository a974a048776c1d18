"""What a fair share of nights, weekends and hours is, after what everybody has done, and how far shares lie apart."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil, floor
from typing import Any, Self
from uuid import UUID

from app.roster.fill.problem import Duty, Officer, Period, Problem, Spread

HOUR = timedelta(hours=1)
Measure = Callable[[Duty], float]
Given = Any
"""A number, or an expression of a model that stands for one."""


def _nights(duty: Duty) -> float:
    return float(duty.is_night)


def _weekends(duty: Duty) -> float:
    return float(duty.is_weekend)


def _hours(duty: Duty) -> float:
    return 0.0 if duty.is_standby else (duty.ends_at - duty.starts_at) / HOUR


MINUTES = 60
NEARLY = 1e-6
LEAVE_ASKED = 3
"""Leave asked for and refused weighs more than one step outside somebody's fair share, and less than two."""
FURTHER = 3
"""So many steps outside a fair share cost their square; from there on it goes straight."""

MEASURES: Mapping[str, Measure] = {"nights": _nights, "weekends": _weekends, "hours": _hours}
"""What is shared out evenly among those who share the same seats."""


@dataclass(frozen=True, slots=True)
class Band:
    """The whole steps around a fair share of a measure; `amounts` are what each duty adds to a share."""

    amounts: tuple[int, ...]
    step: int
    low: int
    high: int

    @classmethod
    def of(cls, measure: Measure, duties: Iterable[Duty], fair: float) -> Self:
        """The band of somebody who may be given these duties; its step is the largest of them."""
        amounts = tuple(round(measure(duty) * MINUTES) for duty in duties)
        step = max(amounts, default=0)
        share = fair * MINUTES / step if step else 0.0
        return cls(amounts, step, step * floor(share + NEARLY), step * ceil(share - NEARLY))

    def outside(self, given: Given) -> Iterator[Given]:
        """What a step's length of cost is at least, once so much is given: it is the highest of these."""
        for further in range(FURTHER):
            slope, less = 2 * further + 1, self.step * further * (further + 1)
            yield slope * (given - self.high) - less
            yield slope * (self.low - given) - less

    def cost(self, given: int) -> int:
        """How many steps outside it is to be given so much, squared."""
        return max(0, -(-max(self.outside(given)) // self.step)) if self.step else 0


def fair_shares(problem: Problem, measure: Measure) -> dict[UUID, float]:
    """What everybody should be given of what the shifts ask for, so that all come as close together as they can."""
    start, fair = standing(problem, measure), dict[UUID, float]()
    for seat, officers in _pools(problem).items():
        level = _level(sorted(start[officer.id] for officer in officers), _asked(problem, seat, measure))
        fair |= {officer.id: max(level - start[officer.id], 0.0) for officer in officers}
    return fair


def standing(problem: Problem, measure: Measure) -> dict[UUID, float]:
    """What everybody starts from: what they did, and for time away a fair share of it."""
    start = {officer.id: _done(problem, officer, measure) for officer in problem.officers}
    here = {officer.id: _presence(officer, problem.since, problem.until) for officer in problem.officers}
    for seat, officers in _pools(problem).items():
        whole = _asked(problem, seat, measure) + sum(start[officer.id] for officer in officers)
        fair = whole / max(sum(here[officer.id] for officer in officers), 1)
        start |= {officer.id: start[officer.id] + fair * (1 - here[officer.id]) for officer in officers}
    return start


def spreads(before: Problem, after: Sequence[Officer]) -> dict[str, Spread]:
    """The widest gap between two officers who share the same seats, of every measure; `after` are the same officers."""
    return {name: _spread(before, after, measure) for name, measure in MEASURES.items()}


def _spread(before: Problem, after: Sequence[Officer], measure: Measure) -> Spread:
    start = standing(before, measure)
    had = {officer.id: _done(before, officer, measure) for officer in before.officers}
    end = {one.id: start[one.id] + _done(before, one, measure) - had[one.id] for one in after}
    return Spread(_widest(before, start), _widest(before, end))


def _done(problem: Problem, officer: Officer, measure: Measure) -> float:
    return sum(measure(duty) for duty in officer.duties if problem.since <= duty.starts_at < problem.until)


def _widest(problem: Problem, figures: Mapping[UUID, float]) -> float:
    groups = [[figures[officer.id] for officer in officers] for officers in _pools(problem).values()]
    return round(max((max(group) - min(group) for group in groups), default=0.0), 2)


def _pools(problem: Problem) -> dict[str, list[Officer]]:
    """The officers by the department whose seats they take, for those who take any."""
    wanted = {code: 1 for shift in problem.shifts for code in shift.departments}
    pools: dict[str, list[Officer]] = defaultdict(list)
    for officer in problem.officers:
        if seat := officer.seat(wanted):
            pools[seat].append(officer)
    return pools


def _asked(problem: Problem, seat: str, measure: Measure) -> float:
    return sum(measure(shift) * shift.departments.get(seat, 0) for shift in problem.shifts)


def _level(starts: Sequence[float], amount: float) -> float:
    """How high an amount fills up from these starts, lowest first, as water would."""
    below, level = 0.0, 0.0
    for count, start in enumerate(starts, 1):
        below += start
        level = (below + amount) / count
        if count == len(starts) or level <= starts[count]:
            break
    return level


def _presence(officer: Officer, since: datetime, until: datetime) -> float:
    """The share of a stretch of time in which the officer can be had."""
    gone, at = timedelta(0), since
    for away in sorted(officer.away, key=lambda away: away.starts_at):
        left = Period(max(away.starts_at, at), min(away.ends_at, until))
        if left.ends_at > left.starts_at:
            gone += left.ends_at - left.starts_at
            at = left.ends_at
    return 1 - gone / (until - since)
