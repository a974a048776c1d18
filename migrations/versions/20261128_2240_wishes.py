"""Wishes: what officers would rather do and rather not, on one roster and on all.

Revision ID: 0023
Revises: 0022
Create Date: 2026-11-28 22:40:00+00:00

"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0023"
down_revision: str | Sequence[str] | None = "0022"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "roster_wish",
        sa.Column("roster_id", sa.UUID(), nullable=False),
        sa.Column("officer_id", sa.UUID(), nullable=False),
        sa.Column("rather", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("rather_not", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("answers", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("share", sa.Double(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        *_row(),
        sa.CheckConstraint("share BETWEEN 0 AND 1", name=op.f("roster_wish_share_check")),
        sa.ForeignKeyConstraint(["officer_id"], ["officer.id"], name=op.f("roster_wish_officer_id_fkey")),
        sa.ForeignKeyConstraint(
            ["roster_id"], ["roster.id"], name=op.f("roster_wish_roster_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("roster_wish_pkey")),
        sa.UniqueConstraint("roster_id", "officer_id", name=op.f("roster_wish_roster_id_officer_id_key")),
    )
    op.create_index("roster_wish_officer", "roster_wish", ["officer_id"], unique=False)
    op.create_table(
        "standing_wish",
        sa.Column("officer_id", sa.UUID(), nullable=False),
        sa.Column("rather", postgresql.ARRAY(sa.TEXT()), nullable=False),
        sa.Column("rather_not", postgresql.ARRAY(sa.TEXT()), nullable=False),
        *_row(),
        sa.ForeignKeyConstraint(["officer_id"], ["officer.id"], name=op.f("standing_wish_officer_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("standing_wish_pkey")),
        sa.UniqueConstraint("officer_id", name=op.f("standing_wish_officer_id_key")),
    )


def _row() -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("standing_wish")
    op.drop_index("roster_wish_officer", table_name="roster_wish")
    op.drop_table("roster_wish")
