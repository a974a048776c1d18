"""Whistles, summons with clocks of their own, and the link grants of called departments."""
# mypy: disable-error-code="attr-defined"
# GeoAlchemy2 adds its operations to Alembic's `op` when it is loaded.

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

revision: str = "0010"
down_revision: str | Sequence[str] | None = "0009"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

ACTIONS = (
    "report", "self_handle", "request_verification", "report_verification", "reject", "merge", "unmerge", "accept",
    "register", "send_back", "dispatch", "start", "recall", "return", "finish", "bounce", "send_check", "pass_check",
    "fail_check", "close", "suspend", "resume", "void", "force_close", "reopen", "escalate", "assign_down", "take_over",
    "amend",
)  # fmt: skip
NEW = ("move_lead", "whistle")


def _allow(*actions: str) -> None:
    """Let a line of an incident's history be one of these; what is there is not read again under the lock."""
    listed = ", ".join(f"'{action}'" for action in actions)
    op.execute("ALTER TABLE incident_move DROP CONSTRAINT incident_move_action_check")
    op.execute(
        f"ALTER TABLE incident_move ADD CONSTRAINT incident_move_action_check CHECK (action IN ({listed})) NOT VALID"
    )
    op.execute("ALTER TABLE incident_move VALIDATE CONSTRAINT incident_move_action_check")


def upgrade() -> None:
    _allow(*ACTIONS, *NEW)
    op.create_table(
        "link_grant",
        sa.Column("incident_id", sa.UUID(), nullable=False),
        sa.Column("department_id", sa.UUID(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("read_until", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["department_id"], ["department.id"], name=op.f("link_grant_department_id_fkey")),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"], name=op.f("link_grant_incident_id_fkey")),
        sa.PrimaryKeyConstraint("incident_id", "department_id", name=op.f("link_grant_pkey")),
    )
    op.create_index("link_grant_department", "link_grant", ["department_id", "incident_id"], unique=False)
    op.create_geospatial_table(
        "whistle",
        sa.Column("incident_id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column(
            "place",
            Geometry(
                geometry_type="POINT",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("centre_id", sa.UUID(), nullable=False),
        sa.Column("blown_by", sa.UUID(), nullable=False),
        sa.Column("blown_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("arrive_by", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.UUID(), nullable=True),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("kind IN ('daily', 'key_task', 'emergency')", name=op.f("whistle_kind_check")),
        sa.CheckConstraint("state IN ('blown', 'closed')", name=op.f("whistle_state_check")),
        sa.ForeignKeyConstraint(["blown_by"], ["account.id"], name=op.f("whistle_blown_by_fkey")),
        sa.ForeignKeyConstraint(["centre_id"], ["centre.id"], name=op.f("whistle_centre_id_fkey")),
        sa.ForeignKeyConstraint(["closed_by"], ["account.id"], name=op.f("whistle_closed_by_fkey")),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"], name=op.f("whistle_incident_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("whistle_pkey")),
    )
    op.create_index("whistle_incident", "whistle", ["incident_id"], unique=False)
    op.create_index(
        "whistle_one_open", "whistle", ["incident_id", "kind"], unique=True, postgresql_where=sa.text("state = 'blown'")
    )
    op.create_table(
        "summons",
        sa.Column("incident_id", sa.UUID(), nullable=False),
        sa.Column("whistle_id", sa.UUID(), nullable=True),
        sa.Column("department_id", sa.UUID(), nullable=False),
        sa.Column("centre_id", sa.UUID(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("is_required", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("state_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("called_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("arrived_m", sa.REAL(), nullable=True),
        sa.Column("observed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("arrival_waiver", sa.String(), nullable=True),
        sa.Column("is_late", sa.Boolean(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.String(), nullable=True),
        sa.Column("measures", postgresql.ARRAY(sa.TEXT()), nullable=False),
        sa.Column("waived_reason", sa.String(), nullable=True),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("role IN ('lead', 'assist')", name=op.f("summons_role_check")),
        sa.CheckConstraint(
            "state IN ('called', 'acknowledged', 'arrived', 'working', 'done', 'released', 'declined', 'missed')",
            name=op.f("summons_state_check"),
        ),
        sa.ForeignKeyConstraint(["centre_id"], ["centre.id"], name=op.f("summons_centre_id_fkey")),
        sa.ForeignKeyConstraint(["department_id"], ["department.id"], name=op.f("summons_department_id_fkey")),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"], name=op.f("summons_incident_id_fkey")),
        sa.ForeignKeyConstraint(["whistle_id"], ["whistle.id"], name=op.f("summons_whistle_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("summons_pkey")),
        postgresql_with={"fillfactor": "80"},
    )
    op.create_index("summons_department", "summons", ["department_id", "id"], unique=False)
    op.create_index("summons_incident", "summons", ["incident_id"], unique=False)
    op.create_index(
        "summons_one_live",
        "summons",
        ["incident_id", "department_id"],
        unique=True,
        postgresql_where=sa.text("state <> 'released'"),
    )
    op.create_index(
        "summons_whistle", "summons", ["whistle_id"], unique=False, postgresql_where=sa.text("whistle_id IS NOT NULL")
    )
    op.create_table(
        "summons_entry",
        sa.Column("summons_id", sa.UUID(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("from_state", sa.String(), nullable=True),
        sa.Column("to_state", sa.String(), nullable=False),
        sa.Column("actor_id", sa.UUID(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seconds_in_state", sa.Double(), nullable=True),
        sa.Column("overdue", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "action IN ('call', 'acknowledge', 'decline', 'arrive', 'work', 'done', 'release', 'withdraw', 'recall', 'uphold', 'waive', 'miss', 'rework')",
            name=op.f("summons_entry_action_check"),
        ),
        sa.CheckConstraint(
            "role IN ('grid_worker', 'patrol_member', 'team_leader', 'acceptor', 'shift_leader', 'dispatcher', 'department_desk', 'department_handler', 'inspector', 'leader', 'evaluator', 'administrator', 'auditor', 'volunteer', 'channel', 'system')",
            name=op.f("summons_entry_role_check"),
        ),
        sa.ForeignKeyConstraint(["actor_id"], ["account.id"], name=op.f("summons_entry_actor_id_fkey")),
        sa.ForeignKeyConstraint(["summons_id"], ["summons.id"], name=op.f("summons_entry_summons_id_fkey")),
        sa.PrimaryKeyConstraint("summons_id", "seq", name=op.f("summons_entry_pkey")),
    )
    op.add_column("clock", sa.Column("summons_id", sa.UUID(), nullable=True))
    op.drop_index(op.f("clock_one_current"), table_name="clock", postgresql_where="is_current")
    op.create_index(
        "clock_one_current",
        "clock",
        ["incident_id", "kind", "summons_id"],
        unique=True,
        postgresql_where=sa.text("is_current"),
        postgresql_nulls_not_distinct=True,
    )
    op.create_foreign_key(op.f("clock_summons_id_fkey"), "clock", "summons", ["summons_id"], ["id"])


def downgrade() -> None:
    op.execute(
        "UPDATE incident_move SET action = 'amend', details = details || jsonb_build_object('action', action)"
        " WHERE action IN ('move_lead', 'whistle')"
    )
    _allow(*ACTIONS)
    op.execute("DELETE FROM clock WHERE summons_id IS NOT NULL")
    op.drop_constraint(op.f("clock_summons_id_fkey"), "clock", type_="foreignkey")
    op.drop_index(
        "clock_one_current",
        table_name="clock",
        postgresql_where=sa.text("is_current"),
        postgresql_nulls_not_distinct=True,
    )
    op.create_index(
        op.f("clock_one_current"), "clock", ["incident_id", "kind"], unique=True, postgresql_where="is_current"
    )
    op.drop_column("clock", "summons_id")
    op.drop_table("summons_entry")
    op.drop_index("summons_whistle", table_name="summons", postgresql_where=sa.text("whistle_id IS NOT NULL"))
    op.drop_index("summons_one_live", table_name="summons", postgresql_where=sa.text("state <> 'released'"))
    op.drop_index("summons_incident", table_name="summons")
    op.drop_index("summons_department", table_name="summons")
    op.drop_table("summons")
    op.drop_index("whistle_one_open", table_name="whistle", postgresql_where=sa.text("state = 'blown'"))
    op.drop_index("whistle_incident", table_name="whistle")
    op.drop_geospatial_table("whistle")
    op.drop_index("link_grant_department", table_name="link_grant")
    op.drop_table("link_grant")
