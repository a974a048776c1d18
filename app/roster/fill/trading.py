"""Seats traded between two officers, again and again: the roster stays as full and as fair, more wishes are granted.

A large roster is better after a second of this than after ten of a solver, which proves small ones afterwards.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from uuid import UUID

from app.roster.fill.fairness import LEAVE_ASKED, MEASURES, Band, fair_shares
from app.roster.fill.lots import Chosen, Lot
from app.roster.fill.problem import Duty, Officer, Problem
from app.roster.fill.rules import bar, hours_left, in_a_row
from app.roster.fill.wishes import Had, Hopes

LESS = 1e-6
Place = int | None
"""A lot by its place in the list, or none."""


class Ground:
    """What holds for everybody: which lots nobody can do both of, how long each is work in each week."""

    def __init__(self, problem: Problem, lots: Sequence[Lot]) -> None:
        self.problem, self.lots = problem, lots
        self.duties: list[Duty] = [lot.duty for lot in lots]
        rest, weeks = problem.limits.rest, problem.limits.weeks
        self.excluded = [
            {at for at, other in enumerate(self.duties) if duty.excludes(other, rest)} for duty in self.duties
        ]
        self.worked = [[duty.worked(week) for week in weeks] for duty in self.duties]
        self.fair = [(measure, fair_shares(problem, measure)) for measure in MEASURES.values()]


class Hand:
    """The lots that an officer is seated in, and what they could be instead."""

    def __init__(self, ground: Ground, officer: Officer, hopes: Hopes | None, had: Sequence[Duty]) -> None:
        self.ground, self.officer, self.hopes = ground, officer, hopes
        self.held: set[int] = set()
        self.seats = {at: seat for at, lot in enumerate(ground.lots) if (seat := lot.seat(officer))}
        limits = ground.problem.limits
        able = [at for at in self.seats if bar(officer, ground.duties[at], limits) is None]
        self.able = {at: place for place, at in enumerate(able)}
        duties = [ground.duties[at] for at in able]
        self._bands = [Band.of(measure, duties, fair.get(officer.id, 0.0)) for measure, fair in ground.fair]
        self._off = {at for at in able if any(off.meets(ground.duties[at]) for off in officer.rather_off)}
        self._left = [hours_left(officer.duties, limits, week) for week in limits.weeks]
        self._nights = {duty.on for duty in officer.duties if duty.is_night}
        self._further = {at: hopes.further(ground.duties[at]) if hopes else 0 for at in able}
        self._refused = hopes.at_first + sum(map(hopes.further, had)) if hopes else 0

    def gains(self, give: Place, take: Place) -> bool:
        """Whether less of the officer's wishes is refused after this."""
        return self._weight(take) < self._weight(give)

    def _weight(self, at: Place) -> int:
        return 0 if at is None else self._further.get(at, 0)

    def refused(self, give: Place = None, take: Place = None) -> float:
        """What it costs to refuse what is refused, as it is or after this."""
        if self.hopes is None:
            return 0.0
        now = self._refused + sum(self._further[at] for at in self.held)
        return self.hopes.cost(now - self._weight(give) + self._weight(take))

    def unfair(self, give: Place = None, take: Place = None) -> int:
        """How far the officer's shares are from fair ones, as they are or after this."""
        held = self._after(give, take)
        steps = sum(band.cost(sum(band.amounts[self.able[at]] for at in held)) for band in self._bands)
        return steps + LEAVE_ASKED * len(self._off & held)

    def may(self, give: Place, take: Place) -> bool:
        """Whether every hard rule is kept after this."""
        if take is None:
            return True
        if take not in self.able or take in self.held:
            return False
        held = self._after(give, None)
        return self.ground.excluded[take].isdisjoint(held) and self._in_hours(held, take) and self._rested(held, take)

    def _after(self, give: Place, take: Place) -> set[int]:
        return {at for at in (*self.held, take) if at is not None and at != give}

    def _in_hours(self, held: set[int], take: int) -> bool:
        worked = [self.ground.worked[at] for at in (*held, take)]
        weeks = zip(self._left, self.ground.worked[take], *worked, strict=True)
        return all(not more or sum(all_, start=more - more) <= left for left, more, *all_ in weeks)

    def _rested(self, held: set[int], take: int) -> bool:
        duty = self.ground.duties[take]
        if not duty.is_night:
            return True
        nights = self._nights | {self.ground.duties[at].on for at in held if self.ground.duties[at].is_night}
        return in_a_row(nights, duty.on) <= self.ground.problem.limits.nights_in_a_row


class Market:
    """All hands, and the trades between them."""

    def __init__(
        self, problem: Problem, lots: Sequence[Lot], chosen: Chosen, hopes: Mapping[UUID, Hopes], had: Had
    ) -> None:
        ground = Ground(problem, lots)
        self.lots = lots
        self.hands = {one.id: Hand(ground, one, hopes.get(one.id), had.get(one.id, ())) for one in problem.officers}
        self.aboard: dict[int, dict[UUID, Hand]] = defaultdict(dict)
        for id, at in sorted(chosen):
            self.hands[id].held.add(at)
            self.aboard[at][id] = self.hands[id]

    @property
    def chosen(self) -> Chosen:
        """Who sits in which lot."""
        return frozenset((id, at) for id, hand in self.hands.items() for at in hand.held)

    def trade(self, is_time: Callable[[], bool]) -> None:
        """Trade for those who are refused most first, until no trade is left or the time is up."""
        wishing = [hand for hand in self.hands.values() if hand.hopes]
        is_done = False
        while not is_done:
            is_done = True
            for hand in sorted(wishing, key=lambda hand: (-hand.refused(), hand.officer.id)):
                is_done &= not self._better(hand, is_time)
            is_done |= not is_time()

    def _better(self, one: Hand, is_time: Callable[[], bool]) -> bool:
        """Make the first trade that helps, if there is one."""
        for give, take in list(self._wanted(one)):
            if not is_time():
                return False
            for other in self._partners(one, give, take):
                if self._helps(one, other, give, take) and self._fits(one, other, give, take):
                    self._swap(one, other, give, take)
                    return True
        return False

    def _wanted(self, one: Hand) -> Iterator[tuple[Place, Place]]:
        for give in (*sorted(one.held), None):
            for take in (*sorted(one.able.keys() - one.held), None):
                if one.gains(give, take) and one.may(give, take):
                    yield give, take

    def _partners(self, one: Hand, give: Place, take: Place) -> Iterator[Hand]:
        """Those who have the seat to be taken, or any who might have the one to be given."""
        among = self.hands.values() if take is None else self.aboard[take].values()
        for other in among:
            same = all(other.seats.get(at) == one.seats[at] for at in (give, take) if at is not None)
            if other is not one and same and (take is None or take in other.held):
                yield other

    def _helps(self, one: Hand, other: Hand, give: Place, take: Place) -> bool:
        after = one.refused(give, take) + other.refused(take, give)
        return after < one.refused() + other.refused() - LESS

    def _fits(self, one: Hand, other: Hand, give: Place, take: Place) -> bool:
        if not other.may(take, give):
            return False
        after = one.unfair(give, take) + other.unfair(take, give)
        return after <= one.unfair() + other.unfair() and not self._loses_skill(one, other, give, take)

    def _loses_skill(self, one: Hand, other: Hand, give: Place, take: Place) -> bool:
        """Whether a lot is left with fewer of the skills it wants."""
        return self._lacks(give, one, other) or self._lacks(take, other, one)

    def _lacks(self, at: Place, goes: Hand, comes: Hand) -> bool:
        if at is None:
            return False
        wanted = self.lots[at].skills
        lost = goes.officer.skills - comes.officer.skills
        aboard = [hand.officer.skills for hand in self.aboard[at].values()]
        return any(sum(skill in skills for skills in aboard) <= wanted[skill] for skill in lost & wanted.keys())

    def _swap(self, one: Hand, other: Hand, give: Place, take: Place) -> None:
        for at, goes, comes in ((give, one, other), (take, other, one)):
            if at is not None:
                goes.held.discard(at)
                comes.held.add(at)
                del self.aboard[at][goes.officer.id]
                self.aboard[at][comes.officer.id] = comes
