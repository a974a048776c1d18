"""What leaves about who reported, and what for it may be read."""

from typing import Annotated

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app.core.time import Instant

Purpose = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=5, max_length=500, pattern=r"^[^\x00]*$"),
    Query(description="What the contact is needed for; kept with the reading."),
]


class ReporterOut(BaseModel):
    """The contact of who reported."""

    model_config = ConfigDict(from_attributes=True)

    name: Annotated[str | None, Field(examples=["王女士"])]
    phone: str | None


class ReadingOut(BaseModel):
    """One reading of a contact."""

    model_config = ConfigDict(from_attributes=True)

    id: Annotated[int, Field(examples=[17])]
    actor: Annotated[str, Field(description="Username.")]
    purpose: str
    at: Instant
