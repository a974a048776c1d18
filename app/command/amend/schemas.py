"""What of an incident may be amended."""

from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from app.command.intake.schemas import Short, Text
from app.core.geo import Datum, Point

EXAMPLE: dict[str, Any] = {"priority": 1, "note": "现场有人受伤"}


class IncidentPatch(BaseModel):
    """Fields left out stay as they are. A place in another street needs rights in both."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": EXAMPLE})

    category_code: Short | None = None
    priority: Annotated[int, Field(ge=1, le=4)] | None = None
    title: Short | None = None
    description: Annotated[Text, Field(min_length=1)] | None = None
    location: Point | None = None
    datum: Datum = Datum.WGS84
    note: Text | None = None

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.model_dump(exclude={"datum", "note"}, exclude_none=True):
            message = "changes nothing"
            raise ValueError(message)
        return self
