"""What patrols reported is found by an index, so that hot cells leave it out without a look at each incident.

Revision ID: 0024
Revises: 0023
Create Date: 2026-11-28 22:50:00+00:00

"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0024"
down_revision: str | Sequence[str] | None = "0023"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

BY_PATROLS = "seq = 1 AND role IN ('grid_worker', 'patrol_member', 'team_leader', 'inspector')"


def upgrade() -> None:
    op.create_index(
        "incident_move_by_patrols",
        "incident_move",
        ["at"],
        postgresql_include=["incident_id"],
        postgresql_where=sa.text(BY_PATROLS),
    )


def downgrade() -> None:
    op.drop_index("incident_move_by_patrols", table_name="incident_move")
