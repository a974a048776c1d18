"""What enters and leaves about escalation policies."""

from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field

from app.incident.workflow import Clock
from app.policy.schemas import EditionIn, EditionOut, EditionPatch
from app.policy.workflow import MOST_RUNGS, Act, Rung, senseless
from app.supervision.workflow import Grade

Rungs = Annotated[tuple[Rung, ...], Field(min_length=1, max_length=MOST_RUNGS)]


def _sensible(ladders: dict[Clock, Rungs]) -> dict[Clock, Rungs]:
    if wrong := senseless(ladders):
        raise ValueError(" ".join(wrong))
    return ladders


EXAMPLE = {"acknowledge": [{"share": 0.8, "do": ["card"]}, {"share": 1, "do": ["card", "time_out", "next"]}]}
Ladders = Annotated[
    dict[Clock, Rungs],
    Field(min_length=1, description="By clock; one that is not named keeps the default.", examples=[EXAMPLE]),
]


class PolicyIn(EditionIn):
    """A draft of a centre's next escalation policy."""

    ladders: Annotated[Ladders, AfterValidator(_sensible)]


class PolicyPatch(EditionPatch):
    """What of a draft may change; ladders given replace all it has."""

    ladders: Annotated[Ladders, AfterValidator(_sensible)] | None = None


class PolicyOut(EditionOut):
    """升级策略: what is done as limits run out, at a centre and below it."""

    ladders: Ladders


class StepOut(BaseModel):
    """A step of a ladder: a rung, or one of its repeats. `after_min` counts from the limit."""

    number: int
    share: Annotated[float, Field(examples=[0.8])]
    after_min: Annotated[int, Field(examples=[0])]
    do: Annotated[tuple[Act, ...], Field(examples=[["card"]])]
    grade: Grade


class LaddersInForce(BaseModel):
    """What is done at a centre as limits run out now: every clock, step by step, and whose policy says so.

    `edition` 0 without `policy_id`: nobody at or above the centre has published one, so the default holds.
    """

    centre: str
    policy_id: UUID | None
    policy_centre: Annotated[str | None, Field(examples=["320111000000"])]
    edition: Annotated[int, Field(examples=[3])]
    steps: Annotated[
        dict[Clock, list[StepOut]],
        Field(examples=[{"check": [{"number": 1, "share": 0.8, "after_min": 0, "do": ["card"], "grade": "normal"}]}]),
    ]


class LadderTemplateOut(BaseModel):
    """Ladders to begin a draft from; `default`, edition 0, is what holds where no centre has published any."""

    code: Annotated[str, Field(examples=["default"])]
    edition: Annotated[int, Field(examples=[0])]
    name: Annotated[str, Field(examples=["默认升级策略"])]
    name_en: Annotated[str, Field(examples=["What holds where a centre has published none"])]
    ladders: Ladders


class LadderTemplates(BaseModel):
    """All of them."""

    items: list[LadderTemplateOut]
