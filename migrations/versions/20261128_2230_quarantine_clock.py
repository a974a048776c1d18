"""Quarantine of feeds: when a ticket is read again of itself.

Revision ID: 0022
Revises: 0021
Create Date: 2026-11-28 22:30:00+00:00

"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0022"
down_revision: str | Sequence[str] | None = "0021"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("feed_ticket", sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE feed_ticket SET next_try_at = now() WHERE state = 'quarantined'")
    waits = sa.text("next_try_at IS NOT NULL")
    op.create_index("feed_ticket_due", "feed_ticket", ["next_try_at"], postgresql_where=waits)


def downgrade() -> None:
    op.drop_index("feed_ticket_due", table_name="feed_ticket", postgresql_where=sa.text("next_try_at IS NOT NULL"))
    op.drop_column("feed_ticket", "next_try_at")
