"""What becomes of each wish under a proposal, and why one is not granted."""

from collections.abc import Iterator, Mapping, Sequence
from uuid import UUID

from app.roster.fill.problem import Answer, Officer, Problem, Shift, Wish
from app.roster.fill.rules import bar
from app.roster.fill.wishes import Hopes
from app.roster.wish.workflow import WhyNot


class Answers:
    """The answers to all wishes; `people` have the seats proposed among their duties, `on` are those of the roster."""

    def __init__(
        self,
        problem: Problem,
        people: Sequence[Officer],
        on: Mapping[UUID, Sequence[Shift]],
        hopes: Mapping[UUID, Hopes],
    ) -> None:
        self.problem, self.people, self.on, self.hopes = problem, people, on, hopes
        self.kept = {(seat.officer_id, seat.shift_id) for seat in problem.kept}

    def all(self) -> Iterator[Answer]:
        """One a wish, officer by officer."""
        for one in self.people:
            for wish in one.wishes:
                yield self._of_turn(one, wish) if wish.turn else self._standing(one, wish)

    def _of_turn(self, one: Officer, wish: Wish) -> Answer:
        seats = [shift for shift in self.on.get(one.id, ()) if wish.names(shift)]
        is_granted = bool(seats) == wish.is_for
        why = None if is_granted else self._refused(one, wish) if wish.is_for else self._seated(one, seats[0])
        return Answer(one.id, wish, int(is_granted), 1, self._counts(one, wish), why)

    def _standing(self, one: Officer, wish: Wish) -> Answer:
        seats = self.on.get(one.id, ())
        against = [shift for shift in seats if wish.names(shift) != wish.is_for]
        why = {self._seated(one, shift) for shift in against}
        # What could have been otherwise is told before what could not.
        told = next((reason for reason in (WhyNot.SHARED, WhyNot.NEEDED, WhyNot.KEPT) if reason in why), None)
        return Answer(one.id, wish, len(seats) - len(against), len(seats), self._counts(one, wish), told)

    def _counts(self, one: Officer, wish: Wish) -> bool:
        hopes = self.hopes.get(one.id)
        return hopes is not None and wish in (*hopes.turns, *hopes.standing)

    def _refused(self, one: Officer, wish: Wish) -> WhyNot:
        """Why an officer is not on a turn."""
        shifts = [shift for shift in self.problem.shifts if wish.names(shift)]
        mine = [shift for shift in shifts if one.seat(shift.departments)]
        if not mine:
            return WhyNot.NO_SEAT if shifts else WhyNot.GONE
        rule = bar(one, mine[0], self.problem.limits)
        return WhyNot(rule.value) if rule else WhyNot.SHARED

    def _seated(self, one: Officer, shift: Shift) -> WhyNot:
        """Why an officer sits on a shift against a wish: nobody else could, or shares would be less fair."""
        if (one.id, shift.id) in self.kept:
            return WhyNot.KEPT
        seat = one.seat(shift.departments)
        others = (other for other in self.people if other.seat(shift.departments) == seat and other is not one)
        is_free = any(bar(other, shift, self.problem.limits) is None for other in others)
        return WhyNot.SHARED if is_free else WhyNot.NEEDED
