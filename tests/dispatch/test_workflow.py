"""The assignment's table walked through whole, and what ranking patrols always keeps to."""

from collections import Counter
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.dispatch.workflow import (
    LIVE,
    MOVES,
    ROWS,
    AssignmentAction,
    AssignmentState,
    allowed,
    may,
    rank,
    rest,
    shortfall,
)
from app.identity.workflow import Role

# fmt: off
BINDING: tuple[tuple[str, str, str, str, tuple[str, ...]], ...] = (
    # action     from                                    to           by        needs
    ("accept",   "offered",                              "accepted",  "crew",   ()),
    ("decline",  "offered",                              "declined",  "crew",   ("reason",)),
    ("depart",   "accepted",                             "en_route",  "crew",   ()),
    ("arrive",   "accepted en_route",                    "on_scene",  "crew",   ()),
    ("clear",    "en_route on_scene",                    "cleared",   "crew",   ()),
    ("withdraw", "offered accepted en_route on_scene",   "withdrawn", "centre", ("reason",)),
    ("time_out", "offered",                              "timed_out", "system", ()),
)
# fmt: on
WHO = {
    "crew": ([], True),
    "dispatcher": ([Role.DISPATCHER], False),
    "acceptor": ([Role.ACCEPTOR], False),
    "nobody": ([], False),
}
MAKES = {"crew": "crew", "centre": "dispatcher", "system": "-"}


@pytest.mark.parametrize("row", BINDING, ids=lambda row: row[0])
def test_a_row_is_as_it_was_decided(row: tuple[str, str, str, str, tuple[str, ...]]) -> None:
    action, source, target, by, needs = row
    move = MOVES[AssignmentAction(action)]
    assert (move.source, move.target, move.by, move.needs) == (frozenset(source.split()), target, by, needs)


def test_there_is_a_row_for_each_action_and_no_other() -> None:
    assert [row[0] for row in BINDING] == [move.action for move in ROWS] == list(AssignmentAction)


@pytest.mark.parametrize(("state", "who"), list(product(AssignmentState, WHO)))
def test_in_every_state_everybody_may_do_what_the_table_says(state: AssignmentState, who: str) -> None:
    roles, is_crew = WHO[who]
    expected = [action for action, source, _, by, _ in BINDING if state in source.split() and MAKES[by] == who]
    assert allowed(state, roles, is_crew=is_crew, is_stacked=False) == expected


@pytest.mark.parametrize(("state", "who"), list(product(AssignmentState, WHO)))
def test_what_waits_behind_another_can_only_be_declined_or_withdrawn(state: AssignmentState, who: str) -> None:
    roles, is_crew = WHO[who]
    now = allowed(state, roles, is_crew=is_crew, is_stacked=False)
    waiting = [action for action in now if action in ("decline", "withdraw")]
    assert allowed(state, roles, is_crew=is_crew, is_stacked=True) == waiting


def test_the_system_makes_every_move_and_is_offered_none_of_its_own() -> None:
    assert all(may(move, [Role.SYSTEM], is_crew=False) for move in ROWS)
    assert "time_out" not in allowed(AssignmentState.OFFERED, [Role.SYSTEM], is_crew=False, is_stacked=False)


def test_every_state_is_reached_from_offered_and_only_what_is_not_live_is_an_end() -> None:
    reached = {AssignmentState.OFFERED} | {move.target for move in ROWS}
    ends = {state for state in AssignmentState if not any(state in move.source for move in ROWS)}
    assert reached == set(AssignmentState)
    assert ends == set(AssignmentState) - LIVE


# --- ranking -------------------------------------------------------------------------------------------------------

CODES = st.sampled_from(["urban_management", "police", "fire_rescue"])
SKILL = st.sampled_from(["first_aid", "policing", "mediation", "food_safety"])
SKILLS = st.lists(SKILL, max_size=3, unique=True)
WANTED = st.dictionaries(CODES, st.integers(1, 3))
PATROL = st.fixed_dictionaries(
    {
        "distance_m": st.none() | st.floats(0, 1e6),
        "fix_age_s": st.floats(-60, 1e6),
        "covers": st.booleans(),
        "touches": st.booleans(),
        "busy": st.booleans(),
        "stacked": st.integers(0, 5),
        "mix": st.lists(CODES, max_size=4),
        "ends_in_s": st.floats(-3600, 40_000),
        "authority": st.booleans(),
        "services": st.lists(st.sampled_from(["mediation", "voluntary_patrol"]), unique=True),
        "on_duty_s": st.floats(0, 100_000),
        "handling_s": st.floats(0, 100_000),
        "rest_s": st.none() | st.floats(0, 40_000),
        "skills": st.lists(SKILLS, max_size=3),
    }
)


def coded(patrols: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same patrols, told apart."""
    return [patrol | {"code": f"P-{n}", "id": n} for n, patrol in enumerate(patrols)]


PATROLS = st.lists(PATROL, max_size=12).map(coded)


@given(PATROLS, WANTED, SKILLS)
def test_every_patrol_is_either_ranked_or_rejected(
    patrols: list[dict[str, Any]], wanted: dict[str, int], skills: list[str]
) -> None:
    found = rank(patrols, wanted, skills=skills)
    codes = [one.patrol["code"] for one in found.ranked] + [patrol["code"] for patrol, _ in found.rejected]
    assert sorted(codes) == sorted(patrol["code"] for patrol in patrols)


@given(PATROLS, WANTED, SKILLS)
def test_the_ranked_are_in_the_order_of_their_scores_between_nought_and_one(
    patrols: list[dict[str, Any]], wanted: dict[str, int], skills: list[str]
) -> None:
    found = rank(patrols, wanted, {"distance": 4, "beat": 3}, skills=skills)
    scores = [one.score for one in found.ranked]
    assert scores == sorted(scores, reverse=True)
    parts = [part for one in found.ranked for part in one.parts.values()]
    assert all(0 <= figure <= 1 for figure in (*scores, *parts))


@given(PATROLS, SKILLS)
def test_the_rejected_are_the_busy_the_silent_those_about_to_go_home_and_those_who_cannot(
    patrols: list[dict[str, Any]], skills: list[str]
) -> None:
    reasons = {patrol["code"]: why for patrol, why in rank(patrols, {}, skills=skills).rejected}
    for patrol in patrols:
        able = {skill for one in patrol["skills"] for skill in one}
        unable = "lacks_skill" if skills and not {*skills} & able else None
        leaving = "shift_ends" if patrol["ends_in_s"] < 900 else unable
        silent = "no_position" if patrol["distance_m"] is None else leaving
        assert reasons.get(patrol["code"]) == ("busy" if patrol["busy"] else silent)


@given(PATROLS, WANTED)
def test_where_an_authority_is_asked_for_teams_alone_are_rejected(
    patrols: list[dict[str, Any]], wanted: dict[str, int]
) -> None:
    found = rank(patrols, wanted, needs_authority=True)
    alone = {patrol["code"] for patrol in patrols if not patrol["authority"]}
    assert {patrol["code"] for patrol, why in found.rejected if why == "needs_authority"} == alone
    assert all(one.patrol["authority"] for one in found.ranked)


@given(PATROLS)
def test_who_offers_a_service_that_is_wanted_scores_no_less_than_the_same_without(
    patrols: list[dict[str, Any]],
) -> None:
    offering = coded([one | {"services": ["mediation"]} for one in patrols])
    without = rank(coded([one | {"services": []} for one in patrols]), {}, services=["mediation"])
    scores = {one.patrol["code"]: one.score for one in rank(offering, {}, services=["mediation"]).ranked}
    assert all(scores[one.patrol["code"]] > one.score and one.parts["service"] == 0 for one in without.ranked)


@given(PATROLS, WANTED, SKILLS)
def test_the_shortfall_is_what_the_suggested_do_not_bring(
    patrols: list[dict[str, Any]], wanted: dict[str, int], skills: list[str]
) -> None:
    found = rank(patrols, wanted, skills=skills)
    brought = sum((Counter(patrol["mix"]) for patrol in found.suggested), Counter[str]())
    able = {skill for patrol in found.suggested for skill in patrol["skills"]}
    assert found.shortfall == {code: n - brought[code] for code, n in wanted.items() if n > brought[code]}
    assert found.missing_skills == sorted({*skills} - able)
    assert len(found.suggested) <= 3
    assert bool(found.suggested) == bool(found.ranked)


HOUR = 3600.0


@pytest.mark.parametrize(
    ("on_duty_s", "handling_s", "rest_s", "part"),
    [
        (0, 0, None, 1),
        (8 * HOUR, 4 * HOUR, 11 * HOUR, 1),
        (10 * HOUR, 0, None, 0.5),
        (12 * HOUR, 0, None, 0),
        (HOUR, 6 * HOUR, None, 0.5),
        (HOUR, 0, 5.5 * HOUR, 0.5),
        (HOUR, 0, 0, 0),
        (10 * HOUR, 7 * HOUR, 5.5 * HOUR, 0.25),
    ],
)
def test_rest_is_the_least_of_time_on_duty_time_on_incidents_and_time_until_the_next_shift(
    on_duty_s: float, handling_s: float, rest_s: float | None, part: float
) -> None:
    assert rest({"on_duty_s": on_duty_s, "handling_s": handling_s, "rest_s": rest_s}) == pytest.approx(part)


@given(PATROL, st.floats(0, 1e5), st.floats(0, 1e5))
def test_of_two_patrols_alike_the_fresher_is_not_behind(patrol: dict[str, Any], one_s: float, other_s: float) -> None:
    fit = patrol | {"busy": False, "ends_in_s": 9000.0, "distance_m": 500.0}
    first, second = rank(coded([fit | {"on_duty_s": one_s}, fit | {"on_duty_s": other_s}]), {}).ranked
    assert first.score >= second.score
    assert rest(first.patrol) >= rest(second.patrol) - 1e-3


@given(WANTED, st.dictionaries(CODES, st.integers(0, 5)))
def test_a_mix_lacks_the_people_that_are_wanted_and_not_in_it(wanted: dict[str, int], mix: dict[str, int]) -> None:
    short = shortfall(wanted, mix)
    assert all(number > 0 for number in short.values())
    assert {code: short.get(code, 0) for code in wanted} == {c: max(0, n - mix.get(c, 0)) for c, n in wanted.items()}


@given(PATROL, st.floats(0, 1e5), st.floats(0, 1e5))
def test_of_two_patrols_alike_the_nearer_is_not_behind(patrol: dict[str, Any], one_m: float, other_m: float) -> None:
    fit = patrol | {"busy": False, "ends_in_s": 9000.0}
    found = rank(coded([fit | {"distance_m": one_m}, fit | {"distance_m": other_m}]), {})
    first, second = found.ranked
    assert first.score >= second.score
    assert first.patrol["distance_m"] <= second.patrol["distance_m"]
