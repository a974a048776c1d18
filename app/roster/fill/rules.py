"""Which rule stands against an officer taking a shift, and what is left to seat once kept seats are taken as given."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

from app.roster.fill.problem import Duty, Limits, Officer, Period, Problem, Reason, Seat, Shift

ONE_DAY = timedelta(days=1)


def bar(officer: Officer, shift: Duty, limits: Limits) -> Reason | None:
    """The rule that stands against seating this officer, with the duties they have, on this shift."""
    for away in officer.away:
        if away.meets(shift):
            return away.why
    if any(duty.meets(shift) for duty in officer.duties):
        return Reason.BUSY
    if any(duty.excludes(shift, limits.rest) for duty in officer.duties):
        return Reason.REST
    if any(shift.worked(week) > hours_left(officer.duties, limits, week) for week in limits.weeks):
        return Reason.HOURS
    nights = {duty.on for duty in officer.duties if duty.is_night}
    return Reason.NIGHTS if shift.is_night and in_a_row(nights, shift.on) > limits.nights_in_a_row else None


def hours_left(duties: Iterable[Duty], limits: Limits, week: Period) -> timedelta:
    """How much more may be worked in a week beside these duties; never less than nothing."""
    worked = sum((duty.worked(week) for duty in duties), timedelta(0))
    return max(limits.weekly - worked, timedelta(0))


def in_a_row(nights: set[date], on: date) -> int:
    """How many nights follow each other around this date when it is one of them."""
    return 1 + _run(nights, on, ONE_DAY) + _run(nights, on, -ONE_DAY)


def _run(nights: set[date], on: date, step: timedelta) -> int:
    length = 0
    while on + step * (length + 1) in nights:
        length += 1
    return length


def settled(problem: Problem) -> Problem:
    """The same problem without kept seats: they are duties of their officers, and the shifts want so many fewer.

    A kept seat that breaks a rule stays: rules are kept between what is new and everything else.
    """
    shifts = {shift.id: shift for shift in problem.shifts}
    people = {officer.id: officer for officer in problem.officers}
    had: dict[UUID, Counter[str]] = defaultdict(Counter)
    held: dict[UUID, Counter[str]] = defaultdict(Counter)
    for seat in problem.kept:
        if officer := people.get(seat.officer_id):
            had[seat.shift_id][officer.seat(shifts[seat.shift_id].departments) or ""] += 1
            held[seat.shift_id].update(officer.skills)
    return replace(
        problem,
        kept=(),
        officers=with_seats(problem.officers, problem.kept, shifts),
        shifts=tuple(_left(shift, had[shift.id], held[shift.id]) for shift in problem.shifts),
    )


def _left(shift: Shift, had: Mapping[str, int], held: Mapping[str, int]) -> Shift:
    return replace(shift, departments=_less(shift.departments, had), skills=_less(shift.skills, held))


def _less(wanted: Mapping[str, int], had: Mapping[str, int]) -> dict[str, int]:
    """What is left; a department that wants nobody more stays named, so that nobody takes another's seat for it."""
    return {name: max(number - had.get(name, 0), 0) for name, number in wanted.items()}


def kept_duties(problem: Problem) -> dict[UUID, list[Shift]]:
    """The shifts that officers sit on already."""
    shifts = {shift.id: shift for shift in problem.shifts}
    had: dict[UUID, list[Shift]] = defaultdict(list)
    for seat in problem.kept:
        had[seat.officer_id].append(shifts[seat.shift_id])
    return had


def with_seats(officers: Iterable[Officer], seats: Iterable[Seat], shifts: Mapping[UUID, Shift]) -> tuple[Officer, ...]:
    """The officers with these seats among their duties."""
    more: dict[UUID, list[Duty]] = defaultdict(list)
    for seat in seats:
        more[seat.officer_id].append(shifts[seat.shift_id])
    return tuple(replace(one, duties=(*one.duties, *more[one.id])) if one.id in more else one for one in officers)
