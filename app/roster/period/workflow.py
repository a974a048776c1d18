"""Which shifts templates give in a period, which patrol goes where none is named, and who keeps a seat."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from app.roster.check.facts import Sitter
from app.roster.template.schemas import CrewWanted, TemplateOut
from app.roster.workflow import Wanted, filled

Span = tuple[datetime, datetime]


class Key(NamedTuple):
    """What makes a roster's shift the one it is: the crew at a place in a template, on a day."""

    template_id: UUID
    on: date
    slot: int


@dataclass(frozen=True, slots=True)
class Slot:
    """A shift that a template gives."""

    key: Key
    template: TemplateOut
    crew: CrewWanted
    starts_at: datetime
    ends_at: datetime

    @property
    def wanted(self) -> Wanted:
        """The crew it wants."""
        return self.crew.wanted(is_standby=self.template.is_standby)

    @property
    def beat(self) -> str | None:
        """The beat whose turn it is."""
        return self.crew.beat(self.template.pattern().turn(self.key.on))


def slots(templates: Iterable[TemplateOut], starts_on: date, ends_on: date, zone: ZoneInfo) -> Iterator[Slot]:
    """Every shift that templates give in a period, both ends included."""
    for template in templates:
        pattern = template.pattern()
        for on in pattern.days(starts_on, ends_on):
            for at, crew in enumerate(template.crews):
                yield Slot(Key(template.id, on, at), template, crew, *pattern.span(on, zone))


class Free:
    """Which patrols, or officers, have nothing else to do at a time."""

    def __init__(self) -> None:
        self._taken: dict[UUID, list[Span]] = {}

    def take(self, who: UUID, span: Span) -> None:
        """Somebody has something to do."""
        self._taken.setdefault(who, []).append(span)

    def at(self, who: UUID, span: Span) -> bool:
        """Whether somebody has nothing to do."""
        return all(ends <= span[0] or starts >= span[1] for starts, ends in self._taken.get(who, ()))

    def first(self, among: Mapping[str, UUID], span: Span) -> UUID | None:
        """The first of some, by code, who has nothing to do."""
        return next((among[code] for code in sorted(among) if self.at(among[code], span)), None)


def fitting(wanted: Wanted, crew: Sequence[Sitter]) -> list[str]:
    """Who of a crew, by number, keeps a seat when other people are wanted: leaders first, then in their order."""
    taken: Counter[str] = Counter()
    kept = []
    for sitter in sorted(crew, key=lambda one: not one.is_leader):
        code = filled(wanted, sitter.departments)
        if code is not None and taken[code] < wanted.mix[code]:
            taken[code] += 1
            kept.append(sitter.officer)
    return kept
