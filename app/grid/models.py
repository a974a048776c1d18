"""The tables of the ground: the area tree, versioned grid plans with their cells, and beats."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from geoalchemy2 import Geometry
from sqlalchemy import CheckConstraint, Computed, DateTime, Double, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, ExcludeConstraint
from sqlalchemy.dialects.postgresql import UUID as PgUUID
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, Row, one_of
from app.core.geo import MERCATOR, SRID
from app.core.problems import Conflict, constraint_means


class PlanStatus(StrEnum):
    """A draft may change; a published plan is never changed, only followed by another."""

    DRAFT = "draft"
    PUBLISHED = "published"


class CellKind(StrEnum):
    """单元网格, 综合网格, 专属网格."""

    UNIT = "unit"
    GENERAL = "general"
    DEDICATED = "dedicated"


class Scheme(StrEnum):
    """How cells are named: community code and three digits (`unit-15`), or any name of up to 64 characters."""

    UNIT_15 = "unit-15"
    FREE = "free"


TILE_UNITS = 4096
"""The units of a vector tile's grid, across it."""
DRAWN_ZOOMS = (10, 11, 12, 13)
"""Where a map shows many cells at once: their shapes are kept as they are drawn there."""
WORLD_M = 40_075_016.685578488
"""Once around, in Web Mercator."""


DRAWN = Geometry(None, spatial_index=False)


def _kept(drawn: str, column: Geometry) -> Any:
    """A column that the database keeps true by itself."""
    return mapped_column(column, Computed(drawn, persisted=True), deferred=True)


def drawn_at(zoom: int) -> str:
    """A boundary on the grid of all tiles of a zoom: whole numbers from the north-west, valid, no finer than seen."""
    units = TILE_UNITS * 2**zoom
    scale = units / WORLD_M
    sides = (scale, 0.0, 0.0, -scale, units / 2, units / 2)
    simple = f"ST_SimplifyPreserveTopology(ST_Transform(boundary, {MERCATOR}), {_double(1 / scale)})"
    moved = f"ST_Affine({simple}, {', '.join(map(_double, sides))})"
    on_grid = f"ST_SnapToGrid(ST_SetSRID({moved}, 0), {_double(1.0)})"
    return f"ST_ForcePolygonCCW(ST_CollectionExtract(ST_MakeValid({on_grid}), 3))"


def _double(value: float) -> str:
    return f"{value:.12f}::double precision"


class Area(Row, Base):
    """A node of the area tree (district > street > community > …). `lineage` is everything above it, then itself.

    `level` is a word of the jurisdiction's own; the root of a tree is a jurisdiction.
    """

    __tablename__ = "area"
    __table_args__ = (UniqueConstraint("code"), Index("area_lineage", "lineage", postgresql_using="gin"))

    code: Mapped[str]
    level: Mapped[str]
    kind: Mapped[str | None]
    name: Mapped[str]
    name_en: Mapped[str]
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("area.id"), index=True)
    lineage: Mapped[list[UUID]] = mapped_column(ARRAY(PgUUID(as_uuid=True)))
    boundary: Mapped[Any | None] = mapped_column(Geometry("MULTIPOLYGON", SRID), deferred=True)


class GridPlan(Row, Base):
    """One division of an area into cells. In force from `effective_from` until the next plan's instant.

    `read_as` says which coordinate system the cells came in; they are kept in WGS 84.
    """

    __tablename__ = "grid_plan"
    __table_args__ = (
        one_of("status", PlanStatus),
        one_of("scheme", Scheme),
        CheckConstraint("effective_until IS NULL OR effective_until > effective_from", name="period"),
        ExcludeConstraint(
            ("area_id", "="),
            (text("tstzrange(effective_from, effective_until)"), "&&"),
            name="grid_plan_in_force",
            using="gist",
            where=text("status = 'published'"),
        ),
    )

    area_id: Mapped[UUID] = mapped_column(ForeignKey("area.id"), index=True)
    name: Mapped[str]
    scheme: Mapped[str]
    source: Mapped[str]
    read_as: Mapped[str]
    status: Mapped[str] = mapped_column(default=PlanStatus.DRAFT.value)
    effective_from: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    effective_until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    published_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    report: Mapped[dict[str, Any] | None] = mapped_column(JSONB)


class GridCell(Row, Base):
    """A cell of a plan. `valid_from`/`valid_until` repeat the plan's period, so that locating reads one index.

    `places` is the chain of areas from the community up, ready to show: `[{code, level, name, name_en}, …]`.
    `community_code` is as it came; until the area tree knows it, `area_id` is the plan's own area.
    `mercator` and `drawn_…` are what tiles are cut from.
    """

    __tablename__ = "grid_cell"
    __table_args__ = (
        one_of("kind", CellKind),
        Index("grid_cell_boundary", "boundary", postgresql_using="gist"),
        Index("grid_cell_mercator", "mercator", postgresql_using="gist"),
        Index("grid_cell_code", "code"),
        Index("grid_cell_plan_id", "plan_id", "code"),
        Index("grid_cell_published", "plan_id", "code", unique=True, postgresql_where=text("valid_from IS NOT NULL")),
    )

    plan_id: Mapped[UUID] = mapped_column(ForeignKey("grid_plan.id", ondelete="CASCADE"))
    area_id: Mapped[UUID] = mapped_column(ForeignKey("area.id"), index=True)
    community_code: Mapped[str]
    code: Mapped[str]
    kind: Mapped[str]
    boundary: Mapped[Any] = mapped_column(Geometry("POLYGON", SRID, spatial_index=False), deferred=True)
    mercator: Mapped[Any] = _kept(
        f"ST_Transform(boundary, {MERCATOR})", Geometry("POLYGON", MERCATOR, spatial_index=False)
    )
    drawn_10: Mapped[Any | None] = _kept(drawn_at(10), DRAWN)
    drawn_11: Mapped[Any | None] = _kept(drawn_at(11), DRAWN)
    drawn_12: Mapped[Any | None] = _kept(drawn_at(12), DRAWN)
    drawn_13: Mapped[Any | None] = _kept(drawn_at(13), DRAWN)
    area_m2: Mapped[float] = mapped_column(Double)
    places: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    valid_from: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    valid_until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class CellNeighbour(Base):
    """Two cells of one plan that share a stretch of border. Both directions are stored."""

    __tablename__ = "cell_neighbour"

    cell_id: Mapped[UUID] = mapped_column(ForeignKey("grid_cell.id", ondelete="CASCADE"), primary_key=True)
    neighbour_id: Mapped[UUID] = mapped_column(ForeignKey("grid_cell.id", ondelete="CASCADE"), primary_key=True)


class Beat(Row, Base):
    """责任网格: a set of cells one crew looks after. `organisation_id` is the centre it belongs to."""

    __tablename__ = "beat"
    __table_args__ = (UniqueConstraint("organisation_id", "code"),)

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    code: Mapped[str]
    name: Mapped[str]
    name_en: Mapped[str]


class BeatCell(Base):
    """A cell of a beat."""

    __tablename__ = "beat_cell"

    beat_id: Mapped[UUID] = mapped_column(ForeignKey("beat.id", ondelete="CASCADE"), primary_key=True)
    cell_id: Mapped[UUID] = mapped_column(ForeignKey("grid_cell.id", ondelete="CASCADE"), primary_key=True, index=True)


for table in ("area", "grid_plan", "beat"):
    constraint_means(f"{table}_pkey", Conflict("This id is taken."))
constraint_means("area_code_key", Conflict("An area with this code exists."))
constraint_means("grid_plan_in_force", Conflict("Another plan of this area is in force at that time."))
constraint_means("beat_organisation_id_code_key", Conflict("This centre has a beat with this code."))
