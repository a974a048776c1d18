"""sharing: incidents shown to an organisation that is not called, as both sides agreed, and who read them."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0018"
down_revision: str | Sequence[str] | None = "0017"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

STATES = "'proposed', 'accepted', 'refused', 'withdrawn'"


def upgrade() -> None:
    op.create_table(
        "share",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("giver_id", sa.UUID(), nullable=False),
        sa.Column("receiver_id", sa.UUID(), nullable=False),
        sa.Column("incident_id", sa.UUID(), nullable=True),
        sa.Column("area_id", sa.UUID(), nullable=True),
        sa.Column("category", sa.String(), nullable=True),
        sa.Column("tier", sa.String(), nullable=False),
        sa.Column("masks", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("proposed_by", sa.String(), nullable=False),
        sa.Column("proposer_id", sa.UUID(), nullable=False),
        sa.Column("settled_by", sa.UUID(), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(incident_id IS NULL) <> (area_id IS NULL)", name=op.f("share_subject_check")),
        sa.CheckConstraint("giver_id <> receiver_id", name=op.f("share_sides_check")),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("share_time_box_check")),
        sa.CheckConstraint("proposed_by IN ('giver', 'receiver')", name=op.f("share_proposed_by_check")),
        sa.CheckConstraint(f"state IN ({STATES})", name=op.f("share_state_check")),
        sa.CheckConstraint("tier IN ('notice', 'summary', 'record')", name=op.f("share_tier_check")),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("share_area_id_fkey")),
        sa.ForeignKeyConstraint(["giver_id"], ["centre.id"], name=op.f("share_giver_id_fkey")),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"], name=op.f("share_incident_id_fkey")),
        sa.ForeignKeyConstraint(["proposer_id"], ["account.id"], name=op.f("share_proposer_id_fkey")),
        sa.ForeignKeyConstraint(["receiver_id"], ["organisation.id"], name=op.f("share_receiver_id_fkey")),
        sa.ForeignKeyConstraint(["settled_by"], ["account.id"], name=op.f("share_settled_by_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("share_pkey")),
    )
    op.create_index("share_giver", "share", ["giver_id", "id"], unique=False)
    op.create_index("share_receiver", "share", ["receiver_id", "id"], unique=False)
    op.create_table(
        "share_reading",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("share_id", sa.UUID(), nullable=False),
        sa.Column("account_id", sa.UUID(), nullable=False),
        sa.Column("incidents", postgresql.ARRAY(sa.UUID()), nullable=False),
        sa.Column("picture_id", sa.UUID(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("share_reading_account_id_fkey")),
        sa.ForeignKeyConstraint(["share_id"], ["share.id"], name=op.f("share_reading_share_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("share_reading_pkey")),
    )
    op.create_index("share_reading_share", "share_reading", ["share_id", "id"], unique=False)


def downgrade() -> None:
    op.drop_table("share_reading")
    op.drop_table("share")
