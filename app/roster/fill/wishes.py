"""Which wishes a roster could grant an officer, how much each weighs, and what refusing them costs.

Everybody's wishes weigh the same in all, however many they are: what counts is the share that is refused. It costs its
square, so that nobody is refused much more than others; who was granted less than others before is refused less now.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple
from uuid import UUID

from app.roster.fill.fairness import fair_shares
from app.roster.fill.problem import Duty, Officer, Problem, Wish

SCALE = 1000
"""What it costs to refuse all wishes of somebody who is owed nothing."""
PIECES = 8
"""So many straight pieces stand for the square."""


Had = Mapping[UUID, Sequence[Duty]]
"""The duties that officers have on the roster already."""


class Piece(NamedTuple):
    """A straight piece of a cost: from so much refused, at so much cost, it rises by this for each one more."""

    since: int
    cost: int
    slope: int


@dataclass(frozen=True, slots=True)
class Hopes:
    """The wishes of an officer that a roster can grant or refuse.

    Standing wishes weigh as much as one turn: each of the `seats` an officer is about to get counts for one part.
    `owed` is by how much of their wishes less than others the officer was granted in the period before.
    """

    turns: tuple[Wish, ...]
    standing: tuple[Wish, ...]
    seats: int
    owed: float

    @property
    def whole(self) -> int:
        """What all wishes weigh."""
        return self._turn * (len(self.turns) + bool(self.standing))

    @property
    def _turn(self) -> int:
        return self.seats if self.standing else 1

    @property
    def at_first(self) -> int:
        """How much is refused to somebody who is on no duty at all."""
        return self._turn * sum(wish.is_for for wish in self.turns)

    def further(self, duty: Duty) -> int:
        """How much more is refused by being on this duty; below nought where it grants something."""
        turns = sum(-1 if wish.is_for else 1 for wish in self.turns if wish.names(duty))
        return self._turn * turns + misses(self.standing, duty)

    def granted(self, duties: Iterable[Duty]) -> float:
        """The share granted to somebody who is on these duties of the roster."""
        refused = self.at_first + sum(map(self.further, duties))
        return 1 - min(max(refused / self.whole, 0.0), 1.0)

    def pieces(self) -> Iterator[Piece]:
        """The cost, as straight pieces."""
        count = min(self.whole, PIECES)
        cost = 0
        for since, until in pairwise(self.whole * at // count for at in range(count + 1)):
            slope = round((self.cost(until) - self.cost(since)) / (until - since))
            yield Piece(since, cost, slope)
            cost += slope * (until - since)

    def cost(self, refused: int) -> float:
        """What it costs to refuse so much."""
        return SCALE * max(self.owed + refused / self.whole, 0.0) ** 2


def misses(standing: Iterable[Wish], duty: Duty) -> bool:
    """Whether a duty is one that the standing wishes are against, or none of those that they are for."""
    wishes = list(standing)
    wanted = [wish.names(duty) for wish in wishes if wish.is_for]
    return any(wish.names(duty) for wish in wishes if not wish.is_for) or (bool(wanted) and not any(wanted))


def hopes(problem: Problem, able: Mapping[UUID, Sequence[Duty]], had: Had) -> dict[UUID, Hopes]:
    """The hopes of those who have any; `able` are the duties that each officer may be given."""
    expected = fair_shares(problem, lambda _: 1.0)
    before = [one.granted_before for one in problem.officers if one.granted_before is not None]
    usual = sum(before) / max(len(before), 1)
    found = {}
    for one in problem.officers:
        duties = (*able.get(one.id, ()), *had.get(one.id, ()))
        turns = tuple(wish for wish in one.wishes if wish.turn and any(map(wish.names, duties)))
        standing = _standing(one, duties)
        if turns or standing:
            owed = 0.0 if one.granted_before is None else usual - one.granted_before
            found[one.id] = Hopes(turns, standing, max(round(expected.get(one.id, 0)), 1), owed)
    return found


def _standing(officer: Officer, duties: Iterable[Duty]) -> tuple[Wish, ...]:
    """The standing wishes, where some of these duties keep to them and some do not."""
    standing = tuple(wish for wish in officer.wishes if wish.trait)
    return standing if len({misses(standing, duty) for duty in duties}) > 1 else ()
