"""What the outside says and hears: services for the public, their requests, public notes, tickets of feeds, warnings."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

revision: str = "0016"
down_revision: str | Sequence[str] | None = "0015"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

KINDS = "'note', 'supplement', 'urge', 'instruct', 'public'"
KINDS_BEFORE = "'note', 'urge', 'instruct'"


def upgrade() -> None:
    op.add_column("category", sa.Column("public_service", postgresql.JSONB(), nullable=True))
    op.add_column("reporter", sa.Column("email", sa.String(), nullable=True))
    op.drop_constraint(op.f("incident_note_kind_check"), "incident_note", type_="check")
    op.create_check_constraint(op.f("incident_note_kind_check"), "incident_note", f"kind IN ({KINDS})")
    op.create_table(
        "service_request",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("token", sa.String(), nullable=False),
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("category_id", sa.Uuid(), nullable=False),
        sa.Column("body_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"], name=op.f("service_request_incident_id_fkey")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("service_request_account_id_fkey")),
        sa.ForeignKeyConstraint(["category_id"], ["category.id"], name=op.f("service_request_category_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("service_request_pkey")),
        sa.UniqueConstraint("token", name=op.f("service_request_token_key")),
        sa.UniqueConstraint("incident_id", name=op.f("service_request_incident_id_key")),
    )
    op.create_index("service_request_account", "service_request", ["account_id", "requested_at"])
    op.create_index("service_request_at", "service_request", ["requested_at"])
    op.create_index("service_request_body", "service_request", ["body_sha256", "requested_at"])
    _feeds()


def _feeds() -> None:
    op.create_table(
        "feed",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("centre_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("mapping", postgresql.JSONB(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["centre_id"], ["centre.id"], name=op.f("feed_centre_id_fkey")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("feed_account_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("feed_pkey")),
        sa.UniqueConstraint("code", name=op.f("feed_code_key")),
    )
    op.create_index("feed_centre", "feed", ["centre_id"])
    op.create_table(
        "feed_ticket",
        sa.Column("feed_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("incident_id", sa.Uuid(), nullable=True),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("said", postgresql.JSONB(), nullable=True),
        sa.Column("payload", postgresql.JSONB(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("unmapped", sa.String(), nullable=True),
        sa.Column("tries", sa.SmallInteger(), server_default="1", nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("state IN ('filed', 'quarantined')", name=op.f("feed_ticket_state_check")),
        sa.ForeignKeyConstraint(["feed_id"], ["feed.id"], name=op.f("feed_ticket_feed_id_fkey")),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"], name=op.f("feed_ticket_incident_id_fkey")),
        sa.PrimaryKeyConstraint("feed_id", "number", name=op.f("feed_ticket_pkey")),
    )
    waits, unmapped = sa.text("state = 'quarantined'"), sa.text("unmapped IS NOT NULL")
    op.create_index("feed_ticket_quarantine", "feed_ticket", ["feed_id", "at"], postgresql_where=waits)
    op.create_index("feed_ticket_unmapped", "feed_ticket", ["feed_id", "unmapped"], postgresql_where=unmapped)
    _warnings()


def _warnings() -> None:
    op.create_table(
        "warning",
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("centre_id", sa.Uuid(), nullable=True),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("sender", sa.String(), nullable=True),
        sa.Column("identifier", sa.String(), nullable=True),
        sa.Column("sent", sa.DateTime(timezone=True), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("msg_type", sa.String(), nullable=False),
        sa.Column("refs", postgresql.JSONB(), nullable=False),
        sa.Column("infos", postgresql.JSONB(), nullable=False),
        sa.Column("area_codes", postgresql.JSONB(), nullable=False),
        sa.Column("ground", Geometry("MULTIPOLYGON", 4326, spatial_index=False), nullable=True),
        sa.Column("centres", postgresql.ARRAY(sa.UUID()), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("xml", sa.String(), nullable=True),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("state IN ('draft', 'issued', 'updated', 'cancelled')", name=op.f("warning_state_check")),
        sa.CheckConstraint(
            "status IN ('Actual', 'Exercise', 'System', 'Test', 'Draft')", name=op.f("warning_status_check")
        ),
        sa.CheckConstraint(
            "msg_type IN ('Alert', 'Update', 'Cancel', 'Ack', 'Error')", name=op.f("warning_msg_type_check")
        ),
        sa.ForeignKeyConstraint(["centre_id"], ["centre.id"], name=op.f("warning_centre_id_fkey")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("warning_account_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("warning_pkey")),
        sa.UniqueConstraint("sender", "identifier", "sent", name=op.f("warning_sender_identifier_sent_key")),
    )
    op.create_index("warning_centre_id", "warning", ["centre_id"])
    op.create_index("warning_centres", "warning", ["centres"], postgresql_using="gin")
    op.create_index(
        "warning_refs", "warning", ["refs"], postgresql_using="gin", postgresql_ops={"refs": "jsonb_path_ops"}
    )


def downgrade() -> None:
    op.drop_table("warning")
    op.drop_table("feed_ticket")
    op.drop_table("feed")
    op.drop_table("service_request")
    op.drop_constraint(op.f("incident_note_kind_check"), "incident_note", type_="check")
    op.execute(f"UPDATE incident_note SET kind = 'note' WHERE kind NOT IN ({KINDS_BEFORE})")  # noqa: S608  # names of ours
    op.create_check_constraint(op.f("incident_note_kind_check"), "incident_note", f"kind IN ({KINDS_BEFORE})")
    op.drop_column("reporter", "email")
    op.drop_column("category", "public_service")
