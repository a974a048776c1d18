"""How a roster is searched for: a draft at once, then few empty seats, then fair shares, then as many wishes as can be.

What one stage has won no later one gives away: wishes choose among rosters that are as full and as fair.
"""

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from statistics import fmean
from uuid import UUID

from ortools.sat.python import cp_model

from app.roster.fill.cpsat import EMPTY_SEAT, MISSING_SKILL, Cost, Model, build
from app.roster.fill.drafting import draft
from app.roster.fill.finishing import finished
from app.roster.fill.lots import Chosen, Lot, lots
from app.roster.fill.problem import Duty, Problem, Progress, Proposal, Stage
from app.roster.fill.rules import kept_duties, settled
from app.roster.fill.trading import Market
from app.roster.fill.wishes import Had, Hopes

Tell = Callable[[Progress], None]
SEATING_SHARE = 0.5
"""Of the time, where the draft leaves seats empty: whether they can be filled may be hard to prove."""
SHARING_SHARE = 0.5
"""Of the time left, where there are wishes to look after."""
PROVABLE = 600
"""Of so many choices the solver finds those that grant the most, and proves it; of more it betters part after part."""
SHORTEST_S = 0.1


def solve(problem: Problem, seconds: float, seed: int, tell: Tell) -> Proposal:
    """The best roster found in so many seconds; a problem and seed solved in time give the same roster again.

    One thread, for that, and so that the other cores stay with the service.
    """
    search = _Search(settled(problem), kept_duties(problem), seconds, seed, tell)
    search.run()
    return finished(problem, search.lots, search.chosen, search.best, search.hopes)


class _Search:
    """The best roster so far, and what it still lacks."""

    def __init__(self, problem: Problem, had: Had, seconds: float, seed: int, tell: Tell) -> None:
        self.problem, self.had, self.seconds, self.seed, self._tell = problem, had, seconds, seed, tell
        self.started = time.monotonic()
        self.lots: list[Lot] = lots(problem.shifts)
        self.chosen: Chosen = draft(problem, self.lots)
        self.lacking = _lacking(problem, self.lots, self.chosen)
        self.unproven = 0.0
        """How many seats, as a share, might still be filled for all that was proved."""
        self.best = Progress(Stage.DRAFTED, 0, 0)
        self.hopes: Mapping[UUID, Hopes] = {}

    def run(self) -> None:
        """Search until the best is proved to be that, or the time is over."""
        self.note(Progress(Stage.DRAFTED, 0, self.problem.asked - len(self.chosen)))
        if not self.lots:
            return
        built = build(self.problem, self.lots, self.had)
        self.hopes = built.hopes
        if self.lacking:
            self._search(built, Stage.SEATING, built.lacking, SEATING_SHARE)
            self.lacking = _lacking(self.problem, self.lots, self.chosen)
            self.unproven = self.best.gap or 0.0
        built.model.add(built.lacking <= self.lacking)
        self._search(built, Stage.SHARING, built.unfair, SHARING_SHARE if self.hopes else 1)
        if self.hopes:
            self._trade()
            if self.best.unfair is not None:
                built.model.add(built.unfair <= self.best.unfair)
                self._search(built, Stage.WISHING, built.refused, 1)

    def _trade(self) -> None:
        market = Market(self.problem, self.lots, self.chosen, self.hopes, self.had)
        market.trade(lambda: self.elapsed() < self.seconds)
        self.chosen = market.chosen
        self.note(replace(self.best, stage=Stage.WISHING, granted=self.granted()))

    def _search(self, built: Model, stage: Stage, cost: Cost, share: float) -> None:
        built.model.clear_hints()  # type: ignore[no-untyped-call]  # the library leaves it untyped
        for place, choice in built.choices.items():
            built.model.add_hint(choice, place in self.chosen)
        built.model.minimize(cost)
        solver, watch = cp_model.CpSolver(), _Watch(self, built, stage)
        solver.parameters.num_workers = 1
        solver.parameters.linearization_level = 0  # measured: the relaxation costs more than it brings here
        solver.parameters.random_seed = self.seed
        solver.parameters.max_time_in_seconds = max((self.seconds - self.elapsed()) * share, SHORTEST_S)
        if stage is Stage.WISHING and len(built.choices) > PROVABLE:
            _know_all(built.model, solver.parameters.max_time_in_seconds)
            solver.parameters.use_lns_only = solver.parameters.interleave_search = True
        solver.best_bound_callback = watch.bounded
        solver.solve(built.model, watch)

    def elapsed(self) -> float:
        """Seconds since the start."""
        return round(time.monotonic() - self.started, 2)

    def granted(self) -> float:
        """The share of their wishes that is granted to those who have any, on average."""
        given: dict[UUID, list[Duty]] = defaultdict(list, {id: list(duties) for id, duties in self.had.items()})
        for id, at in self.chosen:
            given[id].append(self.lots[at].duty)
        return round(fmean(hopes.granted(given[id]) for id, hopes in self.hopes.items()), 4)

    def note(self, progress: Progress) -> None:
        """Remember how good the best is, and say so."""
        self.best = replace(progress, elapsed_s=self.elapsed())
        self._tell(self.best)


class _Watch(cp_model.CpSolverSolutionCallback):
    """What the solver says while it searches: better rosters, and how good one may be at best."""

    def __init__(self, search: _Search, built: Model, stage: Stage) -> None:
        super().__init__()
        self.search, self.built, self.stage = search, built, stage
        self.cost: float | None = None
        self.bound = 0.0

    def on_solution_callback(self) -> None:
        """A better roster."""
        self.search.chosen = frozenset(
            place for place, choice in self.built.choices.items() if self.boolean_value(choice)
        )
        self.cost, self.bound = self.objective_value, self.best_objective_bound
        self._say()

    def bounded(self, bound: float) -> None:
        """No roster costs less than this."""
        self.bound = max(bound, self.bound)
        if self.cost is not None:
            self._say()

    def _say(self) -> None:
        search, cost = self.search, self.cost or 0.0
        if self.stage is Stage.WISHING:
            search.note(replace(search.best, stage=self.stage, granted=search.granted()))
            return
        missing = search.problem.asked - len(search.chosen)
        seating = self.stage is Stage.SEATING
        steps = (cost - self.bound) / (EMPTY_SEAT if seating else 1)
        gap = round(steps / max(search.problem.asked, 1) + search.unproven, 4)
        search.note(Progress(self.stage, 0, missing, None if seating else round(cost), gap))


def _know_all(model: cp_model.CpModel, seconds: float) -> None:
    """Hint at every variable, those that follow from the choices too: bettering parts begins with a whole."""
    solver = cp_model.CpSolver()
    solver.parameters.num_workers, solver.parameters.fix_variables_to_their_hinted_value = 1, True
    solver.parameters.max_time_in_seconds = seconds
    solver.solve(model)
    whole = list(solver.response_proto.solution)
    model.clear_hints()  # type: ignore[no-untyped-call]  # the library leaves it untyped
    model.proto.solution_hint.vars.extend(range(len(whole)))
    model.proto.solution_hint.values.extend(whole)


def _lacking(problem: Problem, lots: Sequence[Lot], chosen: Chosen) -> int:
    """What the model's first cost is for this roster."""
    skills: Counter[tuple[str, int]] = Counter()
    people = {officer.id: officer for officer in problem.officers}
    for id, at in chosen:
        skills.update((skill, at) for skill in people[id].skills)
    missing = sum(
        max(number - skills[skill, at], 0) for at, lot in enumerate(lots) for skill, number in lot.skills.items()
    )
    return EMPTY_SEAT * (problem.asked - len(chosen)) + MISSING_SKILL * missing
