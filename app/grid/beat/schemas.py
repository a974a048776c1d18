"""What enters and leaves about beats."""

from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from app.grid.schemas import AreaCode, CellCode, Listed, Resource, Text

Cells = Annotated[list[CellCode], Field(min_length=1, max_length=2000)]


class BeatIn(BaseModel):
    """A new beat of a centre, by the codes of cells in force; `area` says whose, where trees use the same codes."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "organisation": "taishan",
                "code": "B-01",
                "name": "泰山一号责任网格",
                "name_en": "Taishan beat 1",
                "cells": ["320111001005001", "320111001005002"],
            }
        },
    )

    id: UUID | None = None
    organisation: AreaCode
    code: AreaCode
    name: Text
    name_en: Text
    cells: Cells
    area: AreaCode | None = None


class BeatPatch(BaseModel):
    """What of a beat may change; leaving a field out leaves it as it is. `cells` replaces all it has."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"cells": ["320111001005001"]}})

    name: Text | None = None
    name_en: Text | None = None
    cells: Cells | None = None
    area: AreaCode | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.model_fields_set - {"area"}:
            message = "there is nothing to change"
            raise ValueError(message)
        return self


class BeatFilters(Listed):
    """Beats of a centre, or that a cell belongs to."""

    organisation: Annotated[AreaCode | None, Field(description="Of the centre with this code.")] = None
    cell: Annotated[CellCode | None, Field(description="That hold the cell with this code.")] = None


class BeatOut(Resource):
    """A beat with its cells in force now; `parts` counts the groups of cells that hang together."""

    organisation_id: UUID
    organisation: str
    code: Annotated[str, Field(examples=["320111004-B01"])]
    name: Annotated[str, Field(examples=["江浦街道责任网格1"])]
    name_en: Annotated[str, Field(examples=["Jiangpu Subdistrict Beat 1"])]
    cells: Annotated[list[str], Field(default_factory=list, examples=[["320111004015001"]])]
    parts: int = 0
