"""Shifts that are all the same to a solver are one lot: people are shared out to it, and dealt to its shifts after."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from app.roster.fill.problem import Duty, Officer, Shift


@dataclass(frozen=True, slots=True)
class Lot:
    """Shifts at the same time that want the same people."""

    shifts: tuple[Shift, ...]
    departments: Mapping[str, int]
    skills: Mapping[str, int]

    @property
    def duty(self) -> Duty:
        """The time all of them take."""
        return self.shifts[0]

    def seat(self, officer: Officer) -> str | None:
        """The department whose seat the officer would take, if such seats are open."""
        code = officer.seat(self.departments)
        return code if code and self.departments[code] else None


def lots(shifts: Sequence[Shift]) -> list[Lot]:
    """The shifts with open seats, in lots, by time.

    Only shifts that want one skill at most lie together: then enough holders in all can always be dealt so that every
    shift has enough. Of two skills that need not be so.
    """
    groups: dict[object, list[Shift]] = defaultdict(list)
    for shift in shifts:
        if any(shift.departments.values()):
            wanted = frozenset(shift.departments.items()), frozenset(shift.skills.items())
            alone = shift.id if sum(number > 0 for number in shift.skills.values()) > 1 else None
            time = shift.starts_at, shift.ends_at, shift.on, shift.is_night, shift.is_weekend, shift.is_standby
            groups[time, wanted, alone].append(shift)
    return sorted(map(_lot, groups.values()), key=lambda lot: (lot.duty.starts_at, lot.duty.ends_at, lot.shifts[0].id))


def _lot(group: Sequence[Shift]) -> Lot:
    one, times = group[0], len(group)
    departments = {code: number * times for code, number in one.departments.items()}
    return Lot(tuple(group), departments, {skill: number * times for skill, number in one.skills.items() if number})


def dealt(lot: Lot, officers: Sequence[Officer]) -> Iterator[tuple[Shift, Officer]]:
    """Which of a lot's officers go to which of its shifts.

    Holders of the wanted skill are dealt first, department after department in rounds: of them no shift gets more than
    one more than another, in all and of each department. The others take the seats left.
    """
    skilled = set(lot.skills)
    open_ = [dict(shift.departments) for shift in lot.shifts]
    turn, places = 0, len(lot.shifts)
    for officer in sorted(officers, key=lambda officer: (skilled.isdisjoint(officer.skills), lot.seat(officer) or "")):
        seat = lot.seat(officer) or ""
        at = next(at % places for at in range(turn, turn + places) if open_[at % places][seat] > 0)
        open_[at][seat] -= 1
        turn = at + 1
        yield lot.shifts[at], officer


Chosen = frozenset[tuple[UUID, int]]
"""Who sits in which lot: an officer, and the place of the lot in the list."""
