"""devices, what of them was not kept, and places that are made up."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0003"
down_revision: str | Sequence[str] | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


BEFORE = "'good', 'coarse', 'clock_ahead', 'too_fast', 'zero_island', 'jump', 'repeat'"
NOW = "'good', 'coarse', 'clock_ahead', 'too_fast', 'zero_island', 'mock', 'jump', 'repeat'"


def upgrade() -> None:
    op.create_table(
        "device",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("app", sa.String(), nullable=False),
        sa.Column("label", sa.String(), nullable=True),
        sa.Column("centre_id", sa.UUID(), nullable=False),
        sa.Column("patrol_id", sa.UUID(), nullable=True),
        sa.Column("officer_id", sa.UUID(), nullable=True),
        sa.Column("datum", sa.String(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("key_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("key_made_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("key_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("key_revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "app IN ('osmand', 'owntracks', 'traccar', 'overland', 'jt808', 'native')", name=op.f("device_app_check")
        ),
        sa.CheckConstraint("datum IN ('wgs84', 'gcj02')", name=op.f("device_datum_check")),
        sa.CheckConstraint("num_nonnulls(patrol_id, officer_id) = 1", name=op.f("device_bound_once_check")),
        sa.ForeignKeyConstraint(["centre_id"], ["centre.id"], name=op.f("device_centre_id_fkey")),
        sa.ForeignKeyConstraint(["officer_id"], ["officer.id"], name=op.f("device_officer_id_fkey")),
        sa.ForeignKeyConstraint(["patrol_id"], ["patrol.id"], name=op.f("device_patrol_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("device_pkey")),
        sa.UniqueConstraint("code", name=op.f("device_code_key")),
    )
    for column in ("centre_id", "officer_id", "patrol_id"):
        op.create_index(op.f(f"device_{column}"), "device", [column], unique=False)
    op.create_table(
        "device_quarantine",
        sa.Column("device_id", sa.UUID(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("fixes", sa.BigInteger(), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["device_id"], ["device.id"], name=op.f("device_quarantine_device_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("device_id", "reason", name=op.f("device_quarantine_pkey")),
    )
    _may_be(NOW)


def downgrade() -> None:
    for table in ("latest_position", "position"):
        op.execute(f"DELETE FROM {table} WHERE quality = 'mock'")  # noqa: S608  # names of ours
    _may_be(BEFORE)
    op.drop_table("device_quarantine")
    op.drop_table("device")


def _may_be(qualities: str) -> None:
    for table in ("latest_position", "position"):
        name = f"{table}_quality_check"
        op.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        op.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} CHECK (quality IN ({qualities}))")
