"""Recommending patrols for an incident."""

from typing import Any
from uuid import UUID

import orjson

from app.core.db import Lane
from app.core.problems import NotFound
from app.dispatch import queries
from app.dispatch.schemas import Recommendations, Rejected, Scored
from app.dispatch.workflow import WEIGHTS, Candidate, rank
from app.identity.workflow import Actor


async def recommend(lane: Lane, actor: Actor, incident_id: UUID) -> Recommendations:
    """The patrols that could go to an incident, best first, with reasons a dispatcher can follow.

    Raises:
        NotFound: there is no such incident, or this caller may not see it.
    """
    row = await queries.RECOMMEND.row(
        lane, id=incident_id, actor_id=actor.account_id, centres=actor.centres, departments=actor.departments
    )
    if row is None:
        raise NotFound
    rules = orjson.loads(row["rules"] or b"{}")
    wanted, services, skills = rules.get("response_mix", {}), rules.get("services", []), rules.get("skills", [])
    weights = orjson.loads(row["weights"]) if row["weights"] else WEIGHTS
    candidates = orjson.loads(row["near"]) + orjson.loads(row["silent"])
    asked = {"skills": skills, "services": services, "needs_authority": row["needs_authority"]}
    found = rank(candidates, wanted, weights, **asked)
    return Recommendations(
        wanted=wanted,
        wanted_services=services,
        items=[_scored(candidate) for candidate in found.ranked],
        suggested=[patrol["code"] for patrol in found.suggested],
        shortfall=found.shortfall,
        wanted_skills=skills,
        missing_skills=found.missing_skills,
        rejected=[_rejected(patrol, why, skills) for patrol, why in found.rejected],
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
