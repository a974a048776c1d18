"""Incidents by who reported them and by who holds their open task: one's own stand in one's list."""

from collections.abc import Sequence

from alembic import op
from sqlalchemy import TextClause, text

revision: str = "0015"
down_revision: str | Sequence[str] | None = "0014"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

HOLDERS = ("task_account", "task_patrol")


def upgrade() -> None:
    own: list[str | TextClause] = ["reporter_id", text("reported_at DESC"), text("id DESC")]
    op.create_index("incident_reporter", "incident", own, unique=False)
    for holder in HOLDERS:
        op.create_index(
            f"incident_{holder}",
            "incident",
            [f"{holder}_id"],
            unique=False,
            postgresql_where=text(f"{holder}_id IS NOT NULL"),
        )


def downgrade() -> None:
    for holder in HOLDERS:
        op.drop_index(f"incident_{holder}", table_name="incident", postgresql_where=text(f"{holder}_id IS NOT NULL"))
    op.drop_index("incident_reporter", table_name="incident")
