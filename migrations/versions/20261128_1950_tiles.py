"""Tiles: the boundaries of cells in Web Mercator, and as maps of four zooms draw them, kept beside them.

Revision ID: 0021
Revises: 0020
Create Date: 2026-11-28 19:30:00+00:00

"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry

revision: str = "0021"
down_revision: str | Sequence[str] | None = "0020"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

WHOLE = "ST_Transform(boundary, 3857)"
GRIDS = {10: 0.104661316373, 11: 0.209322632747, 12: 0.418645265494, 13: 0.837290530987}
"""Units a metre of the grid of all tiles of a zoom."""


def drawn_at(zoom: int, scale: float) -> str:
    step, half = 40_075_016.685578488 / (4096 * 2**zoom), 4096 * 2**zoom / 2
    simple = f"ST_SimplifyPreserveTopology({WHOLE}, {double(step)})"
    sides = ", ".join(map(double, (scale, 0, 0, -scale, half, half)))
    on_grid = f"ST_SnapToGrid(ST_SetSRID(ST_Affine({simple}, {sides}), 0), {double(1)})"
    return f"ST_ForcePolygonCCW(ST_CollectionExtract(ST_MakeValid({on_grid}), 3))"


def double(value: float) -> str:
    return f"{value:.12f}::double precision"


def upgrade() -> None:
    whole = Geometry("POLYGON", 3857, spatial_index=False)
    op.add_column("grid_cell", sa.Column("mercator", whole, sa.Computed(WHOLE, persisted=True), nullable=False))
    for zoom, scale in GRIDS.items():
        kept = sa.Computed(drawn_at(zoom, scale), persisted=True)
        drawn = Geometry(None, spatial_index=False)
        op.add_column("grid_cell", sa.Column(f"drawn_{zoom}", drawn, kept, nullable=True))
    op.create_index("grid_cell_mercator", "grid_cell", ["mercator"], unique=False, postgresql_using="gist")


def downgrade() -> None:
    op.drop_index("grid_cell_mercator", table_name="grid_cell", postgresql_using="gist")
    for zoom in reversed(GRIDS):
        op.drop_column("grid_cell", f"drawn_{zoom}")
    op.drop_column("grid_cell", "mercator")
