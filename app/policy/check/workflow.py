"""Why a routing rule cannot apply: what it names is gone, its conditions exclude each other, an earlier rule takes all.

Pure: the world is given. Only what is certain is found; a rule that two earlier ones shadow together is not.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple
from uuid import UUID

from app.catalogue.workflow import WorkCalendar
from app.policy.rule.workflow import DAY, RoutingRule, is_kind, week_of


class Why(StrEnum):
    """What is wrong with a rule."""

    DEPARTMENT = "department"
    CATEGORY = "category"
    PLACE = "place"
    CONTRADICTION = "contradiction"
    SHADOWED = "shadowed"


class Severity(StrEnum):
    """error: the rule cannot apply. warning: a part of it cannot, or it never decides."""

    ERROR = "error"
    WARNING = "warning"


class Finding(NamedTuple):
    """One thing that is wrong with one rule; `what` is the codes it is about."""

    rule: str
    why: Why
    severity: Severity
    what: tuple[str, ...]
    detail: str


class World(NamedTuple):
    """What rules of a centre are held against.

    The categories in force with their domain, the departments it may call, the areas on its ground each with those
    above it, the cells with the areas they lie in, and its calendar.
    """

    categories: Mapping[str, str]
    departments: Mapping[str, UUID]
    areas: Mapping[str, frozenset[str]]
    cells: Mapping[str, frozenset[str]]
    calendar: WorkCalendar


class Placed:
    """A rule in the world: its conditions as sets, so that two rules can be compared."""

    def __init__(self, rule: RoutingRule, world: World) -> None:
        self.rule, self.world = rule, world
        self.when = rule.when

    @cached_property
    def kinds(self) -> frozenset[str] | None:
        """The categories it is for; `None`: all, and incidents without one."""
        if not self.when.categories and not self.when.domains:
            return None
        known = self.world.categories.items()
        return frozenset(code for code, domain in known if is_kind(self.when, code, domain))

    @cached_property
    def cells(self) -> frozenset[str]:
        """Of the cells it names those that are there, and in the areas it names."""
        there = (cell for cell in self.when.cells if cell in self.world.cells)
        return frozenset(cell for cell in there if not self.areas or self.world.cells[cell] & self.areas)

    @cached_property
    def areas(self) -> frozenset[str]:
        """Of the areas it names those that are there."""
        return frozenset(area for area in self.when.areas if area in self.world.areas)

    @cached_property
    def week(self) -> int:
        """The minutes of the week it is for, a bit each; 0: all."""
        return week_of(self.when.windows)

    @cached_property
    def words(self) -> tuple[str, ...]:
        """The words it looks for, as they are compared."""
        return tuple(word.casefold() for word in self.when.words)

    def within(self, other: "Placed") -> bool:
        """Whether every incident this rule is for is one that the other is for."""
        mine, theirs = self.when, other.when
        return (
            _among(mine.sources, theirs.sources)
            and _among(mine.priorities, theirs.priorities)
            and theirs.working_time in (None, mine.working_time)
            and (other.kinds is None or (self.kinds is not None and self.kinds <= other.kinds))
            and (not other.week or (self.week != 0 and not self.week & ~other.week))
            and (not other.words or (bool(self.words) and all(_holds_any(word, other.words) for word in self.words)))
            and self._lies_within(other)
        )

    def _lies_within(self, other: "Placed") -> bool:
        world = self.world
        if other.when.cells and not (self.when.cells and self.cells <= other.cells):
            return False
        if not other.when.areas:
            return True
        if self.when.cells:
            return all(world.cells[cell] & other.areas for cell in self.cells)
        return bool(self.when.areas) and all(world.areas[area] & other.areas for area in self.areas)


def _among(mine: Sequence[object], theirs: Sequence[object]) -> bool:
    return not theirs or (bool(mine) and set(mine) <= set(theirs))


def _holds_any(text: str, words: Iterable[str]) -> bool:
    return any(word in text for word in words)


def examine(rules: Sequence[RoutingRule], world: World) -> list[Finding]:
    """Everything that is wrong with a set of rules, in their order."""
    found: list[Finding] = []
    sound: list[Placed] = []
    for rule in rules:
        placed = Placed(rule, world)
        own = list(_faults(placed))
        if not any(fault.severity is Severity.ERROR for fault in own):
            own += _shadow(placed, sound)
            sound.append(placed)
        found += own
    return found


def _shadow(placed: Placed, earlier: list[Placed]) -> list[Finding]:
    above = next((other for other in earlier if placed.within(other)), None)
    if above is None:
        return []
    detail = f"Every incident it is for is decided by {above.rule.code} before it."
    return [Finding(placed.rule.code, Why.SHADOWED, Severity.WARNING, (above.rule.code,), detail)]


def _faults(placed: Placed) -> Iterator[Finding]:
    yield from _departments(placed)
    yield from _categories(placed)
    yield from _places(placed)
    yield from _hours(placed)


def _departments(placed: Placed) -> Iterator[Finding]:
    rule = placed.rule
    gone = tuple(code for code in rule.departments if code not in placed.world.departments)
    if gone:
        detail = f"No department {_listed(gone)} can be called from this centre."
        yield Finding(rule.code, Why.DEPARTMENT, Severity.ERROR, gone, detail)


def _categories(placed: Placed) -> Iterator[Finding]:
    rule, when, known = placed.rule, placed.when, placed.world.categories
    gone = tuple(prefix for prefix in when.categories if not any(code.startswith(prefix) for code in known))
    none = tuple(domain.value for domain in when.domains if domain not in known.values())
    if gone or none:
        whole = len(gone) == len(when.categories) > 0 or len(none) == len(when.domains) > 0
        detail = f"The edition in force has no category of {_listed((*gone, *none))}."
        yield Finding(rule.code, Why.CATEGORY, _severity(whole=whole), (*gone, *none), detail)
        if whole:
            return
    if placed.kinds is not None and not placed.kinds:
        detail = "No category with these beginnings is of these domains."
        yield Finding(rule.code, Why.CONTRADICTION, Severity.ERROR, ("categories", "domains"), detail)


def _places(placed: Placed) -> Iterator[Finding]:
    rule, when, world = placed.rule, placed.when, placed.world
    cells = tuple(cell for cell in when.cells if cell not in world.cells)
    areas = tuple(area for area in when.areas if area not in world.areas)
    if cells or areas:
        whole = len(cells) == len(when.cells) > 0 or len(areas) == len(when.areas) > 0
        detail = f"No {_listed((*cells, *areas))} is on this centre's ground now."
        yield Finding(rule.code, Why.PLACE, _severity(whole=whole), (*cells, *areas), detail)
        if whole:
            return
    if when.cells and not placed.cells:
        detail = "None of these cells is in these areas."
        yield Finding(rule.code, Why.CONTRADICTION, Severity.ERROR, ("cells", "areas"), detail)


def _hours(placed: Placed) -> Iterator[Finding]:
    """Working time that is wanted, and windows in which the calendar never has any."""
    if placed.when.working_time and placed.week and not placed.week & worked(placed.world.calendar):
        detail = "There is no working time in these windows."
        yield Finding(placed.rule.code, Why.CONTRADICTION, Severity.ERROR, ("windows", "working_time"), detail)


def worked(calendar: WorkCalendar) -> int:
    """The minutes of the week that are ever working time, a bit each: of its weeks, and of days unlike them."""
    days = [*enumerate(calendar.weekly), *((on.weekday(), periods) for on, periods in calendar.days.items())]
    mask = 0
    for weekday, periods in days:
        for start, end in periods:
            mask |= ((1 << (end - start)) - 1) << (weekday * DAY + start)
    return mask


def _severity(*, whole: bool) -> Severity:
    return Severity.ERROR if whole else Severity.WARNING


def _listed(codes: Sequence[str]) -> str:
    return ", ".join(codes[:5]) + (", …" if len(codes) > 5 else "")  # noqa: PLR2004  # enough to recognise them


def broken(findings: Iterable[Finding]) -> frozenset[str]:
    """The rules whose effect cannot be carried out: an incident that meets one falls to the next."""
    return frozenset(finding.rule for finding in findings if breaks(finding))


def breaks(finding: Finding) -> bool:
    """Whether a finding keeps a rule's effect from being carried out."""
    return finding.why is Why.DEPARTMENT
