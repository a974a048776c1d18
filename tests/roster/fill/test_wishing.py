"""Wishes choose among rosters that are as full and as fair, and nobody's weigh more than others'."""

from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings

from app.roster.fill import solving
from app.roster.fill.problem import Away, Duty, Problem, Proposal, Reason, Seat, Stage, Want, Wish
from app.roster.wish.workflow import Trait, WhyNot
from tests.roster.fill.instances import DAY, MONDAY, at, district, officer, problem, shift, small, turn
from tests.roster.fill.oracle import broken

LONG = settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])


def solved(asked: Problem, seconds: float = 5) -> Proposal:
    return solving.solve(asked, seconds, 2, lambda _: None)


def missing(found: Proposal) -> int:
    return sum(short.missing for short in found.shortages if short.want is not Want.LEADER)


def bare(asked: Problem) -> Problem:
    """The same problem, nobody wishing anything."""
    return replace(asked, officers=tuple(replace(one, wishes=(), granted_before=None) for one in asked.officers))


def rather(*starts: float) -> tuple[Wish, ...]:
    return tuple(Wish(True, turn(start)) for start in starts)


def rather_not(*starts: float) -> tuple[Wish, ...]:
    return tuple(Wish(False, turn(start)) for start in starts)


def on(found: Proposal, number: int) -> set[int]:
    """The shifts that an officer is proposed for."""
    return {seat.shift_id.int - 1000 for seat in found.seats if seat.officer_id.int == number}


@LONG
@given(small())
def test_wishes_cost_no_seat_no_skill_and_no_fairness(asked: Problem) -> None:
    wishing, others = solved(asked), solved(bare(asked))
    assert not broken(asked, wishing)
    assert (missing(wishing), wishing.best.unfair) == (missing(others), others.best.unfair)


@LONG
@given(small())
def test_every_wish_is_answered_and_only_those_not_granted_say_why(asked: Problem) -> None:
    found = solved(asked)
    assert [(answer.officer_id, answer.wish) for answer in found.answers] == [
        (one.id, wish) for one in asked.officers for wish in one.wishes
    ]
    assert all((answer.why is None) == (answer.granted == answer.of) for answer in found.answers)
    assert {answer.officer_id for answer in found.answers if answer.counts} == set(found.shares)


def test_where_nobody_wishes_the_search_is_as_ever() -> None:
    asked = problem([officer(n) for n in range(1, 9)], [shift(n, 8 * n) for n in range(20)])
    found = solved(asked)
    assert (found.best.stage, found.best.granted, found.answers) == (Stage.SHARING, None, ())


def test_wishes_for_and_against_are_granted_where_they_can_be() -> None:
    asked = problem(
        [officer(1, wishes=rather(8) + rather_not(32)), officer(2)], [shift(n, 8 + 24 * n) for n in range(4)]
    )
    found = solved(asked)
    assert (0 in on(found, 1), 1 in on(found, 1), len(on(found, 1))) == (True, False, 2)
    assert found.shares == {UUID(int=1): 1.0}


def test_many_wishes_weigh_no_more_than_one() -> None:
    shifts = [shift(n, 8 + 24 * n) for n in range(6)]
    many = officer(1, wishes=rather(*(8 + 24 * n for n in range(6))))
    found = solved(problem([many, officer(2, wishes=rather(8))], shifts))
    assert (0 in on(found, 2), found.shares) == (True, {UUID(int=1): 0.5, UUID(int=2): 1.0})


@pytest.mark.parametrize(("before", "winner"), [((0.2, 0.9), 1), ((0.9, 0.2), 2)])
def test_who_was_granted_less_before_comes_first(before: tuple[float, float], winner: int) -> None:
    people = [officer(n + 1, wishes=rather(8), granted_before=share) for n, share in enumerate(before)]
    found = solved(problem(people, [shift(0, 8), shift(1, 32)]))
    assert 0 in on(found, winner)
    assert [answer.why for answer in found.answers if not answer.granted] == [WhyNot.SHARED]


def test_standing_wishes_choose_within_fair_shares() -> None:
    nights = [shift(n, 24 * n, is_night=True) for n in range(4)]
    days = [shift(10 + n, 24 * n + 8) for n in range(5, 9)]
    fond = officer(1, wishes=(Wish(True, trait=Trait.NIGHT),))
    found = solved(problem([fond, officer(2)], [*nights, *days[:3], shift(30, 24 * 10, is_night=True)]))
    given_nights = [len(on(found, number) & {0, 1, 2, 3, 30}) for number in (1, 2)]
    assert given_nights == [3, 2]
    (answer,) = found.answers
    assert (answer.granted, answer.of, answer.why) == (3, 4, WhyNot.SHARED)


@pytest.mark.parametrize(
    ("changes", "start", "why"),
    [
        ({"away": (Away(MONDAY, MONDAY + DAY, Reason.LEAVE),)}, 8, WhyNot.LEAVE),
        ({"away": (Away(MONDAY, MONDAY + DAY, Reason.SECONDMENT),)}, 8, WhyNot.SECONDMENT),
        ({"duties": (Duty(**at(-1)),)}, 8, WhyNot.REST),
        ({}, 9, WhyNot.GONE),
        ({}, 56, WhyNot.NO_SEAT),
    ],
)
def test_what_no_roster_could_grant_says_why_and_does_not_count(
    changes: dict[str, tuple[Duty, ...]], start: float, why: WhyNot
) -> None:
    shifts = [shift(0, 8), shift(1, 56, departments={"B": 1})]
    found = solved(problem([officer(1, wishes=rather(start), **changes), officer(2)], shifts))
    assert ([(one.why, one.counts) for one in found.answers], found.shares) == ([(why, False)], {})


def test_a_seat_given_by_hand_or_that_nobody_else_can_take_stays_against_a_wish() -> None:
    asked = problem([officer(1, wishes=rather_not(8))], [shift(0, 8)])
    kept = replace(asked, kept=(Seat(UUID(int=1000), UUID(int=1)),))
    assert [solved(one).answers[0].why for one in (asked, kept)] == [WhyNot.NEEDED, WhyNot.KEPT]


def test_a_wish_that_a_kept_seat_grants_is_granted() -> None:
    kept = (Seat(UUID(int=1000), UUID(int=1)),)
    found = solved(problem([officer(1, wishes=rather(8)), officer(2)], [shift(0, 8), shift(1, 32)], kept))
    assert [(one.granted, one.counts) for one in found.answers] == [(1, True)]
    assert found.shares == {UUID(int=1): 1.0}


def test_a_large_roster_is_bettered_part_after_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(solving, "PROVABLE", 0)
    starts = [24 * day + 8 * third for day in range(7) for third in range(3)]
    people = [officer(n, wishes=rather(*starts[n : n + 12 : 4])) for n in range(1, 9)]
    asked = problem(people, [shift(n, start) for n, start in enumerate(starts)])
    wishing, others = solved(asked, 3), solved(bare(asked))
    assert not broken(asked, wishing)
    assert (missing(wishing), wishing.best.unfair) == (missing(others), others.best.unfair)
    assert (wishing.best.granted or 0) > 0.5


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_district_that_wishes_is_as_full_and_gets_most_of_it() -> None:
    asked = district(is_wishing=True)
    found = solved(asked, 40)
    assert (broken(asked, found), missing(found)) == ([], 0)
    assert (found.best.granted or 0) > 0.55
