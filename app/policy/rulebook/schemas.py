"""What rules said of an incident, as it leaves."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.agency.workflow import Limit, Step
from app.linkage.workflow import WhistleKind


class SkippedRule(BaseModel):
    """A rule in force that was for the incident, but broken: it was passed over."""

    model_config = ConfigDict(extra="forbid")

    rule: str
    centre: str
    edition: int


ROUTING: dict[str, Any] = {
    "rule": "gas",
    "name": "燃气泄漏",
    "name_en": "Gas leaks",
    "centre": "320111000000",
    "edition": 3,
    "lead_department": "fire_rescue",
    "assists": ["emergency_management"],
    "level": "parent",
    "priority": 1,
    "priority_before": 2,
    "priority_by_hand": False,
    "limits": {},
    "whistle": "emergency",
    "verify_first": False,
    "skipped": [],
}


class RoutingShown(BaseModel):
    """What the routing rules in force said of the incident last: the rule, whose edition it is, and its effect.

    Lead, assists and whistle are a proposal to the dispatcher; what the system dispatches by itself follows the lead.
    `rule` null: no rule was for it but those that are broken.
    """

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": ROUTING})

    rule: str | None
    name: str | None
    name_en: str | None
    centre: str | None
    edition: int | None
    lead_department: str | None
    assists: list[str]
    level: Literal["parent"] | None
    priority: int | None
    priority_before: Annotated[int, Field(description="As reported or given by hand; rules look at this one.")]
    priority_by_hand: Annotated[bool, Field(description="Somebody gave it another since; no rule does then.")]
    limits: dict[Step, Limit]
    whistle: WhistleKind | None
    verify_first: bool
    skipped: list[SkippedRule]
