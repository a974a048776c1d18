"""Clocks that act: rungs and cards, what they did, supervision orders, instants at which the worker must act.

Revision ID: 0014
Revises: 0013
Create Date: 2026-11-28 16:00:00+00:00

"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.core.ids import uuid7

revision: str = "0014"
down_revision: str | Sequence[str] | None = "0013"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

AT = sa.DateTime(timezone=True)
GRADES = "grade IN ('normal', 'yellow', 'red')"
ROLES = (
    "role IN ('grid_worker', 'patrol_member', 'team_leader', 'acceptor', 'shift_leader', 'dispatcher', 'department_desk', "
    "'department_handler', 'inspector', 'leader', 'evaluator', 'administrator', 'auditor', 'volunteer', 'channel', 'system')"
)
CARDS = "card IN ('yellow', 'red')"
ACTS = "acts_at IS NOT NULL AND paused_at IS NULL"
LATE = "state IN ('offered', 'accepted') AND card IS NULL"


def upgrade() -> None:
    _clocks()
    _instants()
    _orders()
    _work()
    # The clock acts in the name of an account that nobody can sign in to.
    account = "INSERT INTO account (id, username, display_name, is_active) VALUES ('%s', 'system', 'System', true)"
    op.execute(f"{account % uuid7()} ON CONFLICT (username) DO NOTHING")


def _clocks() -> None:
    op.add_column("clock", sa.Column("rung_share", sa.Double(), server_default="0", nullable=False))
    op.add_column("clock", sa.Column("rung_min", sa.Integer(), server_default="0", nullable=False))
    op.add_column("clock", sa.Column("acts_at", AT, nullable=True))
    op.add_column("clock", sa.Column("card", sa.String(), nullable=True))
    op.create_check_constraint(op.f("clock_card_check"), "clock", CARDS)
    # Of a clock that runs already only the limit is known: its earlier steps count as passed by then.
    op.execute("UPDATE clock SET acts_at = due_at WHERE state IN ('running', 'paused') AND is_current")
    op.create_index("clock_acts", "clock", ["acts_at"], unique=False, postgresql_where=sa.text(ACTS))
    op.drop_index("clock_due", table_name="clock", postgresql_where=sa.text("state = 'running'"))


def _instants() -> None:
    op.add_column("incident", sa.Column("failed_count", sa.SmallInteger(), server_default="0", nullable=False))
    suspended = sa.text("status = 'suspended'")
    op.create_index("incident_suspended", "incident", ["suspended_until"], unique=False, postgresql_where=suspended)
    op.add_column("task", sa.Column("card", sa.String(), nullable=True))
    op.create_check_constraint(op.f("task_card_check"), "task", CARDS)
    op.create_index("task_due", "task", ["due_at"], unique=False, postgresql_where=sa.text(LATE))
    op.add_column("request", sa.Column("expires_at", AT, nullable=True))
    asked = sa.text("state = 'asked'")
    op.create_index("request_expires", "request", ["expires_at"], unique=False, postgresql_where=asked)
    op.execute("UPDATE request SET expires_at = now() + interval '3 days' WHERE state = 'asked'")
    op.add_column("incident_note", sa.Column("kind", sa.String(), server_default="note", nullable=False))
    op.create_check_constraint(
        op.f("incident_note_kind_check"), "incident_note", "kind IN ('note', 'urge', 'instruct')"
    )


def _orders() -> None:
    op.create_table(
        "supervision_order",
        sa.Column("incident_id", sa.UUID(), nullable=False),
        sa.Column("target_id", sa.UUID(), nullable=False),
        sa.Column("centre_id", sa.UUID(), nullable=False),
        sa.Column("clock_id", sa.UUID(), nullable=True),
        sa.Column("grade", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("opened_by", sa.UUID(), nullable=False),
        sa.Column("opened_at", AT, nullable=False),
        sa.Column("reply_due_at", AT, nullable=False),
        sa.Column("acts_at", AT, nullable=True),
        sa.Column("answer", sa.String(), nullable=True),
        sa.Column("answered_by", sa.UUID(), nullable=True),
        sa.Column("answered_at", AT, nullable=True),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", AT, server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", AT, server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(GRADES, name=op.f("supervision_order_grade_check")),
        sa.CheckConstraint("state IN ('open', 'answered', 'lifted')", name=op.f("supervision_order_state_check")),
        sa.ForeignKeyConstraint(["answered_by"], ["account.id"], name=op.f("supervision_order_answered_by_fkey")),
        sa.ForeignKeyConstraint(["centre_id"], ["centre.id"], name=op.f("supervision_order_centre_id_fkey")),
        sa.ForeignKeyConstraint(["clock_id"], ["clock.id"], name=op.f("supervision_order_clock_id_fkey")),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"], name=op.f("supervision_order_incident_id_fkey")),
        sa.ForeignKeyConstraint(["opened_by"], ["account.id"], name=op.f("supervision_order_opened_by_fkey")),
        sa.ForeignKeyConstraint(["target_id"], ["organisation.id"], name=op.f("supervision_order_target_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("supervision_order_pkey")),
    )
    table, once = "supervision_order", sa.text("state = 'open'")
    op.create_index(f"{table}_one_open", table, ["incident_id", "target_id"], unique=True, postgresql_where=once)
    op.create_index(f"{table}_incident", table, ["incident_id"], unique=False)
    op.create_index(f"{table}_target", table, ["target_id", "id"], unique=False)
    op.create_index(f"{table}_centre", table, ["centre_id", "id"], unique=False)
    acts = sa.text("acts_at IS NOT NULL")
    op.create_index(f"{table}_acts", table, ["acts_at"], unique=False, postgresql_where=acts)
    op.create_table(
        "supervision_entry",
        sa.Column("order_id", sa.UUID(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("grade", sa.String(), nullable=False),
        sa.Column("account_id", sa.UUID(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("reply_due_at", AT, nullable=False),
        sa.Column("at", AT, server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "action IN ('open', 'raise', 'answer', 'lift')", name=op.f("supervision_entry_action_check")
        ),
        sa.CheckConstraint(GRADES, name=op.f("supervision_entry_grade_check")),
        sa.CheckConstraint(ROLES, name=op.f("supervision_entry_role_check")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("supervision_entry_account_id_fkey")),
        sa.ForeignKeyConstraint(["order_id"], ["supervision_order.id"], name=op.f("supervision_entry_order_id_fkey")),
        sa.PrimaryKeyConstraint("order_id", "seq", name=op.f("supervision_entry_pkey")),
    )


def _work() -> None:
    op.create_table(
        "clock_action",
        sa.Column("clock_id", sa.UUID(), nullable=False),
        sa.Column("due_at", AT, nullable=False),
        sa.Column("share", sa.Double(), nullable=False),
        sa.Column("after_min", sa.Integer(), nullable=False),
        sa.Column("step", sa.SmallInteger(), nullable=False),
        sa.Column("incident_id", sa.UUID(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("acts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("skipped", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("late_s", sa.Double(), nullable=False),
        sa.Column("at", AT, server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("state IN ('done', 'collapsed')", name=op.f("clock_action_state_check")),
        sa.ForeignKeyConstraint(["clock_id"], ["clock.id"], name=op.f("clock_action_clock_id_fkey")),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"], name=op.f("clock_action_incident_id_fkey")),
        sa.PrimaryKeyConstraint("clock_id", "due_at", "share", "after_min", name=op.f("clock_action_pkey")),
    )
    op.create_index("clock_action_incident", "clock_action", ["incident_id", "at"], unique=False)
    op.create_table(
        "trial",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject_id", sa.UUID(), nullable=False),
        sa.Column("incident_id", sa.UUID(), nullable=False),
        sa.Column("tries", sa.SmallInteger(), nullable=False),
        sa.Column("at", AT, server_default=sa.text("now()"), nullable=False),
        sa.Column("error", sa.String(), nullable=True),
        sa.Column("parked_at", AT, nullable=True),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"], name=op.f("trial_incident_id_fkey")),
        sa.PrimaryKeyConstraint("kind", "subject_id", name=op.f("trial_pkey")),
    )
    op.create_index("trial_incident", "trial", ["incident_id"], unique=False)


def downgrade() -> None:
    for table in ("trial", "clock_action", "supervision_entry", "supervision_order"):
        op.drop_table(table)
    op.drop_constraint(op.f("incident_note_kind_check"), "incident_note", type_="check")
    op.drop_column("incident_note", "kind")
    op.drop_index("request_expires", table_name="request")
    op.drop_column("request", "expires_at")
    op.drop_index("task_due", table_name="task")
    op.drop_column("task", "card")
    op.drop_index("incident_suspended", table_name="incident")
    op.drop_column("incident", "failed_count")
    op.create_index("clock_due", "clock", ["due_at"], unique=False, postgresql_where=sa.text("state = 'running'"))
    op.drop_index("clock_acts", table_name="clock")
    for column in ("card", "acts_at", "rung_min", "rung_share"):
        op.drop_column("clock", column)
