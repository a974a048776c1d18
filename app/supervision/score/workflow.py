"""双考核: who scores whom after a whistle, and what the facts say of each. Pure; one aligned row a kind of target."""

from collections.abc import Collection, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from app.identity.workflow import Role, senior
from app.linkage.workflow import SummonsAction, SummonsState


class Target(StrEnum):
    """Whom a score is about."""

    DEPARTMENT = "department"
    CENTRE = "centre"


class Finding(StrEnum):
    """按时, 迟到, 缺席, 免责: what the facts say. `excused`: called, but not needed, or rightly refused."""

    ON_TIME = "on_time"
    LATE = "late"
    ABSENT = "absent"
    EXCUSED = "excused"


class Scoring(NamedTuple):
    """One row: who is scored, by which centre, and in which roles there."""

    target: Target
    label: str
    scorer: str
    roles: frozenset[Role]


SCORERS = frozenset({Role.SHIFT_LEADER, Role.LEADER, Role.EVALUATOR})
# fmt: off
ROWS = (
    #       target             zh              scored by                 in the role of
    Scoring(Target.DEPARTMENT, "街道考核部门", "the centre that blew",   SCORERS),
    Scoring(Target.CENTRE,     "区考核街道",   "the centre above it",    SCORERS),
)
# fmt: on
TABLE = {row.target: row for row in ROWS}
LABELS = {Finding.ON_TIME: "按时", Finding.LATE: "迟到", Finding.ABSENT: "缺席", Finding.EXCUSED: "免责"}
NOT_SCORED = frozenset({Finding.EXCUSED})
HIGHEST_MARK = 100


class Clock(NamedTuple):
    """A limit that was met late or in time, and whether an appeal left it out of scores."""

    due_at: datetime
    ended_at: datetime | None
    is_exempt: bool

    @property
    def is_late(self) -> bool:
        """It ended after its limit."""
        return self.ended_at is not None and self.due_at < self.ended_at


class Fact(NamedTuple):
    """What the facts say of one target, and whether an approved appeal leaves that out of scores."""

    finding: Finding
    is_exempt: bool


def of_department(summons: Mapping[str, Any], clocks: Collection[Clock], *, was_missed: bool) -> Fact:
    """What the facts say of a department that was called.

    Late: it came after its limit, or acknowledged after it. Absent: it never came, though a limit had passed or it was
    on record as missed. Who was let go in time, or rightly refused, is excused.
    """
    late = [clock for clock in clocks if clock.is_late]
    if summons["ended_by"] == SummonsAction.UPHOLD:
        return Fact(Finding.EXCUSED, is_exempt=False)
    if summons["arrived_at"] is not None:
        finding = Finding.LATE if summons["is_late"] or late else Finding.ON_TIME
    else:
        missed = was_missed or summons["state"] == SummonsState.MISSED or late
        finding = Finding.ABSENT if missed else Finding.EXCUSED
    return Fact(finding, is_exempt=bool(late) and all(clock.is_exempt for clock in late))


def of_centre(clocks: Collection[Clock]) -> Fact:
    """What the facts say of the centre that blew: late where a step of its own passed its limit."""
    late = [clock for clock in clocks if clock.is_late]
    return Fact(Finding.LATE if late else Finding.ON_TIME, bool(late) and all(clock.is_exempt for clock in late))


def scoring_role(target: Target, roles: Collection[Role]) -> Role | None:
    """The role in which somebody with these roles at the scoring centre scores: the first in the order of the roles."""
    return senior(TABLE[target].roles.intersection(roles))
