"""From who sits in which lot to a proposal: seats on shifts, leaders, what is lacking and why, how fair it is."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from app.roster.fill.answering import Answers
from app.roster.fill.fairness import spreads
from app.roster.fill.lots import Chosen, Lot, dealt
from app.roster.fill.problem import Officer, Problem, Progress, Proposal, Seat, Shift, Shortage, Want
from app.roster.fill.rules import bar, kept_duties, settled, with_seats
from app.roster.fill.wishes import Hopes


def finished(
    problem: Problem, lots: Sequence[Lot], chosen: Chosen, best: Progress, hopes: Mapping[UUID, Hopes]
) -> Proposal:
    """The proposal of a problem with its kept seats."""
    open_, shifts = settled(problem), {shift.id: shift for shift in problem.shifts}
    people = {officer.id: officer for officer in open_.officers}
    aboard: dict[int, list[Officer]] = defaultdict(list)
    for id, at in sorted(chosen):
        aboard[at].append(people[id])
    seats = [Seat(shift.id, one.id) for at, lot in enumerate(lots) for shift, one in dealt(lot, aboard[at])]
    led = _led(problem, seats)
    after = with_seats(open_.officers, led[: len(seats)], shifts)
    on = defaultdict(list, kept_duties(problem))
    for seat in seats:
        on[seat.officer_id].append(shifts[seat.shift_id])
    return Proposal(
        seats=led,
        shortages=tuple(_shortages(problem, led, {officer.id: officer for officer in after})),
        spreads=spreads(open_, after),
        leave_refused=sum(
            wish.meets(shifts[seat.shift_id]) for seat in led for wish in people[seat.officer_id].rather_off
        ),
        best=best,
        answers=tuple(Answers(problem, after, on, hopes).all()),
        shares={id: round(one.granted(on[id]), 4) for id, one in hopes.items()},
    )


def _led(problem: Problem, seats: Sequence[Seat]) -> tuple[Seat, ...]:
    """The seats with a leader on each shift that wants one and has none: of those who may, who has led least so far."""
    people = {officer.id: officer for officer in problem.officers}
    led = Counter(seat.officer_id for seat in problem.kept if seat.is_leader)
    is_led = {seat.shift_id for seat in problem.kept if seat.is_leader}
    crews, leaders = _crews((*problem.kept, *seats), people), set()
    for shift in problem.shifts:
        if crews[shift.id] and shift.needs_leader and shift.id not in is_led:
            able = [one for one in crews[shift.id] if one.is_authority] or crews[shift.id]
            leader = min(able, key=lambda one: (led[one.id], one.id))
            led[leader.id] += 1
            leaders.add(Seat(shift.id, leader.id))
    promoted = [seat for seat in problem.kept if seat in leaders]
    return tuple(replace(seat, is_leader=seat in leaders) for seat in (*seats, *promoted))


def _crews(seats: Sequence[Seat], people: Mapping[UUID, Officer]) -> dict[UUID, list[Officer]]:
    """Who sits on which shift, each once."""
    crews: dict[UUID, dict[UUID, Officer]] = defaultdict(dict)
    for seat in seats:
        if officer := people.get(seat.officer_id):
            crews[seat.shift_id][officer.id] = officer
    return defaultdict(list, {shift_id: list(crew.values()) for shift_id, crew in crews.items()})


def _shortages(problem: Problem, seats: Sequence[Seat], people: Mapping[UUID, Officer]) -> Iterator[Shortage]:
    """What each shift lacks; `people` have the seats proposed among their duties."""
    crews = _crews((*problem.kept, *seats), people)
    is_led = {seat.shift_id for seat in (*problem.kept, *seats) if seat.is_leader}
    for shift in problem.shifts:
        crew = crews[shift.id]
        others = [one for one in people.values() if one.seat(shift.departments) and one not in crew]
        for lack, able in _lacks(shift, crew, others):
            why = Counter(reason for one in able if (reason := bar(one, shift, problem.limits)))
            yield Shortage(shift.id, *lack, dict(sorted(why.items())))
        if shift.needs_leader and shift.id not in is_led:
            yield Shortage(shift.id, Want.LEADER, "", 1, {})


def _lacks(
    shift: Shift, crew: Sequence[Officer], others: Sequence[Officer]
) -> Iterator[tuple[tuple[Want, str, int], list[Officer]]]:
    """What a shift lacks, and which of the others could make up for it."""
    sent = Counter(officer.seat(shift.departments) for officer in crew)
    for code, wanted in shift.departments.items():
        if sent[code] < wanted:
            able = [one for one in others if one.seat(shift.departments) == code]
            yield (Want.DEPARTMENT, code, wanted - sent[code]), able
    for skill, wanted in shift.skills.items():
        brought = sum(skill in officer.skills for officer in crew)
        if brought < wanted:
            yield (Want.SKILL, skill, wanted - brought), [one for one in others if skill in one.skills]
