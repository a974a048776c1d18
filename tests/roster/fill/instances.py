"""Rosters to fill, made up: a big one as a district has it, and small ones of every kind."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from hypothesis import strategies as st

from app.roster.fill.problem import Away, Duty, Limits, Officer, Period, Problem, Reason, Seat, Shift, Wish
from app.roster.wish.workflow import Trait

MONDAY = datetime(2026, 11, 30, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MIX = {"public_security": 1, "urban_management": 1, "community": 1}


def at(start_h: float, length_h: float = 8, **changes: Any) -> dict[str, Any]:
    """The time of a duty from so many hours after the first midnight on."""
    start = MONDAY + start_h * HOUR
    end = start + length_h * HOUR
    night = start.hour <= 2 < end.hour or (start.date() < end.date() and end.hour > 2)
    facts = {"starts_at": start, "ends_at": end, "on": start.date(), "is_night": night}
    return facts | {"is_weekend": start.weekday() >= 5, "is_standby": False} | changes


def shift(number: int, start_h: float, length_h: float = 8, **changes: Any) -> Shift:
    """A shift that wants one person of A."""
    times = {name: changes.pop(name) for name in ("is_standby", "is_night") if name in changes}
    return Shift(**at(start_h, length_h, **times), id=UUID(int=1000 + number), **{"departments": {"A": 1}} | changes)


def officer(number: int, *departments: str, **changes: Any) -> Officer:
    """An officer of A."""
    return Officer(UUID(int=number), departments or ("A",), **changes)


def problem(officers: list[Officer], shifts: list[Shift], kept: tuple[Seat, ...] = (), **limits: Any) -> Problem:
    """A roster of two weeks."""
    weeks = tuple(Period(MONDAY + week * 7 * DAY, MONDAY + (week + 1) * 7 * DAY) for week in range(2))
    rules: dict[str, Any] = {"rest": 11 * HOUR, "weekly": 48 * HOUR, "weeks": weeks, "nights_in_a_row": 3} | limits
    return Problem(MONDAY - 14 * DAY, MONDAY + 14 * DAY, tuple(officers), tuple(shifts), Limits(**rules), kept)


def district(crews: int = 9, seed: int = 2, *, is_wishing: bool = False) -> Problem:
    """120 officers of three departments, two weeks, three shifts a day of so many crews; leave, skills, and a past.

    Where it is wishing, three of four have wishes: up to eight turns for and against, or a standing one, or both.
    """
    dice = random.Random(seed)
    officers = [_of_district(number, dice) for number in range(120)]
    if is_wishing:
        officers = [replace(one, **_hopes(dice)) for one in officers]
    shifts = [
        Shift(
            **at(24 * day + 8 * third),
            id=UUID(int=10_000 + 1000 * day + 100 * third + crew),
            departments=MIX,
            skills={"first_aid": 1} if crew < 3 else {},
        )
        for day in range(14)
        for third in range(3)
        for crew in range(crews)
    ]
    return problem(officers, shifts)


def _hopes(dice: random.Random) -> dict[str, Any]:
    kind, wishes = dice.choice(["none", "turns", "standing", "both"]), list[Wish]()
    if kind in ("turns", "both"):
        starts = dice.sample([24 * day + 8 * third for day in range(14) for third in range(3)], dice.randrange(1, 9))
        wishes += [Wish(dice.random() < 0.4, turn(start)) for start in starts]
    if kind in ("standing", "both"):
        wishes.append(Wish(dice.random() < 0.5, trait=dice.choice([Trait.NIGHT, Trait.SUNDAY, Trait.DAY_OFF])))
    before = dice.choice([None, dice.random()])
    return {"wishes": tuple(wishes), "granted_before": before}


def turn(start_h: float, length_h: float = 8) -> Period:
    """The time of a shift from so many hours after the first midnight on."""
    return Period(MONDAY + start_h * HOUR, MONDAY + (start_h + length_h) * HOUR)


def _of_district(number: int, dice: random.Random) -> Officer:
    away: tuple[Away, ...] = ()
    if dice.random() < 0.1:
        gone = MONDAY + dice.randrange(12) * DAY
        away = (Away(gone, gone + dice.randrange(1, 4) * DAY, Reason.LEAVE),)
    done: list[Duty] = []
    for day in range(-14, 0):
        duty = Duty(**at(24 * day + 8 * dice.choice([0, 1, 1, 2])))
        if dice.random() < 0.65 and (not done or duty.starts_at >= done[-1].ends_at + 11 * HOUR):
            done.append(duty)
    skills = frozenset({"first_aid"} if dice.random() < 0.4 else ())
    return officer(number + 1, list(MIX)[number % 3], skills=skills, away=away, duties=tuple(done))


@st.composite
def small(draw: st.DrawFn, officers: int = 6, shifts: int = 8) -> Problem:
    """A small roster of any kind: departments above others, skills, standby, leave, duties before, seats kept."""
    count = draw(st.integers(1, shifts))
    wanted = [draw(_shifts(number)) for number in range(count)]
    people = [draw(_officers(number + 1)) for number in range(draw(st.integers(1, officers)))]
    kept = draw(
        st.lists(
            st.builds(
                Seat,
                st.sampled_from([one.id for one in wanted]),
                st.sampled_from([o.id for o in people]),
                st.booleans(),
            ),
            max_size=3,
            unique_by=(lambda seat: seat.shift_id, lambda seat: seat.officer_id),
        )
    )
    rest, weekly = draw(st.sampled_from([0, 8, 11])) * HOUR, draw(st.sampled_from([12, 24, 48])) * HOUR
    row = draw(st.integers(1, 3))
    return problem(people, wanted, tuple(kept), rest=rest, weekly=weekly, nights_in_a_row=row)


@st.composite
def _shifts(draw: st.DrawFn, number: int) -> Shift:
    start, length = (
        draw(st.sampled_from([0, 4, 8, 16, 22])) + 24 * draw(st.integers(0, 4)),
        draw(st.sampled_from([4, 8, 10])),
    )
    mix = draw(st.dictionaries(st.sampled_from("ABC"), st.integers(1, 2), min_size=1, max_size=2))
    skills = draw(st.dictionaries(st.sampled_from(["dog", "boat"]), st.just(1), max_size=2))
    standby = draw(st.booleans()) and draw(st.booleans())
    night = {"is_night": False} if standby else {}
    return shift(number, start, length, departments=mix, skills=skills, is_standby=standby, **night)


@st.composite
def _officers(draw: st.DrawFn, number: int) -> Officer:
    departments = draw(st.sampled_from([("A",), ("B",), ("C",), ("A", "B"), ("D",)]))
    skills = draw(st.frozensets(st.sampled_from(["dog", "boat"])))
    leave = [MONDAY + draw(st.integers(0, 120)) * HOUR for _ in range(draw(st.integers(0, 1)))]
    wish = [MONDAY + draw(st.integers(0, 120)) * HOUR for _ in range(draw(st.integers(0, 1)))]
    wishes = draw(st.lists(st.one_of(st.builds(Wish, st.booleans(), _turns()), _lasting()), max_size=4))
    done = [Duty(**at(draw(st.integers(-40, 100)), 8)) for _ in range(draw(st.integers(0, 2)))]
    return officer(
        number,
        *departments,
        skills=skills,
        is_authority=draw(st.booleans()),
        away=tuple(Away(since, since + 20 * HOUR, Reason.LEAVE) for since in leave),
        rather_off=tuple(Period(since, since + 20 * HOUR) for since in wish),
        duties=tuple(done),
        wishes=tuple(dict.fromkeys(wishes)),
        granted_before=draw(st.sampled_from([None, 0.0, 0.5, 1.0])),
    )


def _turns() -> st.SearchStrategy[Period]:
    return st.builds(turn, st.builds(lambda day, hour: 24 * day + hour, st.integers(0, 4), st.sampled_from([0, 8, 16])))


def _lasting() -> st.SearchStrategy[Wish]:
    return st.builds(lambda is_for, trait: Wish(is_for, trait=trait), st.booleans(), st.sampled_from(Trait))
