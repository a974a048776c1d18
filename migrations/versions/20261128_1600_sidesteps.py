"""Side steps: what happened to clocks, requests counted by round, appeals, scores."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0011"
down_revision: str | Sequence[str] | None = "0010"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

NO = sa.text("false")
AT = sa.DateTime(timezone=True)
ROLES = (
    "role IN ('grid_worker', 'patrol_member', 'team_leader', 'acceptor', 'shift_leader', 'dispatcher', "
    "'department_desk', 'department_handler', 'inspector', 'leader', 'evaluator', 'administrator', 'auditor', "
    "'volunteer', 'channel', 'system')"
)


def _row() -> list[sa.Column[object]]:
    return [
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", AT, server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", AT, server_default=sa.text("now()"), nullable=False),
    ]


def upgrade() -> None:
    _clocks()
    op.add_column("incident", sa.Column("is_returned", sa.Boolean(), server_default=NO, nullable=False))
    op.add_column("request", sa.Column("round", sa.SmallInteger(), server_default="1", nullable=False))
    op.add_column("request", sa.Column("is_misdispatch", sa.Boolean(), server_default=NO, nullable=False))
    op.create_index(
        "request_misdispatch", "request", ["decided_at"], unique=False, postgresql_where=sa.text("is_misdispatch")
    )
    _appeals()
    _scores()


def _clocks() -> None:
    op.add_column("clock", sa.Column("limit_amount", sa.Double(), nullable=True))
    op.add_column("clock", sa.Column("basis", postgresql.JSONB(astext_type=sa.Text()), nullable=True))
    op.add_column("clock", sa.Column("is_exempt", sa.Boolean(), server_default=NO, nullable=False))
    op.create_table(
        "clock_entry",
        sa.Column("clock_id", sa.UUID(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("at", AT, nullable=False),
        sa.Column("due_at", AT, nullable=False),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint(
            "what IN ('paused', 'resumed', 'extended', 'met', 'cancelled', 'breached', 'reopened')",
            name=op.f("clock_entry_what_check"),
        ),
        sa.ForeignKeyConstraint(["clock_id"], ["clock.id"], name=op.f("clock_entry_clock_id_fkey")),
        sa.PrimaryKeyConstraint("clock_id", "seq", "what", name=op.f("clock_entry_pkey")),
    )
    op.create_table(
        "past_calendar",
        sa.Column("calendar_id", sa.UUID(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["calendar_id"], ["calendar.id"], name=op.f("past_calendar_calendar_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("calendar_id", "version", name=op.f("past_calendar_pkey")),
    )


def _appeals() -> None:
    op.create_table(
        "appeal",
        sa.Column("incident_id", sa.UUID(), nullable=False),
        sa.Column("subject_kind", sa.String(), nullable=False),
        sa.Column("subject_id", sa.UUID(), nullable=False),
        sa.Column("department_id", sa.UUID(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("filed_by", sa.UUID(), nullable=False),
        *_row(),
        sa.CheckConstraint("subject_kind IN ('clock')", name=op.f("appeal_subject_kind_check")),
        sa.CheckConstraint(
            "state IN ('pending_dispatcher', 'pending_acceptor', 'approved', 'rejected')",
            name=op.f("appeal_state_check"),
        ),
        sa.ForeignKeyConstraint(["department_id"], ["department.id"], name=op.f("appeal_department_id_fkey")),
        sa.ForeignKeyConstraint(["filed_by"], ["account.id"], name=op.f("appeal_filed_by_fkey")),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"], name=op.f("appeal_incident_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("appeal_pkey")),
        sa.UniqueConstraint("subject_kind", "subject_id", name=op.f("appeal_subject_kind_subject_id_key")),
    )
    op.create_index("appeal_incident", "appeal", ["incident_id"], unique=False)
    op.create_index("appeal_state", "appeal", ["state", "id"], unique=False)
    op.create_table(
        "appeal_review",
        sa.Column("appeal_id", sa.UUID(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("account_id", sa.UUID(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("at", AT, server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("action IN ('approve', 'reject')", name=op.f("appeal_review_action_check")),
        sa.CheckConstraint(ROLES, name=op.f("appeal_review_role_check")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("appeal_review_account_id_fkey")),
        sa.ForeignKeyConstraint(["appeal_id"], ["appeal.id"], name=op.f("appeal_review_appeal_id_fkey")),
        sa.PrimaryKeyConstraint("appeal_id", "seq", name=op.f("appeal_review_pkey")),
    )


def _scores() -> None:
    op.create_table(
        "whistle_score",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("whistle_id", sa.UUID(), nullable=False),
        sa.Column("scorer_id", sa.UUID(), nullable=False),
        sa.Column("target_kind", sa.String(), nullable=False),
        sa.Column("target_id", sa.UUID(), nullable=False),
        sa.Column("finding", sa.String(), nullable=False),
        sa.Column("is_exempt", sa.Boolean(), nullable=False),
        sa.Column("mark", sa.SmallInteger(), nullable=False),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("account_id", sa.UUID(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("corrects_id", sa.UUID(), nullable=True),
        sa.Column("at", AT, server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("target_kind IN ('department', 'centre')", name=op.f("whistle_score_target_kind_check")),
        sa.CheckConstraint(
            "finding IN ('on_time', 'late', 'absent', 'excused')", name=op.f("whistle_score_finding_check")
        ),
        sa.CheckConstraint(ROLES, name=op.f("whistle_score_role_check")),
        sa.CheckConstraint("mark BETWEEN 0 AND 100", name=op.f("whistle_score_mark_check")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("whistle_score_account_id_fkey")),
        sa.ForeignKeyConstraint(["corrects_id"], ["whistle_score.id"], name=op.f("whistle_score_corrects_id_fkey")),
        sa.ForeignKeyConstraint(["scorer_id"], ["centre.id"], name=op.f("whistle_score_scorer_id_fkey")),
        sa.ForeignKeyConstraint(["target_id"], ["organisation.id"], name=op.f("whistle_score_target_id_fkey")),
        sa.ForeignKeyConstraint(["whistle_id"], ["whistle.id"], name=op.f("whistle_score_whistle_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("whistle_score_pkey")),
        sa.UniqueConstraint("corrects_id", name=op.f("whistle_score_corrects_id_key")),
    )
    op.create_index(
        "whistle_score_once",
        "whistle_score",
        ["whistle_id", "scorer_id", "target_id"],
        unique=True,
        postgresql_where=sa.text("corrects_id IS NULL"),
    )
    op.create_index("whistle_score_target", "whistle_score", ["target_id", "at"], unique=False)


def downgrade() -> None:
    op.drop_table("whistle_score")
    op.drop_table("appeal_review")
    op.drop_table("appeal")
    op.drop_index("request_misdispatch", table_name="request")
    op.drop_column("request", "is_misdispatch")
    op.drop_column("request", "round")
    op.drop_column("incident", "is_returned")
    op.drop_table("past_calendar")
    op.drop_table("clock_entry")
    op.drop_column("clock", "is_exempt")
    op.drop_column("clock", "basis")
    op.drop_column("clock", "limit_amount")
