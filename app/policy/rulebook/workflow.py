"""Which of many routing rules decides: the first in order that is for the matter, in the nearest set that has one.

Pure. A rule whose effect cannot be carried out any more is passed over, and that it was is part of the decision.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from app.catalogue.workflow import WorkCalendar
from app.policy.rule.workflow import DAY, RoutingConditions, RoutingRule, is_kind, week_of

REMEMBERED = 4096


class Matter(NamedTuple):
    """What rules look at of an incident. `minute` is of the week it was reported in, by the centre's clock."""

    category: str | None
    domain: str | None
    cell: str
    areas: frozenset[str]
    source: str
    priority: int
    minute: int
    working: bool
    text: str


def moment(calendar: WorkCalendar, at: datetime) -> tuple[int, bool]:
    """The minute of the week at an instant by the calendar's clock, and whether that is working time."""
    local = at.astimezone(calendar.zone)
    minute = local.weekday() * DAY + local.hour * 60 + local.minute
    return minute, any(since <= at < to for since, to in calendar.spans(local.date()))


class Decision(NamedTuple):
    """The rule that decides, if any, and those before it that would have, had their effect been possible."""

    rule: RoutingRule | None
    skipped: tuple[str, ...]


class _Asked(NamedTuple):
    """A rule made ready to be asked: what of it depends on place, time and words."""

    rule: RoutingRule
    cells: frozenset[str]
    areas: frozenset[str]
    week: int
    words: frozenset[str]

    def holds(self, matter: Matter) -> bool:
        """Whether the conditions hold that are not looked up."""
        when = self.rule.when
        return (
            (not self.cells or matter.cell in self.cells)
            and (not self.areas or not self.areas.isdisjoint(matter.areas))
            and (not self.week or bool(self.week >> matter.minute & 1))
            and when.working_time in (None, matter.working)
        )


class Rulebook:
    """A set's rules made ready to be asked.

    What depends on category, source and priority alone is worked out once for each that comes: of five hundred rules a
    handful is left to be asked.
    """

    def __init__(self, rules: Sequence[RoutingRule]) -> None:
        self.rules = tuple(rules)
        self._asked = [_ready(rule) for rule in self.rules]
        self._words = frozenset[str]().union(*(asked.words for asked in self._asked))
        self._known: dict[tuple[str | None, str | None, str, int], list[_Asked]] = {}

    def decide(self, matter: Matter, broken: Collection[str] = ()) -> Decision:
        """The first rule in order that is for this matter and not broken."""
        skipped: list[str] = []
        found = {word for word in self._words if word in matter.text}  # each is looked for once, not rule by rule
        for asked in self._left(matter):
            if asked.words and asked.words.isdisjoint(found):
                continue
            if asked.holds(matter):
                if asked.rule.code not in broken:
                    return Decision(asked.rule, tuple(skipped))
                skipped.append(asked.rule.code)
        return Decision(None, tuple(skipped))

    def _left(self, matter: Matter) -> list[_Asked]:
        key = (matter.category, matter.domain, matter.source, matter.priority)
        found = self._known.get(key)
        if found is None:
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            found = self._known[key] = [asked for asked in self._asked if fits(asked.rule.when, *key)]
        return found


def _ready(rule: RoutingRule) -> _Asked:
    when = rule.when
    words = frozenset(word.casefold() for word in when.words)
    return _Asked(rule, frozenset(when.cells), frozenset(when.areas), week_of(when.windows), words)


def fits(when: RoutingConditions, category: str | None, domain: str | None, source: str, priority: int) -> bool:
    """Whether the conditions hold that look at nothing but category, source and priority."""
    return (
        is_kind(when, category, domain)
        and (not when.sources or source in when.sources)
        and (not when.priorities or priority in when.priorities)
    )


class SetInForce(NamedTuple):
    """A set that is asked: its rules, those of them that are broken now, and whose which edition it is."""

    book: Rulebook
    broken: frozenset[str]
    centre: str
    edition: int


class Passed(NamedTuple):
    """A broken rule that was passed over, and whose which edition it is of."""

    rule: str
    centre: str
    edition: int


class Choice(NamedTuple):
    """What all sets that hold at a place say together: a rule and whose it is, and what was passed over before it."""

    rule: RoutingRule | None
    centre: str | None
    edition: int | None
    skipped: tuple[Passed, ...]


def choose(sets: Iterable[SetInForce], matter: Matter) -> Choice:
    """Ask one set after the other, the nearest centre's first: what no rule of it is for goes on to the next."""
    skipped: list[Passed] = []
    for one in sets:
        decision = one.book.decide(matter, one.broken)
        skipped += [Passed(rule, one.centre, one.edition) for rule in decision.skipped]
        if decision.rule is not None:
            return Choice(decision.rule, one.centre, one.edition, tuple(skipped))
    return Choice(None, None, None, tuple(skipped))
