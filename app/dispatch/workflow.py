"""The life of an assignment: one patrol's handling of one incident, and the only place its progress on it is stored."""

from collections import Counter
from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import Any, NamedTuple

from app.identity.workflow import Role


class AssignmentState(StrEnum):
    """How far the patrol is."""

    OFFERED = "offered"
    ACCEPTED = "accepted"
    EN_ROUTE = "en_route"
    ON_SCENE = "on_scene"
    CLEARED = "cleared"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    TIMED_OUT = "timed_out"


class AssignmentAction(StrEnum):
    """What may be done to an assignment."""

    ACCEPT = "accept"
    DECLINE = "decline"
    DEPART = "depart"
    ARRIVE = "arrive"
    CLEAR = "clear"
    WITHDRAW = "withdraw"
    TIME_OUT = "time_out"


class By(StrEnum):
    """Who makes a move: the patrol's own crew, the commanding centre, or the clock."""

    CREW = "crew"
    CENTRE = "centre"
    SYSTEM = "system"


class AssignmentMove(NamedTuple):
    """One row: an action, the states it starts from, the state it leads to, who makes it and what it needs."""

    action: AssignmentAction
    label: str
    source: frozenset[AssignmentState]
    target: AssignmentState
    by: By
    needs: tuple[str, ...] = ()


A, T = AssignmentAction, AssignmentState
LIVE = frozenset({T.OFFERED, T.ACCEPTED, T.EN_ROUTE, T.ON_SCENE})
CREW_ROLES = frozenset({Role.TEAM_LEADER, Role.PATROL_MEMBER, Role.GRID_WORKER})
CENTRE_ROLES = frozenset({Role.DISPATCHER, Role.SYSTEM})


def _on(*states: AssignmentState) -> frozenset[AssignmentState]:
    return frozenset(states)


# fmt: off
ROWS = (
    #              action       zh        from                                    to            by          needs
    AssignmentMove(A.ACCEPT,    "接受",   _on(T.OFFERED),                         T.ACCEPTED,   By.CREW),
    AssignmentMove(A.DECLINE,   "拒绝",   _on(T.OFFERED),                         T.DECLINED,   By.CREW,    ("reason",)),
    AssignmentMove(A.DEPART,    "出发",   _on(T.ACCEPTED),                        T.EN_ROUTE,   By.CREW),
    AssignmentMove(A.ARRIVE,    "到达",   _on(T.ACCEPTED, T.EN_ROUTE),            T.ON_SCENE,   By.CREW),
    AssignmentMove(A.CLEAR,     "离场",   _on(T.EN_ROUTE, T.ON_SCENE),            T.CLEARED,    By.CREW),
    AssignmentMove(A.WITHDRAW,  "撤回",   LIVE,                                   T.WITHDRAWN,  By.CENTRE,  ("reason",)),
    AssignmentMove(A.TIME_OUT,  "超时",   _on(T.OFFERED),                         T.TIMED_OUT,  By.SYSTEM),
)
# fmt: on
MOVES = {move.action: move for move in ROWS}


def may(move: AssignmentMove, roles: Collection[Role], *, is_crew: bool) -> bool:
    """Whether somebody with these roles at the commanding centre, or of the patrol's crew, makes this move."""
    if Role.SYSTEM in roles:
        return True
    if move.by is By.CREW:
        return is_crew
    return move.by is By.CENTRE and bool(CENTRE_ROLES.intersection(roles))


def allowed(
    state: AssignmentState, roles: Collection[Role], *, is_crew: bool, is_stacked: bool
) -> list[AssignmentAction]:
    """What this caller may do with an assignment now. One that waits behind another can only be declined or withdrawn."""
    rows = [move for move in ROWS if state in move.source and may(move, roles, is_crew=is_crew)]
    waiting = {A.DECLINE, A.WITHDRAW, A.TIME_OUT}
    return [m.action for m in rows if m.by is not By.SYSTEM and (not is_stacked or m.action in waiting)]


class Candidate(NamedTuple):
    """A patrol that could go, with its score from 0 to 1 and the parts it is made of."""

    patrol: dict[str, Any]
    score: float
    parts: dict[str, float]


class Recommendation(NamedTuple):
    """Who should go: ranked, the rejected with their reasons, and what is wanted that the suggested do not bring."""

    ranked: list[Candidate]
    rejected: list[tuple[dict[str, Any], str]]
    suggested: list[dict[str, Any]]
    shortfall: dict[str, int]
    missing_skills: list[str]


WEIGHTS: dict[str, float] = {
    "distance": 4, "beat": 3, "neighbour": 1, "mix": 2, "load": 2, "fix_age": 1, "rest": 1, "skill": 2, "service": 2,
}  # fmt: skip
FAR_M, STALE_S, SHIFT_END_S, MOST_TOGETHER = 3000.0, 900.0, 900.0, 3
HOUR_S = 3600.0
FRESH_S, SPENT_S = 8 * HOUR_S, 12 * HOUR_S
"""On duty for less, a crew is fresh; for more, it is spent."""
HANDLED_S, WORN_S = 4 * HOUR_S, 8 * HOUR_S
"""The same of the time it has spent on incidents in this duty."""
REST_S = 11 * HOUR_S
"""Between the end of a shift and the next one of anybody in the crew; what keeps them longer takes from less."""


def rank(
    candidates: list[dict[str, Any]],
    wanted: Mapping[str, int],
    weights: Mapping[str, float] = WEIGHTS,
    *,
    skills: Collection[str] = (),
    services: Collection[str] = (),
    needs_authority: bool = False,
) -> Recommendation:
    """Rank patrols for an incident: beat, distance, fix, load, rest, and what they bring of the mix and skills wanted.

    A crew with none of the skills wanted is rejected; with some, it goes together with others that bring the rest.
    Where it asks for services of teams, who offers one counts; where for an authority, teams alone are rejected.
    """
    candidates = [_counted(patrol) for patrol in candidates]
    reasons = [_why_not(patrol, skills, needs_authority=needs_authority) for patrol in candidates]
    rejected = [(patrol, why) for patrol, why in zip(candidates, reasons, strict=True) if why]
    out = {id(patrol) for patrol, _ in rejected}
    ranked = [_scored(patrol, wanted, weights, skills, services) for patrol in candidates if id(patrol) not in out]
    ranked.sort(key=lambda c: (-c.score, c.patrol["distance_m"], c.patrol["code"]))
    suggested, short, lacking = _together([c.patrol for c in ranked], dict(wanted), set(skills))
    return Recommendation(ranked, rejected, suggested, short, sorted(lacking))


def _counted(patrol: dict[str, Any]) -> dict[str, Any]:
    """A crew as a whole: how many of each department, and what any of them can do."""
    able = {skill for one in patrol["skills"] for skill in one}
    return patrol | {"mix": dict(Counter(patrol["mix"])), "skills": sorted(able)}


def _why_not(patrol: dict[str, Any], skills: Collection[str], *, needs_authority: bool) -> str | None:
    if needs_authority and not patrol["authority"]:
        return "needs_authority"
    if patrol["busy"]:
        return "busy"
    if patrol["distance_m"] is None:
        return "no_position"
    if patrol["ends_in_s"] < SHIFT_END_S:
        return "shift_ends"
    return "lacks_skill" if skills and not {*skills}.intersection(patrol["skills"]) else None


def rest(patrol: Mapping[str, Any]) -> float:
    """How rested a crew is, from 0 to 1, and how rested it will be for what comes after this shift; the least counts."""
    ahead_s = patrol["rest_s"]
    return min(
        _falling(patrol["on_duty_s"], FRESH_S, SPENT_S),
        _falling(patrol["handling_s"], HANDLED_S, WORN_S),
        1.0 if ahead_s is None else max(0.0, min(1.0, ahead_s / REST_S)),
    )


def _falling(seconds: float, whole_until: float, gone_at: float) -> float:
    return max(0.0, min(1.0, (gone_at - seconds) / (gone_at - whole_until)))


def _scored(
    patrol: dict[str, Any],
    wanted: Mapping[str, int],
    weights: Mapping[str, float],
    skills: Collection[str],
    services: Collection[str],
) -> Candidate:
    brings = sum(min(count, patrol["mix"].get(code, 0)) for code, count in wanted.items())
    parts = {
        "distance": 1 / (1 + (patrol["distance_m"] / FAR_M) ** 2),
        "beat": float(patrol["covers"]),
        "neighbour": float(patrol["covers"] or patrol["touches"]),
        "fix_age": max(0.0, 1 - max(0.0, patrol["fix_age_s"]) / STALE_S),
        "load": 1 / (1 + patrol["stacked"]),
        "mix": brings / sum(wanted.values()) if wanted else 1.0,
        "rest": rest(patrol),
        "skill": len({*skills}.intersection(patrol["skills"])) / len({*skills}) if skills else 1.0,
    }
    if services:
        parts["service"] = float(not set(services).isdisjoint(patrol["services"]))
    weights = {**WEIGHTS, **weights}
    total = sum(weights[name] for name in parts) or 1.0
    score = sum(weights[name] * value for name, value in parts.items()) / total
    return Candidate(patrol, round(score, 4), {name: round(value, 4) for name, value in parts.items()})


Together = tuple[list[dict[str, Any]], dict[str, int], set[str]]


def _together(patrols: list[dict[str, Any]], short: dict[str, int], lacking: set[str]) -> Together:
    """The best patrol, and others as long as they bring somebody, or a skill, that is still wanted."""
    chosen: list[dict[str, Any]] = []
    for patrol in patrols:
        brings = any(short.get(code) for code in patrol["mix"]) or not lacking.isdisjoint(patrol["skills"])
        if len(chosen) == MOST_TOGETHER or (chosen and not brings):
            continue
        chosen.append(patrol)
        short, lacking = shortfall(short, patrol["mix"]), lacking - {*patrol["skills"]}
        if not short and not lacking:
            break
    return chosen, short, lacking


def shortfall(wanted: Mapping[str, int], mix: Mapping[str, int]) -> dict[str, int]:
    """The people of the wanted mix that this mix does not bring."""
    return {code: count - mix.get(code, 0) for code, count in wanted.items() if count > mix.get(code, 0)}
