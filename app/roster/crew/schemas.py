"""What enters and leaves about changes of a crew."""

from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from app.core.time import Instant
from app.identity.schemas import Code
from app.roster.schemas import MAX_CREW
from app.roster.workflow import CrewStep

Numbers = Annotated[list[Code], Field(max_length=MAX_CREW)]
Reason = Annotated[str, Field(min_length=1, max_length=500, pattern=r"^[^\x00]*$")]


class CrewChangeIn(BaseModel):
    """Who joins and leaves a crew during its shift, by number, and who leads it then if that changes."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": {"add": ["U002"], "remove": ["M001"], "reason": "M001 送医"}},
    )

    add: Numbers = []
    remove: Numbers = []
    leader: Code | None = None
    reason: Reason

    @model_validator(mode="after")
    def _changes_something(self) -> Self:
        if len({*self.add, *self.remove}) < len(self.add) + len(self.remove):
            message = "an officer is named twice"
            raise ValueError(message)
        if not (self.add or self.remove or self.leader):
            message = "nobody joins, leaves or takes the lead"
            raise ValueError(message)
        return self


class CrewChangeOut(BaseModel):
    """One officer who joined, left or took the lead, when, by whose word and why."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    at: Instant
    officer_id: UUID
    officer: str
    department: str
    step: CrewStep
    reason: str
    by: str
