"""What a report may say."""

from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from app.core.geo import Datum, Point
from app.core.time import Instant

Text = Annotated[str, Field(max_length=4000, pattern=r"^[^\x00]*$")]
Short = Annotated[str, Field(max_length=200, pattern=r"^[^\x00]*$")]


class ReporterIn(BaseModel):
    """How to reach who reported. Kept apart, read with a purpose only."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(max_length=100, pattern=r"^[^\x00]*$")] | None = None
    phone: Annotated[str, Field(max_length=40, pattern=r"^[0-9+() -]*$")] | None = None
    email: Annotated[str, Field(max_length=254, pattern=r"^[^\x00]*$", examples=["someone@example.org"])] | None = None


EXAMPLE: dict[str, Any] = {
    "category_code": "E0406",
    "description": "流动摊贩占道经营，行人无法通过",
    "location": {"type": "Point", "coordinates": [118.625, 32.055]},
    "source": "patrol",
}


class ReportIn(BaseModel):
    """上报: what happened and where. `location` or `cell`; the category may be missing.

    `auto` lets the system accept, register and dispatch at once, as a category's own rule may.
    """

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": EXAMPLE})

    id: UUID | None = None
    category_code: Short | None = None
    priority: Annotated[int, Field(ge=1, le=4)] | None = None
    title: Short | None = None
    description: Annotated[Text, Field(min_length=1)]
    location: Point | None = None
    datum: Datum = Datum.WGS84
    cell: Short | None = None
    occurred_at: Instant | None = None
    source: Annotated[str, Field(pattern=r"^[a-z0-9_]{1,32}$")]
    external_ref: Annotated[Short, Field(min_length=1)] | None = None
    reporter: ReporterIn | None = None
    auto: bool = False

    @model_validator(mode="after")
    def _somewhere(self) -> Self:
        if self.location is None and self.cell is None:
            message = "needs a location or a cell"
            raise ValueError(message)
        return self
