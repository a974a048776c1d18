"""What enters and leaves about scores after whistles."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app.core.time import Instant
from app.identity.schemas import Code
from app.identity.workflow import Role
from app.supervision.score.workflow import HIGHEST_MARK, Finding, Target

Said = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000, pattern=r"^[^\x00]*$")]
EXAMPLE: dict[str, Any] = {"target": "fire_rescue", "mark": 95, "note": "到场迅速"}


class ScoreIn(BaseModel):
    """A score of one target of a closed whistle."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": EXAMPLE})

    target: Annotated[Code, Field(description="Code of the department, or of the centre that blew.")]
    mark: Annotated[int, Field(ge=0, le=HIGHEST_MARK)]
    note: Said | None = None
    corrects: Annotated[UUID | None, Field(description="The score that this one takes the place of.")] = None


class ScoreOut(BaseModel):
    """One score as it was given, with what the facts said then."""

    id: UUID
    finding: Annotated[Finding, Field(examples=["on_time"])]
    is_exempt: Annotated[bool, Field(examples=[False])]
    mark: Annotated[int, Field(examples=[95])]
    note: str | None
    by: Annotated[str, Field(description="Username.", examples=["street1.shift_leader"])]
    role: Role
    corrects: Annotated[UUID | None, Field(examples=[None])]
    at: Instant


class TargetOut(BaseModel):
    """Somebody who is scored: by whom, what the facts say, and the scores so far; the last one counts."""

    target: Annotated[str, Field(description="Code.", examples=["fire_rescue"])]
    target_kind: Target
    scorer: Annotated[str, Field(description="Code of the centre that scores.", examples=["320111004000"])]
    finding: Annotated[Finding, Field(description="What the facts say now.", examples=["on_time"])]
    is_exempt: Annotated[
        bool, Field(description="An approved appeal leaves the finding out of scores; it stays.", examples=[False])
    ]
    score: Annotated[ScoreOut | None, Field(description="The one that counts.")]
    history: Annotated[list[ScoreOut], Field(description="Every score in order, the corrected ones too.")]
    may_score: Annotated[bool, Field(description="Whether the caller may score, or correct, it now.", examples=[True])]


class ScoresOut(BaseModel):
    """双考核: everybody who is scored for a whistle."""

    whistle_id: UUID
    items: list[TargetOut]
