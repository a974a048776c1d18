"""positions by day, and who looked at them."""
# mypy: disable-error-code="attr-defined"
# GeoAlchemy2 adds its operations to Alembic's `op` when it is loaded.

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry

revision: str = "0002"
down_revision: str | Sequence[str] | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

BEFORE = "'good', 'coarse', 'clock_ahead', 'jump'"
NOW = "'good', 'coarse', 'clock_ahead', 'too_fast', 'zero_island', 'jump', 'repeat'"
QUALITY = "latest_position_quality_check"
DAYS = """
DO $$
DECLARE on_ date;
BEGIN
  FOR on_ IN SELECT generate_series(now() AT TIME ZONE 'UTC' - interval '1 day', now() AT TIME ZONE 'UTC' + interval '7 days', '1 day') LOOP
    EXECUTE format('CREATE TABLE %I PARTITION OF position FOR VALUES FROM (%L) TO (%L)',
      'position_' || to_char(on_, 'YYYYMMDD'), on_ || 'T00:00Z', on_ + 1 || 'T00:00Z');
  END LOOP;
END $$
"""


def upgrade() -> None:
    op.create_geospatial_table(
        "position",
        sa.Column("patrol_id", sa.UUID(), nullable=False),
        sa.Column("observed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("device_id", sa.String(), server_default="", nullable=False),
        sa.Column("shift_id", sa.UUID(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column(
            "location",
            Geometry(
                geometry_type="POINT",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.Column("accuracy_m", sa.REAL(), nullable=True),
        sa.Column("speed_mps", sa.REAL(), nullable=True),
        sa.Column("heading_deg", sa.REAL(), nullable=True),
        sa.Column("battery", sa.SmallInteger(), nullable=True),
        sa.Column("datum", sa.String(), nullable=False),
        sa.Column("quality", sa.String(), nullable=False),
        sa.CheckConstraint("datum IN ('wgs84', 'gcj02')", name=op.f("position_datum_check")),
        sa.CheckConstraint(f"quality IN ({NOW})", name=op.f("position_quality_check")),
        sa.PrimaryKeyConstraint("patrol_id", "observed_at", "device_id", name=op.f("position_pkey")),
        postgresql_partition_by="RANGE (observed_at)",
    )
    op.create_index(
        "position_received_at",
        "position",
        ["received_at"],
        unique=False,
        postgresql_using="brin",
        postgresql_with={"autosummarize": "on"},
    )
    op.execute("CREATE TABLE position_rest PARTITION OF position DEFAULT")
    op.execute(DAYS)
    op.create_table(
        "track_reading",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("patrol_id", sa.UUID(), nullable=False),
        sa.Column("account_id", sa.UUID(), nullable=False),
        sa.Column("from_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("to_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("track_reading_account_id_fkey")),
        sa.ForeignKeyConstraint(["patrol_id"], ["patrol.id"], name=op.f("track_reading_patrol_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("track_reading_pkey")),
    )
    op.create_index(op.f("track_reading_account_id"), "track_reading", ["account_id"], unique=False)
    op.create_index("track_reading_patrol", "track_reading", ["patrol_id", "from_at"], unique=False)
    _may_be(NOW)


def downgrade() -> None:
    op.execute("UPDATE latest_position SET quality = 'jump' WHERE quality IN ('too_fast', 'zero_island', 'repeat')")
    _may_be(BEFORE)
    op.drop_table("track_reading")
    op.drop_geospatial_table("position")


def _may_be(qualities: str) -> None:
    op.execute(f"ALTER TABLE latest_position DROP CONSTRAINT {QUALITY}")
    op.execute(f"ALTER TABLE latest_position ADD CONSTRAINT {QUALITY} CHECK (quality IN ({qualities}))")
