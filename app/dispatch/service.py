"""Recommending patrols for an incident."""

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

import orjson

from app.core.db import Lane
from app.core.problems import NotFound
from app.dispatch import queries
from app.dispatch.schemas import Recommendations, Rejected, Scored
from app.dispatch.workflow import WEIGHTS, Candidate, Recommendation, rank
from app.identity.workflow import Actor
from app.incident.queries import sight


async def recommend(lane: Lane, actor: Actor, incident_id: UUID) -> Recommendations:
    """The patrols the caller sees that could go to an incident, best first, with reasons a dispatcher can follow.

    Raises:
        NotFound: there is no such incident, or this caller may not see it.
    """
    own = {"duty_centres": actor.centres, "duty_departments": actor.departments}
    row = await queries.RECOMMEND.row(lane, id=incident_id, **sight(actor), **own)
    if row is None:
        raise NotFound
    rules = orjson.loads(row["rules"] or b"{}")
    found = ranked(row, rules)
    skills = rules.get("skills", [])
    return Recommendations(
        wanted=rules.get("response_mix", {}),
        wanted_services=rules.get("services", []),
        items=[_scored(candidate) for candidate in found.ranked],
        suggested=[patrol["code"] for patrol in found.suggested],
        shortfall=found.shortfall,
        wanted_skills=skills,
        missing_skills=found.missing_skills,
        rejected=[_rejected(patrol, why, skills) for patrol, why in found.rejected],
    )


async def next_to_ask(lane: Lane, incident_id: UUID, asked: Collection[str]) -> dict[str, Any] | None:
    """The best patrol for an incident that is none of those asked already; nothing if there is no other."""
    row = await queries.RECOMMEND_BY_CLOCK.row(lane, id=incident_id)
    found = ranked(row, orjson.loads(row["rules"] or b"{}")).ranked if row is not None else []
    return next((one.patrol for one in found if str(one.patrol["id"]) not in asked), None)


def ranked(row: Mapping[str, Any], rules: Mapping[str, Any]) -> Recommendation:
    """The patrols of a row that `RECOMMEND` has read, ranked by the rules of the incident's category."""
    weights = orjson.loads(row["weights"]) if row["weights"] else WEIGHTS
    return rank(
        orjson.loads(row["near"]) + orjson.loads(row["silent"]),
        rules.get("response_mix", {}),
        weights,
        skills=rules.get("skills", []),
        services=rules.get("services", []),
        needs_authority=row["needs_authority"],
    )


def _rejected(patrol: dict[str, Any], why: str, skills: list[str]) -> Rejected:
    lacks = sorted({*skills} - {*patrol["skills"]}) if why == "lacks_skill" else []
    return Rejected(patrol_id=patrol["id"], patrol=patrol["code"], reason=why, lacks=lacks)


def _scored(candidate: Candidate) -> Scored:
    patrol = candidate.patrol
    return Scored(
        patrol_id=patrol["id"],
        patrol=patrol["code"],
        name=patrol["name"],
        score=candidate.score,
        parts=candidate.parts,
        distance_m=patrol["distance_m"],
        fix_age_s=patrol["fix_age_s"],
        stacked=patrol["stacked"],
        mix=patrol["mix"],
        services=patrol["services"],
        skills=patrol["skills"],
        on_duty_s=patrol["on_duty_s"],
        handling_s=patrol["handling_s"],
        rest_s=patrol["rest_s"],
    )
