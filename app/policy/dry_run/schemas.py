"""What enters and leaves about a dry run."""

from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from app.core.time import Instant
from app.policy.rule.workflow import RoutingEffect

MOST = 50_000


class DryRunIn(BaseModel):
    """Which incidents to try a set on: those reported in this period, the latest first."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"from": "2026-10-01T00:00:00Z", "until": "2026-11-01T00:00:00Z"}}
    )

    from_: Annotated[Instant, Field(alias="from")]
    until: Annotated[Instant | None, Field(description="Now, if it is not said.")] = None
    limit: Annotated[int, Field(ge=1, le=MOST, description="At most so many incidents.")] = MOST

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.until is not None and self.until <= self.from_:
            raise ValueError("The period ends before it starts.")
        return self


NOW: dict[str, Any] = {"rule": "emergencies", "centre": "320111000000", "edition": 2, "then": {"priority": 1}}
THEN: dict[str, Any] = {
    "rule": "gas", "centre": "320111000000", "edition": 3, "then": {"lead_department": "fire_rescue", "level": "parent"}
}  # fmt: skip


class Chosen(BaseModel):
    """What rules say of an incident: the rule that decides, whose it is, its effect. All null: no rule is for it."""

    model_config = ConfigDict(json_schema_extra={"example": THEN})

    rule: str | None
    centre: str | None
    edition: int | None
    then: RoutingEffect


class RuleTried(BaseModel):
    """A rule of the set: how many incidents it decides, and how many of those would change."""

    rule: Annotated[str, Field(examples=["gas"])]
    matched: Annotated[int, Field(examples=[41])]
    changed: Annotated[int, Field(examples=[7])]


class MoveTried(BaseModel):
    """So many incidents would go from one decision to another."""

    model_config = ConfigDict(json_schema_extra={"example": {"now": NOW, "then": THEN, "incidents": 7}})

    now: Chosen
    then: Chosen
    incidents: int


class ExampleTried(BaseModel):
    """An incident that would change; `led_by` is the department that led it in the end."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "number": "PK04-2026-000007",
                "reported_at": "2026-10-23T02:00:00.000Z",
                "category": "E0502",
                "led_by": "housing_construction",
                "now": NOW,
                "then": THEN,
            }
        }
    )

    number: str
    reported_at: Instant
    category: str | None
    led_by: str | None
    now: Chosen
    then: Chosen


class LeadsTried(BaseModel):
    """Of incidents that a department led in the end: for how many rules say the same department, now and then."""

    led: Annotated[int, Field(examples=[1200])]
    as_now: Annotated[int, Field(examples=[960])]
    as_then: Annotated[int, Field(examples=[1110])]


class DryRun(BaseModel):
    """What a set would have changed, had it been in force. `now` is what the rules in force say of the same incidents.

    Only incidents that the caller sees are looked at, and nothing is written. An incident without a category is tried
    with the one it was given later; `truncated`: there are more than were looked at.
    """

    set_id: UUID
    edition: Annotated[int, Field(examples=[3])]
    from_at: Instant
    until: Annotated[Instant, Field(examples=["2026-11-01T00:00:00.000Z"])]
    incidents: Annotated[int, Field(description="Looked at.", examples=[12480])]
    truncated: Annotated[bool, Field(examples=[False])]
    changed: Annotated[int, Field(examples=[215])]
    unmatched: Annotated[int, Field(description="No rule would be for them.", examples=[8000])]
    skipped: Annotated[int, Field(description="They would meet a broken rule first.", examples=[0])]
    effects: Annotated[
        dict[str, int],
        Field(description="Changes by what of an effect is changed.", examples=[{"lead_department": 200, "level": 41}]),
    ]
    rules: list[RuleTried]
    never_matched: Annotated[list[str], Field(description="Rules that decide none of them.", examples=[["flood"]])]
    leads: LeadsTried
    moves: Annotated[list[MoveTried], Field(description="The most frequent first; at most 50.")]
    examples: Annotated[list[ExampleTried], Field(description="One of each move; at most 20.")]
