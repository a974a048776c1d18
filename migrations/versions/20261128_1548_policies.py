"""policies: escalation policies and routing rules by edition, alarms, and what rules said of an incident."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0012"
down_revision: str | Sequence[str] | None = "0011"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "escalation_policy",
        sa.Column("ladders", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("centre_id", sa.UUID(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("name_en", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_by", sa.UUID(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.UUID(), nullable=True),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "state IN ('draft', 'published', 'replaced', 'retired')", name=op.f("escalation_policy_state_check")
        ),
        sa.ForeignKeyConstraint(["centre_id"], ["centre.id"], name=op.f("escalation_policy_centre_id_fkey")),
        sa.ForeignKeyConstraint(["ended_by"], ["account.id"], name=op.f("escalation_policy_ended_by_fkey")),
        sa.ForeignKeyConstraint(["published_by"], ["account.id"], name=op.f("escalation_policy_published_by_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("escalation_policy_pkey")),
        sa.UniqueConstraint("centre_id", "edition", name=op.f("escalation_policy_centre_id_edition_key")),
    )
    op.create_index(
        "escalation_policy_in_force",
        "escalation_policy",
        ["centre_id"],
        unique=True,
        postgresql_where=sa.text("state = 'published'"),
    )
    op.create_table(
        "routing_set",
        sa.Column("rules", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("departments", postgresql.ARRAY(sa.TEXT()), nullable=False),
        sa.Column("report", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("centre_id", sa.UUID(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("name_en", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_by", sa.UUID(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.UUID(), nullable=True),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "state IN ('draft', 'published', 'replaced', 'retired')", name=op.f("routing_set_state_check")
        ),
        sa.ForeignKeyConstraint(["centre_id"], ["centre.id"], name=op.f("routing_set_centre_id_fkey")),
        sa.ForeignKeyConstraint(["ended_by"], ["account.id"], name=op.f("routing_set_ended_by_fkey")),
        sa.ForeignKeyConstraint(["published_by"], ["account.id"], name=op.f("routing_set_published_by_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("routing_set_pkey")),
        sa.UniqueConstraint("centre_id", "edition", name=op.f("routing_set_centre_id_edition_key")),
    )
    op.create_index(
        "routing_set_checked_at",
        "routing_set",
        ["checked_at"],
        unique=False,
        postgresql_where=sa.text("state = 'published'"),
    )
    op.create_index(
        "routing_set_in_force",
        "routing_set",
        ["centre_id"],
        unique=True,
        postgresql_where=sa.text("state = 'published'"),
    )
    op.create_table(
        "routing_alarm",
        sa.Column("set_id", sa.UUID(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("severity", sa.String(), nullable=False),
        sa.Column("what", postgresql.ARRAY(sa.TEXT()), nullable=False),
        sa.Column("detail", sa.String(), nullable=False),
        sa.Column("breaks", sa.Boolean(), nullable=False),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("acknowledged_by", sa.UUID(), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["acknowledged_by"], ["account.id"], name=op.f("routing_alarm_acknowledged_by_fkey")),
        sa.ForeignKeyConstraint(["set_id"], ["routing_set.id"], name=op.f("routing_alarm_set_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("routing_alarm_pkey")),
    )
    op.create_index(
        "routing_alarm_open",
        "routing_alarm",
        ["set_id", "rule", "why"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index("routing_alarm_set", "routing_alarm", ["set_id", "id"], unique=False)
    op.add_column("incident", sa.Column("routing", postgresql.JSONB(astext_type=sa.Text()), nullable=True))


def downgrade() -> None:
    op.drop_column("incident", "routing")
    op.drop_index("routing_alarm_set", table_name="routing_alarm")
    op.drop_index("routing_alarm_open", table_name="routing_alarm", postgresql_where=sa.text("ended_at IS NULL"))
    op.drop_table("routing_alarm")
    op.drop_index("routing_set_in_force", table_name="routing_set", postgresql_where=sa.text("state = 'published'"))
    op.drop_index("routing_set_checked_at", table_name="routing_set", postgresql_where=sa.text("state = 'published'"))
    op.drop_table("routing_set")
    op.drop_index(
        "escalation_policy_in_force", table_name="escalation_policy", postgresql_where=sa.text("state = 'published'")
    )
    op.drop_table("escalation_policy")
