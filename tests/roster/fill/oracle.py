"""A second opinion on proposals that shares no code with the solver: every rule looked at by brute force."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from itertools import combinations, product
from uuid import UUID

from app.roster.fill.problem import Duty, Officer, Period, Problem, Proposal, Seat, Shift, Want

NOTHING = timedelta(0)


def broken(problem: Problem, proposal: Proposal) -> list[str]:
    """Every rule that the seats proposed break, in words."""
    return [*_seats(problem, proposal), *_leaders(problem, proposal), *_shortages(problem, proposal)]


def new_seats(problem: Problem, proposal: Proposal) -> list[Seat]:
    """The seats proposed that nobody has yet."""
    had = {(seat.shift_id, seat.officer_id) for seat in problem.kept}
    return [seat for seat in proposal.seats if (seat.shift_id, seat.officer_id) not in had]


def _seats(problem: Problem, proposal: Proposal) -> Iterator[str]:
    shifts = {shift.id: shift for shift in problem.shifts}
    added = new_seats(problem, proposal)
    pairs = [(seat.shift_id, seat.officer_id) for seat in added]
    if len(set(pairs)) < len(pairs):
        yield "somebody sits twice on one shift"
    for officer in problem.officers:
        new = [shifts[seat.shift_id] for seat in added if seat.officer_id == officer.id]
        old = [shifts[seat.shift_id] for seat in problem.kept if seat.officer_id == officer.id]
        yield from may_all(problem, officer, new, [*officer.duties, *old])
    for shift in problem.shifts:
        crew = _crew(problem, proposal, shift)
        had = {seat.officer_id for seat in problem.kept if seat.shift_id == shift.id}
        sent = Counter(_seat(officer, shift) for officer in crew if officer.id not in had)
        before = Counter(_seat(officer, shift) for officer in crew if officer.id in had)
        for code, number in sent.items():
            if code is None or number + before[code] > max(shift.departments[code], before[code]):
                yield f"{shift.id} gets {number} of {code}"


def may_all(problem: Problem, officer: Officer, new: list[Shift], old: list[Duty]) -> Iterator[str]:
    """What stands against an officer taking all these shifts beside what they do already."""
    for shift in new:
        if any(away.starts_at < shift.ends_at and shift.starts_at < away.ends_at for away in officer.away):
            yield f"{officer.id} is away"
    yield from _rests(problem, officer, new, old)
    yield from _weeks(problem, officer, new, old)
    yield from _nights(problem, officer, new, old)


def _rests(problem: Problem, officer: Officer, new: list[Shift], old: list[Duty]) -> Iterator[str]:
    for one, other in [*combinations(new, 2), *product(new, old)]:
        first, second = sorted((one, other), key=lambda duty: duty.starts_at)
        between = second.starts_at - first.ends_at
        if between < NOTHING or (between < problem.limits.rest and not one.is_standby and not other.is_standby):
            yield f"{officer.id} has {between} between two shifts"


def _weeks(problem: Problem, officer: Officer, new: list[Shift], old: list[Duty]) -> Iterator[str]:
    for week in problem.limits.weeks:
        added, had = (
            sum((_within(duty, week) for duty in duties if not duty.is_standby), NOTHING) for duties in (new, old)
        )
        if added and added + had > problem.limits.weekly:
            yield f"{officer.id} works {added + had} in a week"


def _nights(problem: Problem, officer: Officer, new: list[Shift], old: list[Duty]) -> Iterator[str]:
    nights = {duty.on for duty in (*new, *old) if duty.is_night}
    length = problem.limits.nights_in_a_row + 1
    for shift, back in product(new, range(length)):
        if shift.is_night and all(shift.on + timedelta(days=ahead - back) in nights for ahead in range(length)):
            yield f"{officer.id} has {length} nights in a row"


def _within(duty: Duty, week: Period) -> timedelta:
    return max(min(duty.ends_at, week.ends_at) - max(duty.starts_at, week.starts_at), NOTHING)


def _seat(officer: Officer, shift: Shift) -> str | None:
    return next((code for code in officer.departments if code in shift.departments), None)


def _crew(problem: Problem, proposal: Proposal, shift: Shift) -> list[Officer]:
    ids = {seat.officer_id for seat in (*problem.kept, *proposal.seats) if seat.shift_id == shift.id}
    return [officer for officer in problem.officers if officer.id in ids]


def _leaders(problem: Problem, proposal: Proposal) -> Iterator[str]:
    for shift in problem.shifts:
        leaders = [
            seat.officer_id for seat in (*problem.kept, *proposal.seats) if seat.shift_id == shift.id and seat.is_leader
        ]
        crew = _crew(problem, proposal, shift)
        if len(leaders) != int(bool(crew)):
            yield f"{shift.id} has {len(leaders)} leaders of {len(crew)}"
        kept = {seat.officer_id for seat in problem.kept if seat.is_leader}
        for officer in crew:
            others = any(other.is_authority for other in crew)
            if officer.id in leaders and officer.id not in kept and others and not officer.is_authority:
                yield f"{shift.id} is led by a volunteer over an authority"


def _shortages(problem: Problem, proposal: Proposal) -> Iterator[str]:
    said = {(short.shift_id, short.want, short.name): short.missing for short in proposal.shortages}
    found: dict[tuple[UUID, Want, str], int] = {}
    for shift in problem.shifts:
        crew = _crew(problem, proposal, shift)
        sent = Counter(_seat(officer, shift) for officer in crew)
        brought = Counter(skill for officer in crew for skill in officer.skills)
        found |= {
            (shift.id, Want.DEPARTMENT, code): n - sent[code] for code, n in shift.departments.items() if sent[code] < n
        }
        found |= {
            (shift.id, Want.SKILL, code): n - brought[code] for code, n in shift.skills.items() if brought[code] < n
        }
        if not crew:
            found[shift.id, Want.LEADER, ""] = 1
    if said != found:
        yield f"said to lack {said}, lacks {found}"


def least_missing(problem: Problem) -> int:
    """The fewest seats that any roster leaves empty, by trying all; for very small problems without kept seats."""
    shifts = problem.shifts
    hands = []
    for officer in problem.officers:
        able = [at for at, shift in enumerate(shifts) if _seat(officer, shift)]
        choices = [chosen for size in range(len(able) + 1) for chosen in combinations(able, size)]
        hands.append(
            (
                officer,
                [
                    c
                    for c in choices
                    if not any(may_all(problem, officer, [shifts[at] for at in c], list(officer.duties)))
                ],
            )
        )
    best = problem.asked
    for taken in product(*(choices for _, choices in hands)):
        seats = Counter(
            (at, _seat(officer, shifts[at])) for (officer, _), chosen in zip(hands, taken, strict=True) for at in chosen
        )
        filled = sum(min(number, shifts[at].departments[code or ""]) for (at, code), number in seats.items())
        best = min(best, problem.asked - filled)
    return best
