"""The tables of what a centre publishes: escalation policies, sets of routing rules, and alarms about those."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, ForeignKey, Index, Integer, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TEXT
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, Row, one_of
from app.core.problems import Conflict, constraint_means
from app.policy.workflow import EditionState

AT = DateTime(timezone=True)
PUBLISHED = text("state = 'published'")


class Edition(Row):
    """One edition of what a centre publishes, numbered from 1. Once published it never changes, and it stays for ever.

    It holds at its centre and below, where no nearer one does, from `published_at` until `ended_at`.
    """

    centre_id: Mapped[UUID] = mapped_column(ForeignKey("centre.id"))
    edition: Mapped[int] = mapped_column(Integer)
    name: Mapped[str]
    name_en: Mapped[str]
    state: Mapped[str] = mapped_column(default=EditionState.DRAFT.value)
    published_at: Mapped[datetime | None] = mapped_column(AT)
    published_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))
    ended_at: Mapped[datetime | None] = mapped_column(AT)
    ended_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))


class EscalationPolicy(Edition, Base):
    """What is done as limits run out: `ladders` is `{clock: [Rung, …]}`; a clock it does not name keeps the default."""

    __tablename__ = "escalation_policy"
    __table_args__ = (
        one_of("state", EditionState),
        UniqueConstraint("centre_id", "edition"),
        Index("escalation_policy_in_force", "centre_id", unique=True, postgresql_where=PUBLISHED),
    )

    ladders: Mapped[dict[str, Any]] = mapped_column(JSONB)


class RoutingSet(Edition, Base):
    """Routing rules in the order in which they are asked: `rules` is a list of `RoutingRule`.

    `departments` is the codes of those they name, settled when it was published; `report` the check of then.
    `checked_at` is when the rules were last held against the world; null: it has changed since.
    """

    __tablename__ = "routing_set"
    __table_args__ = (
        one_of("state", EditionState),
        UniqueConstraint("centre_id", "edition"),
        Index("routing_set_in_force", "centre_id", unique=True, postgresql_where=PUBLISHED),
        Index("routing_set_checked_at", "checked_at", postgresql_where=PUBLISHED),
    )

    rules: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    departments: Mapped[list[str]] = mapped_column(ARRAY(TEXT), default=list)
    report: Mapped[list[dict[str, Any]] | None] = mapped_column(JSONB)
    checked_at: Mapped[datetime | None] = mapped_column(AT)


class RoutingAlarm(Row, Base):
    """A rule in force that cannot apply as it is written: visible until it can again, acknowledged or not.

    `breaks`: what it would do cannot be done, so an incident that meets it falls to the next rule.
    """

    __tablename__ = "routing_alarm"
    __table_args__ = (
        Index("routing_alarm_set", "set_id", "id"),
        Index("routing_alarm_open", "set_id", "rule", "why", unique=True, postgresql_where=text("ended_at IS NULL")),
    )

    set_id: Mapped[UUID] = mapped_column(ForeignKey("routing_set.id"))
    rule: Mapped[str]
    why: Mapped[str]
    severity: Mapped[str]
    what: Mapped[list[str]] = mapped_column(ARRAY(TEXT))
    detail: Mapped[str]
    breaks: Mapped[bool]
    acknowledged_at: Mapped[datetime | None] = mapped_column(AT)
    acknowledged_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))
    note: Mapped[str | None]
    ended_at: Mapped[datetime | None] = mapped_column(AT)


for table, what in (("escalation_policy", "policy"), ("routing_set", "set of rules")):
    constraint_means(f"{table}_pkey", Conflict(f"A {what} with this id exists."))
    constraint_means(f"{table}_centre_id_edition_key", Conflict("Another edition is being drafted."))
    constraint_means(f"{table}_in_force", Conflict("Another edition is being published."))
constraint_means("routing_alarm_open", Conflict("The alarm is being raised."))
