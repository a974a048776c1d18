"""What enters and leaves about alarms."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from app.agency.schemas import Given, Kept
from app.core.time import Instant
from app.policy.check.schemas import FindingOut

Note = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000, pattern=r"^[^\x00]*$")]


class AcknowledgeIn(Given):
    """Who acknowledges an alarm has seen it, and says what will be done."""

    note: Annotated[Note, Field(examples=["下一版规则改派市场监管局"])]


class AlarmOut(FindingOut, Kept):
    """A rule in force that cannot apply as it is written. The set stays on; the alarm stays until the rule can again.

    `breaks`: what the rule would do cannot be done, so an incident that meets it falls to the next rule.
    """

    set_id: UUID
    centre: str
    edition: Annotated[int, Field(examples=[3])]
    breaks: bool
    acknowledged_at: Instant | None
    acknowledged_by: Annotated[str | None, Field(description="Username.", examples=[None])]
    note: Annotated[str | None, Field(examples=[None])]
    ended_at: Instant | None
    allowed_actions: Annotated[list[Literal["acknowledge"]], Field(description="What this caller may do now.")]
