"""What enters and leaves about areas."""

from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, model_validator

from app.core.geo import Datum
from app.grid.schemas import AreaCode, Geometry, Listed, Resource, Text, WithBoundary

Level = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,31}$", examples=["district", "street", "community"])]
MAX_AREAS = 10_000


class AreaIn(BaseModel):
    """A new area; `parent` is the code of one that exists or comes in the same list, none for the root of a tree."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "code": "320111001005",
                "level": "community",
                "kind": "residential",
                "name": "津浦社区",
                "name_en": "Jinpu Community",
                "parent": "320111001000",
            }
        },
    )

    id: UUID | None = None
    code: AreaCode
    level: Level
    kind: Level | None = None
    name: Text
    name_en: Text
    parent: AreaCode | None = None
    boundary: Geometry | None = None
    datum: Datum = Datum.WGS84


def _one_or_many(body: Any) -> str:
    return "areas" if isinstance(body, list) else "area"


OneOrMany = Annotated[
    Annotated[AreaIn, Tag("area")] | Annotated[list[AreaIn], Field(min_length=1, max_length=MAX_AREAS), Tag("areas")],
    Discriminator(_one_or_many),
]
"""An area, or a tree of them as a list in any order."""


class AreaFilters(Listed):
    """Children of `parent`, all `within` an area, those of one `level`, roots of trees or the others."""

    parent: Annotated[AreaCode | None, Field(description="Directly below the area with this code.")] = None
    within: Annotated[AreaCode | None, Field(description="Anywhere below the area with this code.")] = None
    level: Annotated[Level | None, Field(description="Of this level.")] = None
    root: Annotated[bool | None, Field(description="Only roots of trees, or only the others.")] = None
    boundary: WithBoundary = False


class AreaPatch(BaseModel):
    """What of an area may change; leaving a field out leaves it as it is. A new `parent` moves all below along."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"name": "新津浦社区"}})

    level: Level | None = None
    kind: Level | None = None
    name: Text | None = None
    name_en: Text | None = None
    parent: AreaCode | None = None
    boundary: Geometry | None = None
    datum: Datum = Datum.WGS84

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.model_fields_set - {"datum"}:
            message = "there is nothing to change"
            raise ValueError(message)
        return self


class AreaOut(Resource):
    """An area; `lineage` names it and all above it, from itself up."""

    code: str
    level: Annotated[str, Field(examples=["street"])]
    kind: Annotated[str | None, Field(examples=["subdistrict"])]
    name: str
    name_en: str
    parent: str | None
    lineage: list[str]
    has_boundary: bool
    boundary: Geometry | None = None


class AreasMade(BaseModel):
    """The areas of a list, in its order."""

    items: list[AreaOut]
