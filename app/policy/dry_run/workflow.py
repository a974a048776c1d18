"""What a dry run counts: incidents that would have gone elsewhere, rule by rule. Pure."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from app.policy.rule.workflow import RoutingEffect
from app.policy.rulebook.workflow import Choice

NOTHING = RoutingEffect()
MOVES, EXAMPLES = 50, 20
EFFECTS = tuple(RoutingEffect.model_fields)


Source = tuple[str | None, int | None, str | None]
"""Which rule of which edition of which centre; no rule at all is one too."""


class Past(NamedTuple):
    """An incident as it was, and the department that led it in the end."""

    number: str
    reported_at: datetime
    category: str | None
    led_by: str | None


class Example(NamedTuple):
    """An incident that would change, from what to what."""

    past: Past
    now: Choice
    then: Choice


class Tally:
    """Counts of one dry run. `now` is what the rules in force say of an incident, `then` what they would say."""

    def __init__(self, centre: str, edition: int, rules: Sequence[str], most: int) -> None:
        self.of, self.most = (centre, edition), most
        self.incidents = self.changed = self.unmatched = self.skipped = 0
        self.truncated = False
        self.matched: Counter[str] = Counter(dict.fromkeys(rules, 0))
        self.changed_by: Counter[str] = Counter()
        self.effects: Counter[str] = Counter()
        self.moves: Counter[tuple[Source, Source]] = Counter()
        self.examples: dict[tuple[Source, Source], Example] = {}
        self.led = self.led_as_now = self.led_as_then = 0

    def add(self, past: Past, now: Choice, then: Choice) -> None:
        """Count one incident; beyond the most that are wanted, only that there are more."""
        if self.incidents == self.most:
            self.truncated = True
            return
        self.incidents += 1
        self.unmatched += then.rule is None
        self.skipped += bool(then.skipped)
        own = then.rule.code if then.rule is not None and (then.centre, then.edition) == self.of else None
        if own is not None:
            self.matched[own] += 1
        if past.led_by is not None:
            self.led += 1
            self.led_as_now += effect(now).lead_department == past.led_by
            self.led_as_then += effect(then).lead_department == past.led_by
        if effect(now) is not effect(then) and effect(now) != effect(then):
            self._change(Example(past, now, then), own)

    def _change(self, example: Example, own: str | None) -> None:
        self.changed += 1
        if own is not None:
            self.changed_by[own] += 1
        now, then = effect(example.now), effect(example.then)
        self.effects.update(name for name in EFFECTS if getattr(now, name) != getattr(then, name))
        move = _source(example.now), _source(example.then)
        self.moves[move] += 1
        self.examples.setdefault(move, example)  # one of each kind tells more than twenty of one


def effect(choice: Choice) -> RoutingEffect:
    """What a choice does."""
    return choice.rule.then if choice.rule is not None else NOTHING


def _source(choice: Choice) -> Source:
    return choice.centre, choice.edition, None if choice.rule is None else choice.rule.code
