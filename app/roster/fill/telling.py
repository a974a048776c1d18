"""What a solver is told of a roster: its shifts ahead, who may sit on them, what they did and do besides."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

from app.agency.models import Officer as Enrolled
from app.catalogue.calendar.service import calendar_of_centre
from app.catalogue.workflow import WorkCalendar
from app.core.db import Session
from app.identity.queries import now as instant
from app.roster.check.facts import Facts
from app.roster.check.queries import crews, shifts
from app.roster.check.service import AROUND, limits
from app.roster.fill import queries
from app.roster.fill.models import RosterFill
from app.roster.fill.problem import Away, Duty, Limits, Officer, Period, Problem, Reason, Seat, Shift, Wish
from app.roster.models import Roster
from app.roster.queries import lineages, officers_by_number
from app.roster.wish import queries as wishing
from app.roster.wish.schemas import Side, TurnIn
from app.roster.wish.workflow import Trait
from app.roster.workflow import Serving, Wanted, nights

LEAD = timedelta(minutes=5)
"""A shift that starts before a person could look at the proposal is left as it is."""


@dataclass(frozen=True, slots=True)
class Told:
    """A problem, and what its ids mean to people: officers' numbers, shifts' patrols; the versions of its shifts."""

    problem: Problem
    numbers: Mapping[UUID, str]
    patrols: Mapping[UUID, str]
    versions: Mapping[UUID, int]


@dataclass(frozen=True, slots=True)
class _Ground:
    """The days of a roster and of as many before it, in the centre's time."""

    facts: Facts
    calendar: WorkCalendar
    centre: frozenset[UUID]
    since: datetime
    until: datetime

    @classmethod
    async def of(cls, session: Session, roster: Roster) -> "_Ground":
        calendar = await calendar_of_centre(session, roster.centre_id)
        facts = Facts(calendar.zone, roster.starts_on, roster.ends_on, limits(roster), ())
        length = roster.ends_on - roster.starts_on + timedelta(days=1)
        first, last = (facts.instant(on, time()) for on in (roster.starts_on - length, roster.starts_on + length))
        return cls(facts, calendar, (await lineages(session, [roster.centre_id]))[roster.centre_id], first, last)

    @property
    def around(self) -> tuple[datetime, datetime]:
        """The time in which duties bear on the roster."""
        return self.since - AROUND, self.until + AROUND

    def duty(self, starts_at: datetime, ends_at: datetime, wanted: Mapping[str, Any] | None) -> dict[str, Any]:
        """What there is to know of a time on duty; days off by the calendar count like a weekend."""
        on: date = self.facts.day(starts_at)
        is_standby = bool(wanted and wanted["is_standby"])
        is_night = not is_standby and nights(starts_at, ends_at, self.facts.zone) > 0
        facts = {"starts_at": starts_at, "ends_at": ends_at, "on": on}
        return facts | {"is_night": is_night, "is_weekend": not self.calendar.spans(on), "is_standby": is_standby}

    def limits(self, nights_in_a_row: int) -> Limits:
        """The hard rules, week by week."""
        weeks = tuple(Period(*span) for span in pairwise(self.facts.weeks()))
        return Limits(self.facts.limits.rest, self.facts.limits.weekly, weeks, nights_in_a_row)

    def away(self, officer: Enrolled, serving: Serving) -> Iterator[Away]:
        """When an officer is not to be had: on leave, or with another host."""
        since, until = self.around
        edges = {edge for one in serving.postings for edge in (one.starts_at, one.ends_at)}
        within = sorted({since, until, *(edge for edge in edges if since < edge < until)})
        for start, end in pairwise(within):
            if not officer.is_active or not serving.serves(self.centre, start):
                yield Away(start, end, Reason.SECONDMENT)
        for start, end in serving.leaves:
            yield Away(start, end, Reason.LEAVE)


async def told(session: Session, roster: Roster, fill: RosterFill) -> Told:
    """All that a solver is told, in a dozen statements whatever the roster's size."""
    ground = await _Ground.of(session, roster)
    begun = await instant(session) + LEAD
    ahead = [row for row in await shifts(session, roster.id) if row.starts_at > begun]
    versions = await queries.versions(
        session, [row.id for row in ahead]
    )  # before the crews: what changes after is seen
    kept = await crews(session, [row.id for row in ahead]) if fill.keeps_seats else []
    codes = {code for row in ahead for code in row.wanted["mix"]}
    numbers = {*await queries.candidates(session, ground.centre, codes), *(row.number for row in kept)}
    found = await officers_by_number(session, numbers)
    problem = Problem(
        since=ground.since,
        until=ground.until,
        officers=await _officers(session, ground, roster, list(found.values()), {row.id for row in ahead}),
        shifts=tuple(_shift(ground, row) for row in ahead),
        limits=ground.limits(fill.nights_in_a_row),
        kept=tuple(Seat(row.shift_id, row.officer_id, row.is_leader) for row in kept),
    )
    names = {officer.id: officer.number for officer, _ in found.values()}
    return Told(problem, names, {row.id: row.patrol for row in ahead}, versions)


def _shift(ground: _Ground, row: Any) -> Shift:
    wanted = Wanted(**row.wanted)
    duty = ground.duty(row.starts_at, row.ends_at, row.wanted)
    skills = dict.fromkeys(wanted.skills, 1)
    return Shift(**duty, id=row.id, departments=wanted.mix, skills=skills, needs_leader=wanted.needs_leader)


async def _officers(
    session: Session,
    ground: _Ground,
    roster: Roster,
    found: Sequence[tuple[Enrolled, Serving]],
    ahead: Collection[UUID],
) -> tuple[Officer, ...]:
    """The officers with all duties but those on the shifts ahead, which are kept or given anew."""
    ids = [officer.id for officer, _ in found]
    codes = await queries.departments(session, ids)
    done, asked = defaultdict[UUID, list[Duty]](list), defaultdict[UUID, list[Period]](list)
    for row in await queries.duties(session, ids, ground.around):
        if row.shift_id not in ahead:
            done[row.officer_id].append(Duty(**ground.duty(row.starts_at, row.ends_at, row.wanted)))
    for row in await queries.leave_asked(session, ids):
        asked[row.officer_id].append(Period(row.starts_at, row.ends_at))
    wishes = await _wishes(session, roster, ids)
    before = await wishing.shares_before(session, ids, ground.facts.day(ground.since), roster.starts_on)
    return tuple(
        Officer(
            id=officer.id,
            departments=codes[officer.id],
            skills=frozenset(officer.skills),
            is_authority=serving.is_authority,
            away=tuple(ground.away(officer, serving)),
            rather_off=tuple(asked[officer.id]),
            duties=tuple(done[officer.id]),
            wishes=tuple(wishes[officer.id]),
            granted_before=before.get(officer.id),
        )
        for officer, serving in sorted(found, key=lambda one: one[0].id)
    )


async def _wishes(session: Session, roster: Roster, ids: Collection[UUID]) -> defaultdict[UUID, list[Wish]]:
    """What officers wish of the roster, and of all rosters."""
    found: defaultdict[UUID, list[Wish]] = defaultdict(list)
    said, standing = await wishing.of_roster(session, roster.id, ids), await wishing.standing(session, ids)
    for side in Side:
        is_for = side is Side.RATHER
        for id, row in said.items():
            turns = [TurnIn.model_validate(turn) for turn in getattr(row, side)]
            found[id] += [Wish(is_for, Period(turn.starts_at, turn.ends_at)) for turn in turns]
        for id, lasting in standing.items():
            found[id] += [Wish(is_for, trait=Trait(trait)) for trait in getattr(lasting, side)]
    return found
