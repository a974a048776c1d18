"""What leaves about who reported, and about who read it."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from app.core.time import Instant


class ReporterOut(BaseModel):
    """The contact of who reported."""

    model_config = ConfigDict(from_attributes=True)

    name: Annotated[str | None, Field(examples=["王女士"])]
    phone: str | None
    email: Annotated[str | None, Field(examples=["someone@example.org"])]


class ReadingOut(BaseModel):
    """One reading of a contact."""

    model_config = ConfigDict(from_attributes=True)

    id: Annotated[int, Field(examples=[17])]
    actor: Annotated[str, Field(description="Username.")]
    purpose: str
    at: Instant
