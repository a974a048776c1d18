"""The rules a roster keeps to: one row a rule, each a function from the facts of a roster to what is unmet.

A new rule is a new row of `RULES`, with a function and, where it needs them, further members of `Facts`.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import pairwise
from typing import NamedTuple
from uuid import UUID

from app.roster.check.facts import Duty, Facts, Severity, by_start
from app.roster.workflow import mix_of, nights

HARD, SOFT = Severity.HARD, Severity.SOFT


@dataclass(frozen=True, slots=True)
class Unmet:
    """One rule unmet at one place. `amount` says by how much: people, hours, cells or nights."""

    rule: str = ""
    severity: Severity = HARD
    zh: str = ""
    en: str = ""
    shift_id: UUID | None = None
    other_shift_id: UUID | None = None
    officer: str | None = None
    department: str | None = None
    skill: str | None = None
    on: date | None = None
    band: str | None = None
    cells: tuple[str, ...] = ()
    amount: float = 1
    said: Mapping[str, object] = field(default_factory=dict)

    @property
    def place(self) -> tuple[object, ...]:
        """Where the rule is unmet, apart from by how much."""
        who = (self.officer, self.department, self.skill)
        return (self.rule, self.shift_id, self.other_shift_id, *who, self.on, self.band)


class Rule(NamedTuple):
    """A rule: its code, whether it is hard, the sentence that says it is unmet, and where it is."""

    code: str
    severity: Severity
    zh: str
    en: str
    find: Callable[[Facts], Iterator[Unmet]]

    def unmet(self, facts: Facts) -> Iterator[Unmet]:
        """Where it is unmet, said in both languages."""
        for item in self.find(facts):
            severity = SOFT if self.severity is SOFT else item.severity
            zh, en = self.zh.format(i=item, **item.said), self.en.format(i=item, **item.said)
            yield replace(item, rule=self.code, severity=severity, zh=zh, en=en)


def _hours(length: timedelta) -> float:
    return round(length / timedelta(hours=1), 2)


def mix_unmet(facts: Facts) -> Iterator[Unmet]:
    """A department sends fewer people than the shift wants of it."""
    for shift in facts.shifts:
        seated = mix_of(shift.wanted, [sitter.departments for sitter in shift.crew])
        for code, wanted in sorted(shift.wanted.mix.items()):
            if seated[code] < wanted:
                on, said = facts.day(shift.starts_at), {"patrol": shift.patrol, "wanted": wanted, "had": seated[code]}
                yield Unmet(shift_id=shift.id, department=code, on=on, amount=wanted - seated[code], said=said)


def open_seats(facts: Facts) -> Iterator[Unmet]:
    """Fewer people sit on the shift than it has seats."""
    for shift in facts.shifts:
        seats, left = sum(shift.wanted.mix.values()), shift.seats_left
        if left > 0:
            said = {"patrol": shift.patrol, "seats": seats, "left": left}
            yield Unmet(shift_id=shift.id, on=facts.day(shift.starts_at), amount=left, said=said)


def missing_skills(facts: Facts) -> Iterator[Unmet]:
    """Nobody on the shift has a skill it wants."""
    for shift in facts.shifts:
        for skill in shift.skills_missing:
            on = facts.day(shift.starts_at)
            yield Unmet(shift_id=shift.id, skill=skill, on=on, said={"patrol": shift.patrol})


def missing_leaders(facts: Facts) -> Iterator[Unmet]:
    """Nobody leads the shift."""
    for shift in facts.shifts:
        if shift.wanted.needs_leader and not any(sitter.is_leader for sitter in shift.crew):
            yield Unmet(shift_id=shift.id, on=facts.day(shift.starts_at), said={"patrol": shift.patrol})


def short_rests(facts: Facts) -> Iterator[Unmet]:
    """An officer's rest between two shifts is too short, also where one of them is outside the roster."""
    least = facts.limits.rest
    for officer, duties in facts.duties().items():
        last: Duty | None = None
        for duty in duties:
            if duty.is_standby:
                continue
            if last is not None and timedelta(0) <= duty.starts_at - last.ends_at < least and _concerns(duty, last):
                rest = duty.starts_at - last.ends_at
                said = {"had": _hours(rest), "least": _hours(least)}
                yield replace(_between(facts, last, duty), officer=officer, amount=_hours(least - rest), said=said)
            last = duty if last is None or duty.ends_at > last.ends_at else last


def _concerns(one: Duty, other: Duty) -> bool:
    return one.is_own or other.is_own


def _between(facts: Facts, first: Duty, then: Duty) -> Unmet:
    return Unmet(shift_id=then.shift_id, other_shift_id=first.shift_id, on=facts.day(then.starts_at))


def overlaps(facts: Facts) -> Iterator[Unmet]:
    """An officer, or a patrol, is on two shifts at the same time."""
    for officer, duties in facts.duties().items():
        for item in _overlapping(facts, duties):
            yield replace(item, officer=officer, said={"name": officer})
    of_patrols: dict[str, list[Duty]] = defaultdict(list)
    for shift in facts.shifts:
        of_patrols[shift.patrol].append(shift.duty())
    for patrol, own in of_patrols.items():
        for item in _overlapping(facts, sorted([*own, *facts.patrols.get(patrol, ())], key=by_start)):
            yield replace(item, said={"name": patrol})


def _overlapping(facts: Facts, duties: Sequence[Duty]) -> Iterator[Unmet]:
    for at, first in enumerate(duties):
        for other in duties[at + 1 :]:
            if other.starts_at >= first.ends_at:
                break
            if _concerns(first, other):
                shared = min(first.ends_at, other.ends_at) - other.starts_at
                yield replace(_between(facts, first, other), amount=_hours(shared))


def long_weeks(facts: Facts) -> Iterator[Unmet]:
    """An officer works too many hours from a Monday to the Sunday, shifts outside the roster counted in."""
    weeks, most = facts.weeks(), facts.limits.weekly
    for officer, duties in facts.duties().items():
        for since, until in pairwise(weeks):
            within = [one for one in duties if one.starts_at < until and one.ends_at > since and not one.is_standby]
            worked = sum((min(one.ends_at, until) - max(one.starts_at, since) for one in within), timedelta(0))
            if worked > most and any(one.is_own for one in within):
                said = {"had": _hours(worked), "most": _hours(most)}
                yield Unmet(officer=officer, on=facts.day(since), amount=_hours(worked - most), said=said)


def uncovered_cells(facts: Facts) -> Iterator[Unmet]:
    """In a band of a day, no shift is on a beat with these cells."""
    covers = [(shift.starts_at, shift.ends_at, shift.cells) for shift in facts.shifts] + list(facts.others)
    for on in facts.days():
        for starts, ends in facts.limits.bands:
            since, until = facts.span(on, starts, ends)
            seen = [cells for starts_at, ends_at, cells in covers if starts_at < until and ends_at > since]
            if left := facts.cells.difference(*seen):
                band, cells = f"{starts:%H:%M}-{ends:%H:%M}", tuple(sorted(left))
                yield Unmet(severity=facts.limits.coverage, on=on, band=band, cells=cells, amount=len(left))


def inactive_officers(facts: Facts) -> Iterator[Unmet]:
    """An officer on the shift is off duty for good."""
    for shift in facts.shifts:
        for sitter in shift.crew:
            if not sitter.is_active:
                yield Unmet(shift_id=shift.id, officer=sitter.officer, on=facts.day(shift.starts_at))


def officers_away(facts: Facts) -> Iterator[Unmet]:
    """An officer on the shift has approved leave; why, is not said."""
    for shift, sitter, serving in facts.served():
        if serving.is_away(shift.starts_at, shift.ends_at):
            yield Unmet(shift_id=shift.id, officer=sitter.officer, on=facts.day(shift.starts_at))


def expired_secondments(facts: Facts) -> Iterator[Unmet]:
    """An officer who was sent to the centre for a while sits on a shift outside that time."""
    for shift, sitter, serving in facts.served():
        if serving.was_sent_to(facts.centre) and not serving.serves(facts.centre, shift.starts_at):
            yield Unmet(shift_id=shift.id, officer=sitter.officer, on=facts.day(shift.starts_at))


def seconded_away(facts: Facts) -> Iterator[Unmet]:
    """An officer of the centre sits on a shift while serving with another host."""
    for shift, sitter, serving in facts.served():
        at_home = not facts.centre.isdisjoint(serving.home)
        if at_home and not serving.serves(facts.centre, shift.starts_at):
            yield Unmet(shift_id=shift.id, officer=sitter.officer, on=facts.day(shift.starts_at))


def teams_that_lead(facts: Facts) -> Iterator[Unmet]:
    """A volunteer or a guard leads people of an authority."""
    for shift, sitter, serving in facts.served():
        others = (facts.serving[one.officer] for one in shift.crew if one.officer in facts.serving)
        if sitter.is_leader and not serving.is_authority and any(other.is_authority for other in others):
            yield Unmet(shift_id=shift.id, officer=sitter.officer, on=facts.day(shift.starts_at))


def unfair_nights(facts: Facts) -> Iterator[Unmet]:
    """An officer has many more nights than the colleague of the department with the fewest."""
    count: dict[str, Counter[str]] = defaultdict(Counter)
    for shift in facts.shifts:
        for sitter in () if shift.wanted.is_standby else shift.crew:
            count[sitter.departments[0]][sitter.officer] += nights(shift.starts_at, shift.ends_at, facts.zone)
    for department, officers in count.items():
        fewest = min(officers.values())
        for officer, had in officers.items():
            if had > fewest + facts.limits.night_spread:
                said = {"had": had, "fewest": fewest}
                yield Unmet(officer=officer, department=department, amount=had - fewest, said=said)


RULES: tuple[Rule, ...] = (
    Rule("mix_unmet",        HARD, "{i.on} {patrol}：{i.department}应派{wanted}人，实派{had}人", "{i.on} {patrol}: {i.department} sends {had} of {wanted} people", mix_unmet),
    Rule("open_seat",        HARD, "{i.on} {patrol}：{seats}个席位空{left}个",                   "{i.on} {patrol}: {left} of {seats} seats are open",              open_seats),
    Rule("skill_missing",    HARD, "{i.on} {patrol}：无人具备技能{i.skill}",                     "{i.on} {patrol}: nobody has the skill {i.skill}",                missing_skills),
    Rule("leader_missing",   HARD, "{i.on} {patrol}：没有带班队长",                              "{i.on} {patrol}: nobody leads",                                  missing_leaders),
    Rule("rest_short",       HARD, "{i.on} {i.officer}：班次间休息{had}小时，少于{least}小时",    "{i.on} {i.officer} rests {had} h between shifts, less than {least} h", short_rests),
    Rule("overlap",          HARD, "{i.on} {name}：两个班次时间重叠",                            "{i.on} {name} is on two shifts at the same time",                overlaps),
    Rule("weekly_hours",     HARD, "{i.officer}：{i.on}起一周{had}小时，超过{most}小时",   "{i.officer} works {had} h in the week of {i.on}, more than {most} h", long_weeks),
    Rule("uncovered_cells",  HARD, "{i.on} {i.band}：{i.amount}个网格无班次覆盖",          "{i.on} {i.band}: no shift covers {i.amount} cells",       uncovered_cells),
    Rule("officer_inactive", HARD, "{i.on} {i.officer}：已停用，不能排班",                        "{i.on} {i.officer} is not active",                               inactive_officers),
    Rule("not_available",    HARD, "{i.on} {i.officer}：该时段不在岗",                            "{i.on} {i.officer} is not available",                            officers_away),
    Rule("expired_secondment", HARD, "{i.on} {i.officer}：不在派驻期内",                          "{i.on} {i.officer} is not seconded here",                        expired_secondments),
    Rule("seconded_away",    HARD, "{i.on} {i.officer}：已派驻其他单位",                          "{i.on} {i.officer} serves with another host",                    seconded_away),
    Rule("team_leads",       HARD, "{i.on} {i.officer}：社会力量不能带领执法力量",                 "{i.on} {i.officer} is of a team and may not lead an authority's people", teams_that_lead),
    Rule("unfair_nights",    SOFT, "{i.officer}：夜班{had}个，同部门最少{fewest}个",       "{i.officer} has {had} nights, a colleague {fewest}",      unfair_nights),
)  # fmt: skip


def unmet(facts: Facts) -> list[Unmet]:
    """Every rule that is unmet, rule by rule."""
    return [item for rule in RULES for item in rule.unmet(facts)]


def worse(before: Sequence[Unmet], after: Sequence[Unmet]) -> list[Unmet]:
    """The hard rules that a change leaves unmet where they were met, or unmet by more."""
    known = {item.place: item.amount for item in before}
    return [item for item in after if item.severity is HARD and item.amount > known.get(item.place, 0)]
