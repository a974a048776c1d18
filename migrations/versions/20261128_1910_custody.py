"""evidence: uploads in pieces, custody of the bytes, and when they are deleted."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0017"
down_revision: str | Sequence[str] | None = "0016"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

ACTS = "'received', 'cleaned', 'read_original', 'damaged', 'held', 'released', 'moved', 'deleted'"
KEPT = sa.text("removed_at IS NULL AND NOT is_held")
TO_ERASE = sa.text("removed_at IS NOT NULL AND erased_at IS NULL")

BEFORE = """
INSERT INTO evidence_custody (evidence_id, act, account_id, sha256, details, at)
SELECT id, 'received', account_id, sha256, '{"original_kept": false}', created_at FROM evidence ORDER BY id
"""
"""Of pictures that came before, only the hash of the original was kept."""


def upgrade() -> None:
    op.add_column("evidence", sa.Column("is_held", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.add_column("evidence", sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("evidence", sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index("evidence_sha256", "evidence", ["sha256"], unique=False)
    op.create_index("evidence_content_sha256", "evidence", ["content_sha256"], unique=False)
    op.create_index("evidence_kept", "evidence", ["incident_id"], unique=False, postgresql_where=KEPT)
    op.create_index("evidence_to_erase", "evidence", ["id"], unique=False, postgresql_where=TO_ERASE)
    op.create_table(
        "evidence_custody",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("evidence_id", sa.UUID(), nullable=False),
        sa.Column("act", sa.String(), nullable=False),
        sa.Column("account_id", sa.UUID(), nullable=True),
        sa.Column("purpose", sa.String(), nullable=True),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(f"act IN ({ACTS})", name=op.f("evidence_custody_act_check")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("evidence_custody_account_id_fkey")),
        sa.ForeignKeyConstraint(["evidence_id"], ["evidence.id"], name=op.f("evidence_custody_evidence_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("evidence_custody_pkey")),
    )
    op.create_index("evidence_custody_evidence", "evidence_custody", ["evidence_id", "id"], unique=False)
    op.execute(BEFORE)
    op.create_table(
        "evidence_upload",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("incident_id", sa.UUID(), nullable=False),
        sa.Column("account_id", sa.UUID(), nullable=False),
        sa.Column("key", sa.String(), nullable=True),
        sa.Column("said", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("received", sa.Integer(), nullable=False),
        sa.Column("pieces", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("refused", sa.String(), nullable=True),
        sa.Column("evidence_id", sa.UUID(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("evidence_upload_account_id_fkey")),
        sa.ForeignKeyConstraint(["evidence_id"], ["evidence.id"], name=op.f("evidence_upload_evidence_id_fkey")),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"], name=op.f("evidence_upload_incident_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("evidence_upload_pkey")),
        sa.UniqueConstraint("account_id", "key", name=op.f("evidence_upload_account_id_key_key")),
    )
    op.create_index("evidence_upload_expires_at", "evidence_upload", ["expires_at"], unique=False)


def downgrade() -> None:
    op.drop_table("evidence_upload")
    op.drop_table("evidence_custody")
    for index in ("evidence_to_erase", "evidence_kept", "evidence_content_sha256", "evidence_sha256"):
        op.drop_index(index, table_name="evidence")
    for column in ("erased_at", "removed_at", "is_held"):
        op.drop_column("evidence", column)
