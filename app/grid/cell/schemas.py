"""What leaves about grid cells."""

from uuid import UUID

from pydantic import BaseModel, ConfigDict

from app.core.time import Instant
from app.grid.models import CellKind
from app.grid.schemas import AreaCode, BoxText, Geometry, Listed, Place, Resource, WithBoundary


class CellChoice(BaseModel):
    """Cells in force now, or `at` an instant, or of one `plan` whatever its state; in an area of any level."""

    model_config = ConfigDict(extra="forbid")

    plan: UUID | None = None
    at: Instant | None = None
    area: AreaCode | None = None


class CellFilters(Listed, CellChoice):
    """Which cells to list."""

    kind: CellKind | None = None
    beat: UUID | None = None
    bbox: BoxText = None
    boundary: WithBoundary = False


class CellOut(Resource):
    """A cell; `places` is its community and every area above."""

    plan_id: UUID
    code: str
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
    code: str
    name: str
    name_en: str


class CellDetail(CellOut):
    """A cell with the codes of the cells it shares a border with, and its beats."""

    neighbours: list[str]
    beats: list[BeatName]
