"""The mobile contract: how far each device has come, receipts of operations, both times of a crew's moves.

Revision ID: 0020
Revises: 0019
Create Date: 2026-11-28 20:00:00+00:00

"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0020"
down_revision: str | Sequence[str] | None = "0019"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

AT = sa.DateTime(timezone=True)
BEFORE = (
    "report", "self_handle", "request_verification", "report_verification", "reject", "merge", "unmerge", "accept",
    "register", "send_back", "dispatch", "start", "recall", "return", "finish", "bounce", "send_check", "pass_check",
    "fail_check", "close", "suspend", "resume", "void", "force_close", "reopen", "escalate", "assign_down", "take_over",
    "move_lead", "amend", "whistle",
)  # fmt: skip
RESULTS = "result IN ('applied', 'duplicate', 'superseded', 'conflict', 'rejected', 'retry')"


def _actions(*names: str) -> None:
    """Checked without keeping anybody from writing meanwhile."""
    listed = ", ".join(f"'{name}'" for name in names)
    op.execute("ALTER TABLE incident_move DROP CONSTRAINT incident_move_action_check")
    op.execute(
        f"ALTER TABLE incident_move ADD CONSTRAINT incident_move_action_check CHECK (action IN ({listed})) NOT VALID"
    )
    op.execute("ALTER TABLE incident_move VALIDATE CONSTRAINT incident_move_action_check")


def upgrade() -> None:
    _actions(*BEFORE, "tell_late")
    observed = sa.Column("observed", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False)
    op.add_column("assignment", observed)
    op.create_table(
        "sync_device",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("last_seq", sa.BigInteger(), nullable=False),
        sa.Column("created_at", AT, server_default=sa.text("now()"), nullable=False),
        sa.Column("seen_at", AT, server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("sync_device_account_id_fkey")),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("sync_device_pkey")),
    )
    op.create_table(
        "sync_receipt",
        sa.Column("account_id", sa.UUID(), nullable=False),
        sa.Column("op_id", sa.UUID(), nullable=False),
        sa.Column("device_id", sa.UUID(), nullable=False),
        sa.Column("device_seq", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("target", sa.Uuid(), nullable=True),
        sa.Column("result", sa.String(), nullable=False),
        sa.Column("answer", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("observed_at", AT, nullable=True),
        sa.Column("received_at", AT, server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(RESULTS, name=op.f("sync_receipt_result_check")),
        sa.ForeignKeyConstraint(
            ["account_id", "device_id"], ["sync_device.account_id", "sync_device.id"], name="sync_receipt_device_fkey"
        ),
        sa.PrimaryKeyConstraint("account_id", "op_id", name=op.f("sync_receipt_pkey")),
    )
    op.create_index("sync_receipt_received_at", "sync_receipt", ["received_at"], unique=False)
    reports = sa.text("type = 'incident.report'")
    op.create_index("sync_receipt_report", "sync_receipt", ["account_id", "target"], postgresql_where=reports)


def downgrade() -> None:
    op.drop_table("sync_receipt")
    op.drop_table("sync_device")
    op.drop_column("assignment", "observed")
    op.execute("DELETE FROM incident_move WHERE action = 'tell_late'")
    _actions(*BEFORE)
