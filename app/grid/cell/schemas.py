"""What leaves about grid cells."""

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from app.core.time import Instant
from app.grid.models import CellKind
from app.grid.schemas import AreaCode, BoxText, Geometry, Listed, Place, Resource, WithBoundary


class CellChoice(BaseModel):
    """Cells in force now, or `at` an instant, or of one `plan` whatever its state; in an area of any level."""

    model_config = ConfigDict(extra="forbid")

    plan: Annotated[UUID | None, Field(description="The id of a plan, whatever its state.")] = None
    at: Annotated[Instant | None, Field(description="In force at this instant.")] = None
    area: Annotated[AreaCode | None, Field(description="In the area with this code.")] = None


class CellFilters(Listed, CellChoice):
    """Which cells to list."""

    kind: Annotated[CellKind | None, Field(description="Of this kind.")] = None
    beat: Annotated[UUID | None, Field(description="Of the beat with this id.")] = None
    bbox: BoxText = None
    boundary: WithBoundary = False


class CellOut(Resource):
    """A cell; `places` is its community and every area above."""

    plan_id: UUID
    code: Annotated[str, Field(examples=["320111004015001"])]
    scheme: str
    kind: CellKind
    community: str
    places: list[Place]
    area_m2: float
    valid_from: Instant | None
    valid_until: Instant | None
    boundary: Geometry | None = None


class BeatName(Resource):
    """A beat a cell belongs to, and the centre whose it is."""

    organisation: str
    code: Annotated[str, Field(examples=["320111004-B01"])]
    name: Annotated[str, Field(examples=["江浦街道责任网格1"])]
    name_en: Annotated[str, Field(examples=["Jiangpu Subdistrict Beat 1"])]


class CellDetail(CellOut):
    """A cell with the codes of the cells it shares a border with, and its beats."""

    neighbours: list[str]
    beats: list[BeatName]
