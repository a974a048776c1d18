"""The roster as a CP-SAT model: a yes or no an officer and lot, hard rules as constraints, what is lacking as a cost.

Unfairness is counted in steps outside a fair share that is known beforehand, so the best thinkable cost is nought and a
solver knows when it is done. A gap between the most and the least, or squares from nought, leave it no bound to prove.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from ortools.sat.python import cp_model

from app.roster.fill.fairness import FURTHER, LEAVE_ASKED, MEASURES, Band, Measure, fair_shares
from app.roster.fill.lots import Lot
from app.roster.fill.problem import Officer, Problem
from app.roster.fill.rules import ONE_DAY, bar, hours_left
from app.roster.fill.wishes import Had, Hopes, hopes

EMPTY_SEAT = 100
MISSING_SKILL = 1
MINUTE = timedelta(minutes=1)
Var = cp_model.IntVar
Cost = cp_model.LinearExprT


@dataclass(frozen=True, slots=True)
class Model:
    """The model, its choices by officer and lot, and its three costs, each far above the next."""

    model: cp_model.CpModel
    choices: Mapping[tuple[UUID, int], Var]
    lacking: Cost
    unfair: Cost
    refused: Cost
    hopes: Mapping[UUID, Hopes]


def build(problem: Problem, lots: Sequence[Lot], had: Had) -> Model:
    """The model of a problem whose kept seats are settled; these are what officers `had`."""
    model = cp_model.CpModel()
    hands = [_Hand.of(model, problem, lots, officer) for officer in problem.officers]
    for hand in hands:
        hand.one_at_a_time()
        hand.hours()
        hand.nights()
    choices = {(hand.officer.id, at): choice for hand in hands for at, choice in hand.choices.items()}
    lacking = [cost for at in range(len(lots)) for cost in _lacking(model, lots[at], at, hands)]
    unfair = [cost for measure in MEASURES.values() for cost in _unfair(problem, measure, hands)]
    unfair += [LEAVE_ASKED * choice for hand in hands for choice in hand.leave_refused()]
    hoped = hopes(problem, {hand.officer.id: [lots[at].duty for at in hand.choices] for hand in hands}, had)
    refused = [hand.refused(hoped[hand.officer.id], had) for hand in hands if hand.officer.id in hoped]
    total = cp_model.LinearExpr.sum
    return Model(model, choices, total(lacking), total(unfair), total(refused), hoped)


@dataclass(frozen=True, slots=True)
class _Hand:
    """The lots that one officer may be seated in, each a yes or no."""

    model: cp_model.CpModel
    problem: Problem
    lots: Sequence[Lot]
    officer: Officer
    choices: Mapping[int, Var]

    @classmethod
    def of(cls, model: cp_model.CpModel, problem: Problem, lots: Sequence[Lot], officer: Officer) -> "_Hand":
        free = [
            at for at, lot in enumerate(lots) if lot.seat(officer) and bar(officer, lot.duty, problem.limits) is None
        ]
        return cls(model, problem, lots, officer, {at: model.new_bool_var("") for at in free})

    def one_at_a_time(self) -> None:
        """One of all that an instant falls into, and of all work that it falls into with the rest after it."""
        work = [at for at in self.choices if not self.lots[at].duty.is_standby]
        for apart, taken in ((timedelta(0), list(self.choices)), (self.problem.limits.rest, work)):
            duties = {at: self.lots[at].duty for at in taken}
            for start in sorted({duty.starts_at for duty in duties.values()}):
                among = [at for at, duty in duties.items() if duty.starts_at <= start < duty.ends_at + apart]
                if len(among) > 1:
                    self.model.add_at_most_one(self.choices[at] for at in among)

    def hours(self) -> None:
        """No more hours a week than are left."""
        for week in self.problem.limits.weeks:
            worked = {at: self.lots[at].duty.worked(week) // MINUTE for at in self.choices}
            left = hours_left(self.officer.duties, self.problem.limits, week) // MINUTE
            if sum(worked.values()) > left:
                self.model.add(sum(minutes * self.choices[at] for at, minutes in worked.items()) <= left)

    def nights(self) -> None:
        """Of each row of nights that is one too long, not all."""
        had = {duty.on for duty in self.officer.duties if duty.is_night}
        nights: dict[date, list[Var]] = defaultdict(list)
        for at, choice in self.choices.items():
            if self.lots[at].duty.is_night and self.lots[at].duty.on not in had:
                nights[self.lots[at].duty.on].append(choice)
        night = {on: self._either(choices) for on, choices in nights.items()}
        longest = self.problem.limits.nights_in_a_row
        for start in sorted({on - ONE_DAY * back for on in night for back in range(longest + 1)}):
            row = [start + ONE_DAY * ahead for ahead in range(longest + 1)]
            if all(on in night or on in had for on in row):
                self.model.add_bool_or(night[on].negated() for on in row if on in night)

    def _either(self, choices: Sequence[Var]) -> Var:
        if len(choices) == 1:
            return choices[0]
        either = self.model.new_bool_var("")
        for choice in choices:
            self.model.add_implication(choice, either)
        return either

    def outside(self, measure: Measure, fair: float) -> Iterator[Cost]:
        """By how many steps the officer's share lies outside the whole steps around the fair one, squared."""
        band = Band.of(measure, (self.lots[at].duty for at in self.choices), fair)
        if not band.step:
            return
        given = sum(
            amount * choice for amount, choice in zip(band.amounts, self.choices.values(), strict=True) if amount
        )
        most = len(self.choices) + band.high // band.step
        cost = self.model.new_int_var(0, (2 * FURTHER - 1) * most, "")
        for least in band.outside(given):
            self.model.add(band.step * cost >= least)
        yield cost

    def refused(self, hopes: Hopes, had: Had) -> Cost:
        """What it costs to refuse as much of the officer's wishes as the choices do."""
        kept = hopes.at_first + sum(map(hopes.further, had.get(self.officer.id, ())))
        further = {at: hopes.further(self.lots[at].duty) for at in self.choices}
        refused = kept + sum(weight * self.choices[at] for at, weight in further.items() if weight)
        most = max(kept, 0) + sum(max(weight, 0) for weight in further.values())
        pieces = list(hopes.pieces())
        cost = self.model.new_int_var(0, pieces[-1].cost + pieces[-1].slope * most, "")
        for piece in pieces:
            self.model.add(cost >= piece.cost + piece.slope * (refused - piece.since))
        return cost

    def leave_refused(self) -> Iterator[Var]:
        """Choices in leave that the officer has asked for."""
        for at, choice in self.choices.items():
            if any(wish.meets(self.lots[at].duty) for wish in self.officer.rather_off):
                yield choice


def _lacking(model: cp_model.CpModel, lot: Lot, at: int, hands: Sequence[_Hand]) -> Iterator[Cost]:
    """Seats of a lot that stay empty, skills that too few bring."""
    aboard = [(hand.officer, hand.choices[at]) for hand in hands if at in hand.choices]
    for department, wanted in lot.departments.items():
        empty = model.new_int_var(0, wanted, "")
        model.add(sum(choice for officer, choice in aboard if lot.seat(officer) == department) + empty == wanted)
        yield EMPTY_SEAT * empty
    for skill, wanted in lot.skills.items():
        missing = model.new_int_var(0, wanted, "")
        model.add(sum(choice for officer, choice in aboard if skill in officer.skills) + missing >= wanted)
        yield MISSING_SKILL * missing


def _unfair(problem: Problem, measure: Measure, hands: Sequence[_Hand]) -> Iterator[Cost]:
    fair = fair_shares(problem, measure)
    for hand in hands:
        yield from hand.outside(measure, fair.get(hand.officer.id, 0.0))
