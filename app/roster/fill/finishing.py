"""From who sits in which lot to a proposal: seats on shifts, leaders, what is lacking and why, how fair it is."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from app.roster.fill.fairness import spreads
from app.roster.fill.lots import Chosen, Lot, dealt
from app.roster.fill.problem import Officer, Problem, Progress, Proposal, Seat, Shift, Shortage, Want
from app.roster.fill.rules import bar, settled, with_seats


def finished(problem: Problem, lots: Sequence[Lot], chosen: Chosen, best: Progress) -> Proposal:
    """The proposal of a problem with its kept seats."""
    open_, shifts = settled(problem), {shift.id: shift for shift in problem.shifts}
    people = {officer.id: officer for officer in open_.officers}
    aboard: dict[int, list[Officer]] = defaultdict(list)
    for id, at in sorted(chosen):
        aboard[at].append(people[id])
    seats = [Seat(shift.id, one.id) for at, lot in enumerate(lots) for shift, one in dealt(lot, aboard[at])]
    led = _led(problem, seats)
    after = with_seats(open_.officers, led, shifts)
    return Proposal(
        seats=led,
        shortages=tuple(_shortages(problem, led, {officer.id: officer for officer in after})),
        spreads=spreads(open_, after),
        wishes_refused=sum(wish.meets(shifts[seat.shift_id]) for seat in led for wish in people[seat.officer_id].rather_off),
        best=best,
    )


def _led(problem: Problem, seats: Sequence[Seat]) -> tuple[Seat, ...]:
    """The seats with a leader on each shift that has none: of those who may, who has led least so far."""
    may = {officer.id for officer in problem.officers if officer.may_lead}
    led = Counter(seat.officer_id for seat in problem.kept if seat.is_leader)
    leaders = {seat.shift_id: seat.officer_id for seat in problem.kept if seat.is_leader}
    crews: dict[UUID, list[UUID]] = defaultdict(list)
    for seat in seats:
        crews[seat.shift_id].append(seat.officer_id)
    for shift in problem.shifts:
        able = [id for id in crews[shift.id] if id in may]
        if able and shift.id not in leaders:
            leaders[shift.id] = min(able, key=lambda id: (led[id], id))
            led[leaders[shift.id]] += 1
    return tuple(replace(seat, is_leader=leaders.get(seat.shift_id) == seat.officer_id) for seat in seats)


def _shortages(problem: Problem, seats: Sequence[Seat], people: Mapping[UUID, Officer]) -> Iterator[Shortage]:
    crews: dict[UUID, list[Officer]] = defaultdict(list)
    leaders = {seat.shift_id for seat in (*problem.kept, *seats) if seat.is_leader}
    for seat in (*problem.kept, *seats):
        if officer := people.get(seat.officer_id):
            crews[seat.shift_id].append(officer)
    for shift in problem.shifts:
        crew = crews[shift.id]
        sent = Counter(officer.seat(shift.departments) for officer in crew)
        for code, wanted in shift.departments.items():
            if sent[code] < wanted:
                able = [one for one in people.values() if one.seat(shift.departments) == code and one not in crew]
                yield _shortage(problem, shift, (Want.DEPARTMENT, code, wanted - sent[code]), able)
        for skill, wanted in shift.skills.items():
            if (brought := sum(skill in officer.skills for officer in crew)) < wanted:
                able = [one for one in people.values() if skill in one.skills and one.seat(shift.departments)]
                yield _shortage(problem, shift, (Want.SKILL, skill, wanted - brought), able)
        if shift.needs_leader and shift.id not in leaders:
            able = [one for one in people.values() if one.may_lead and one.seat(shift.departments)]
            yield _shortage(problem, shift, (Want.LEADER, "", 1), able)


def _shortage(problem: Problem, shift: Shift, lack: tuple[Want, str, int], able: Sequence[Officer]) -> Shortage:
    """What is lacking, with the reasons that stand against each of those who could make up for it."""
    why = Counter(reason for one in able if (reason := bar(one, shift, problem.limits)))
    return Shortage(shift.id, *lack, dict(sorted(why.items())))
