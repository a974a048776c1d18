"""A first roster made at once, lot after lot: whoever may go and is owed most. Where the solver starts from."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from app.roster.fill.fairness import MEASURES, fair_shares
from app.roster.fill.lots import Chosen, Lot
from app.roster.fill.problem import Officer, Problem
from app.roster.fill.rules import bar


def draft(problem: Problem, lots: Sequence[Lot]) -> Chosen:
    """Who sits in which lot; every hard rule is kept, seats may stay empty."""
    people = {officer.id: officer for officer in problem.officers}
    owed = {name: fair_shares(problem, measure) for name, measure in MEASURES.items()}
    most = {name: max([1.0, *shares.values()]) for name, shares in owed.items()}
    drafted = set()
    for at, lot in enumerate(lots):
        taken = {name: measure(lot.duty) for name, measure in MEASURES.items() if measure(lot.duty)}
        debt = {id: sum(owed[name].get(id, 0.0) / most[name] for name in taken) for id in people}
        free = [one for one in people.values() if lot.seat(one) and bar(one, lot.duty, problem.limits) is None]
        for one in _taken(lot, sorted(free, key=lambda one: (-debt[one.id], one.id))):  # used at once
            people[one.id] = replace(one, duties=(*one.duties, lot.duty))
            drafted.add((one.id, at))
            for name, amount in taken.items():
                owed[name][one.id] -= amount
    return frozenset(drafted)


def _taken(lot: Lot, free: Sequence[Officer]) -> Iterator[Officer]:
    """Whom the seats go to, the first first, but holders of a skill before others until there are enough."""
    open_, lacking = dict(lot.departments), dict(lot.skills)
    left = list(free)
    for skill_first in (True, False):
        for one in list(left):
            seat = lot.seat(one) or ""
            brings = [skill for skill in one.skills if lacking.get(skill, 0) > 0]
            if open_[seat] > 0 and (brings or not skill_first):
                open_[seat] -= 1
                lacking |= {skill: lacking[skill] - 1 for skill in brings}
                left.remove(one)
                yield one
