"""What leaves about who should go."""

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

PARTS = {
    "distance": 0.81,
    "beat": 1.0,
    "neighbour": 1.0,
    "fix_age": 0.32,
    "load": 1.0,
    "mix": 1.0,
    "rest": 1.0,
    "skill": 1.0,
}


class Scored(BaseModel):
    """A patrol that could go: its score from 0 to 1, the parts it is made of, and what they were made from.

    `mix` is its people by department code, `services` are the 4+X services that teams of its crew offer.
    `on_duty_s` since signing on, `handling_s` of it on incidents; `rest_s` from the end of this shift to the next one
    of anybody in the crew, null when that is far off. Less rest is a lower part `rest`.
    """

    patrol_id: UUID
    patrol: str
    name: str
    score: float
    parts: Annotated[dict[str, float], Field(examples=[PARTS])]
    distance_m: float
    fix_age_s: float
    stacked: int
    mix: dict[str, int]
    services: Annotated[list[str], Field(examples=[["mediation", "elder_escort"]])]
    skills: list[str]
    on_duty_s: float
    handling_s: float
    rest_s: float | None


class Rejected(BaseModel):
    """A patrol that cannot go: busy, no_position, shift_ends, needs_authority, lacks_skill with what it `lacks`."""

    patrol_id: UUID
    patrol: str
    reason: str
    lacks: list[str] = []


class Recommendations(BaseModel):
    """Who should go: ranked, rejected with reasons, the few to send together, and who is missing even then."""

    wanted: dict[str, int]
    wanted_services: list[str]
    items: list[Scored]
    suggested: list[str]
    shortfall: dict[str, int]
    wanted_skills: list[str]
    missing_skills: list[str]
    rejected: list[Rejected]
