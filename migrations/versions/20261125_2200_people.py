"""secondments, teams and their services, the role of volunteers, leave, swaps."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0005"
down_revision: str | Sequence[str] | None = "0004"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

WITHOUT_VOLUNTEER = (
    "grid_worker", "patrol_member", "team_leader", "acceptor", "shift_leader", "dispatcher", "department_desk",
    "department_handler", "inspector", "leader", "evaluator", "administrator", "auditor", "channel", "system",
)  # fmt: skip
ROLES = (*WITHOUT_VOLUNTEER[:13], "volunteer", *WITHOUT_VOLUNTEER[13:])
HAVE_ROLES = (("role_grant", "role"), ("incident_move", "role"), ("incident_note", "role"), ("request", "asker_role"))


def limit_roles(roles: tuple[str, ...]) -> None:
    listed = ", ".join(f"'{role}'" for role in roles)
    for table, column in HAVE_ROLES:
        op.drop_constraint(op.f(f"{table}_{column}_check"), table, type_="check")
        op.create_check_constraint(op.f(f"{table}_{column}_check"), table, f"{column} IN ({listed})")


def upgrade() -> None:
    limit_roles(ROLES)
    op.create_table(
        "team_service",
        sa.Column("department_id", sa.UUID(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("name_en", sa.String(), nullable=False),
        sa.Column("place", sa.SmallInteger(), nullable=False),
        sa.ForeignKeyConstraint(["department_id"], ["department.id"], name=op.f("team_service_department_id_fkey")),
        sa.PrimaryKeyConstraint("department_id", "code", name=op.f("team_service_pkey")),
    )
    op.create_table(
        "secondment",
        sa.Column("officer_id", sa.UUID(), nullable=False),
        sa.Column("department_id", sa.UUID(), nullable=False),
        sa.Column("host_id", sa.UUID(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("end_reason", sa.String(), nullable=True),
        sa.Column("follows_id", sa.UUID(), nullable=True),
        sa.Column(
            "during",
            postgresql.DATERANGE(),
            sa.Computed("daterange(starts_on, COALESCE(ended_on, ends_on + 1))", persisted=True),
            nullable=False,
        ),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("secondment_period_check")),
        sa.CheckConstraint("ended_on BETWEEN starts_on AND ends_on", name=op.f("secondment_ended_on_check")),
        sa.CheckConstraint("(ended_on IS NULL) = (end_reason IS NULL)", name=op.f("secondment_end_reason_check")),
        postgresql.ExcludeConstraint(
            (sa.column("officer_id"), "="), (sa.column("during"), "&&"), using="gist", name="secondment_overlap"
        ),
        sa.ForeignKeyConstraint(["officer_id"], ["officer.id"], name=op.f("secondment_officer_id_fkey")),
        sa.ForeignKeyConstraint(["department_id"], ["department.id"], name=op.f("secondment_department_id_fkey")),
        sa.ForeignKeyConstraint(["host_id"], ["organisation.id"], name=op.f("secondment_host_id_fkey")),
        sa.ForeignKeyConstraint(["follows_id"], ["secondment.id"], name=op.f("secondment_follows_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("secondment_pkey")),
        sa.UniqueConstraint("follows_id", name=op.f("secondment_follows_id_key")),
    )
    op.create_index(op.f("secondment_department_id"), "secondment", ["department_id"], unique=False)
    op.create_index(op.f("secondment_host_id"), "secondment", ["host_id"], unique=False)
    op.create_table(
        "leave",
        sa.Column("officer_id", sa.UUID(), nullable=False),
        sa.Column("centre_id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "during",
            postgresql.TSTZRANGE(),
            sa.Computed("tstzrange(starts_at, ends_at)", persisted=True),
            nullable=False,
        ),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("asked_by", sa.UUID(), nullable=False),
        sa.Column("decided_by", sa.UUID(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision_note", sa.String(), nullable=True),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("kind IN ('annual', 'sick', 'other')", name=op.f("leave_kind_check")),
        sa.CheckConstraint("state IN ('asked', 'approved', 'refused', 'cancelled')", name=op.f("leave_state_check")),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("leave_period_check")),
        sa.CheckConstraint("decided_by <> asked_by", name=op.f("leave_decided_by_check")),
        sa.CheckConstraint(
            "state NOT IN ('approved', 'refused') OR decided_by IS NOT NULL", name=op.f("leave_decided_check")
        ),
        postgresql.ExcludeConstraint(
            (sa.column("officer_id"), "="),
            (sa.column("during"), "&&"),
            where=sa.text("state = 'approved'"),
            using="gist",
            name="leave_overlap",
        ),
        sa.ForeignKeyConstraint(["officer_id"], ["officer.id"], name=op.f("leave_officer_id_fkey")),
        sa.ForeignKeyConstraint(["centre_id"], ["centre.id"], name=op.f("leave_centre_id_fkey")),
        sa.ForeignKeyConstraint(["asked_by"], ["account.id"], name=op.f("leave_asked_by_fkey")),
        sa.ForeignKeyConstraint(["decided_by"], ["account.id"], name=op.f("leave_decided_by_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("leave_pkey")),
    )
    op.create_index("leave_centre", "leave", ["centre_id", "starts_at"], unique=False)
    op.create_index("leave_officer", "leave", ["officer_id", "starts_at"], unique=False)
    op.create_table(
        "swap",
        sa.Column("shift_id", sa.UUID(), nullable=False),
        sa.Column("officer_id", sa.UUID(), nullable=False),
        sa.Column("to_officer_id", sa.UUID(), nullable=True),
        sa.Column("for_shift_id", sa.UUID(), nullable=True),
        sa.Column("centre_id", sa.UUID(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("terms", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("decided_by", sa.UUID(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision_note", sa.String(), nullable=True),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "state IN ('proposed', 'accepted', 'approved', 'declined', 'refused', 'withdrawn', 'expired')",
            name=op.f("swap_state_check"),
        ),
        sa.CheckConstraint("to_officer_id <> officer_id", name=op.f("swap_to_another_check")),
        sa.CheckConstraint(
            "state IN ('proposed', 'withdrawn', 'expired') OR to_officer_id IS NOT NULL",
            name=op.f("swap_taken_check"),
        ),
        sa.CheckConstraint(
            "for_shift_id <> shift_id AND NOT is_open OR for_shift_id IS NULL", name=op.f("swap_exchange_check")
        ),
        sa.ForeignKeyConstraint(["shift_id"], ["shift.id"], name=op.f("swap_shift_id_fkey"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["officer_id"], ["officer.id"], name=op.f("swap_officer_id_fkey")),
        sa.ForeignKeyConstraint(["to_officer_id"], ["officer.id"], name=op.f("swap_to_officer_id_fkey")),
        sa.ForeignKeyConstraint(
            ["for_shift_id"], ["shift.id"], name=op.f("swap_for_shift_id_fkey"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["centre_id"], ["centre.id"], name=op.f("swap_centre_id_fkey")),
        sa.ForeignKeyConstraint(["decided_by"], ["account.id"], name=op.f("swap_decided_by_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("swap_pkey")),
    )
    op.create_index(
        "swap_one_live",
        "swap",
        ["shift_id", "officer_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('proposed', 'accepted')"),
    )
    op.create_index("swap_centre", "swap", ["centre_id", "id"], unique=False)
    op.create_index(op.f("swap_officer_id"), "swap", ["officer_id"], unique=False)
    op.create_index(op.f("swap_to_officer_id"), "swap", ["to_officer_id"], unique=False)
    op.create_index(op.f("swap_for_shift_id"), "swap", ["for_shift_id"], unique=False)


def downgrade() -> None:
    op.drop_table("swap")
    op.drop_table("leave")
    op.drop_table("secondment")
    op.drop_table("team_service")
    limit_roles(WITHOUT_VOLUNTEER)
