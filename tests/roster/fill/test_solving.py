"""A proposal keeps every rule, leaves as few seats empty as can be, and shares the burden fairly."""

from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings

from app.roster.fill.problem import Away, Duty, Period, Problem, Progress, Proposal, Reason, Seat, Stage, Want
from app.roster.fill.solving import solve
from tests.roster.fill.instances import DAY, HOUR, MONDAY, at, district, officer, problem, shift, small
from tests.roster.fill.oracle import broken, least_missing

LONG = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])


def solved(asked: Problem, seconds: float = 5) -> Proposal:
    return solve(asked, seconds, 2, lambda _: None)


def missing(found: Proposal) -> int:
    return sum(short.missing for short in found.shortages if short.want is Want.DEPARTMENT)


@LONG
@given(small())
def test_a_proposal_breaks_no_rule_and_names_all_it_lacks(asked: Problem) -> None:
    assert not broken(asked, solved(asked))


@LONG
@given(small(officers=3, shifts=4))
def test_no_roster_leaves_fewer_seats_empty(asked: Problem) -> None:
    bare = replace(asked, kept=())
    assert missing(solved(bare)) == least_missing(bare)


@pytest.mark.timeout(300)
def test_a_district_is_filled_whole_and_fairly() -> None:
    asked, told = district(), list[Progress]()
    found = solve(asked, 60, 2, told.append)
    assert (broken(asked, found), missing(found), told[0].stage) == ([], 0, Stage.DRAFTED)
    assert all(spread.after < spread.before for spread in found.spreads.values())
    assert found.spreads["nights"].after <= 3


@pytest.mark.timeout(300)
def test_a_district_too_large_for_its_people_is_filled_as_far_as_it_goes() -> None:
    asked = district(crews=12)
    found = solved(asked, seconds=8)
    assert not broken(asked, found)
    assert missing(found) > 0
    assert all(short.why for short in found.shortages if short.want is Want.DEPARTMENT)


def test_the_same_problem_and_seed_give_the_same_roster() -> None:
    asked = problem([officer(n) for n in range(1, 9)], [shift(n, 8 * n) for n in range(20)])
    assert solved(asked).seats == solved(asked).seats


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"away": (Away(MONDAY, MONDAY + DAY, Reason.LEAVE),)}, Reason.LEAVE),
        ({"away": (Away(MONDAY, MONDAY + DAY, Reason.SECONDMENT),)}, Reason.SECONDMENT),
        ({"duties": (Duty(**at(12)),)}, Reason.BUSY),
        ({"duties": (Duty(**at(-1)),)}, Reason.REST),
        ({"duties": tuple(Duty(**at(24 * day + 8)) for day in range(1, 7))}, Reason.HOURS),
    ],
)
def test_who_cannot_come_is_counted_by_the_reason(changes: dict[str, tuple[Duty, ...]], reason: Reason) -> None:
    found = solved(problem([officer(1, **changes)], [shift(1, 8)]))
    assert [
        (short.name, short.missing, dict(short.why)) for short in found.shortages if short.want is Want.DEPARTMENT
    ] == [("A", 1, {reason: 1})]


def test_nights_in_a_row_are_counted_over_the_edge_of_the_roster() -> None:
    past = tuple(Duty(**at(24 * day)) for day in (-3, -2, -1))
    found = solved(problem([officer(1, duties=past)], [shift(1, 0, 8)]))
    assert dict(found.shortages[0].why) == {Reason.NIGHTS: 1}


def test_who_had_many_nights_before_gets_fewer_now() -> None:
    tired = officer(1, duties=tuple(Duty(**at(24 * day)) for day in range(-9, -1, 2)))
    found = solved(problem([tired, officer(2)], [shift(n, 48 * n) for n in range(4)]))
    assert {seat.officer_id for seat in found.seats} == {UUID(int=2)}
    assert (found.spreads["nights"].before, found.spreads["nights"].after) == (4, 0)


def test_who_was_away_need_not_make_up_for_all_of_it() -> None:
    past = tuple(Duty(**at(24 * day + 8)) for day in range(-13, -5, 2))
    idle, rested = (), (Away(MONDAY - 14 * DAY, MONDAY, Reason.LEAVE),)
    shares = [_share_of_the_first(past, away) for away in (idle, rested)]
    assert (shares[0], shares[1] in (2, 3)) == (4, True)


def _share_of_the_first(past: tuple[Duty, ...], away: tuple[Away, ...]) -> int:
    found = solved(problem([officer(1, away=away), officer(2, duties=past)], [shift(n, 8 + 24 * n) for n in range(4)]))
    return [seat.officer_id.int for seat in found.seats].count(1)


def test_a_wish_to_be_off_is_heeded_where_it_can_be() -> None:
    wishing = officer(1, rather_off=(Period(MONDAY, MONDAY + DAY),))
    found = solved(problem([wishing, officer(2)], [shift(1, 8)]))
    alone = solved(problem([wishing], [shift(1, 8)]))
    assert ([seat.officer_id.int for seat in found.seats], found.leave_refused) == ([2], 0)
    assert ([seat.officer_id.int for seat in alone.seats], alone.leave_refused) == ([1], 1)


def test_standby_breaks_no_rest_and_counts_no_hours() -> None:
    shifts = [shift(1, 0), shift(2, 8, is_standby=True), shift(3, 24)]
    assert not solved(problem([officer(1)], shifts, weekly=16 * HOUR)).shortages


def test_skills_are_brought_to_every_crew() -> None:
    crews = [shift(n, 8, departments={"A": 1, "B": 1}, skills={"dog": 1}) for n in range(2)]
    people = [
        officer(1, skills=frozenset({"dog"})),
        officer(2),
        officer(3, "B", skills=frozenset({"dog"})),
        officer(4, "B"),
    ]
    assert not solved(problem(people, crews)).shortages


def test_kept_seats_stay_and_may_be_given_the_lead() -> None:
    kept = Seat(UUID(int=1001), UUID(int=1))
    volunteer = officer(2, "B", is_authority=False)
    asked = problem([officer(1), volunteer], [shift(1, 8, departments={"A": 1, "B": 1})], (kept,))
    assert set(solved(asked).seats) == {Seat(UUID(int=1001), UUID(int=2)), replace(kept, is_leader=True)}
