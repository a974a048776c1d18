"""Incidents by who commands them, the newest first."""

from collections.abc import Sequence

from alembic import op
from sqlalchemy import text

revision: str = "0009"
down_revision: str | Sequence[str] | None = "0008"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_index(
        "incident_commanding",
        "incident",
        ["commanding_centre_id", text("reported_at DESC"), text("id DESC")],
        unique=False,
    )


def downgrade() -> None:
    op.drop_index("incident_commanding", table_name="incident")
