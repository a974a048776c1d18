"""The life of an appeal 申诉: filed by the department that was late, reviewed twice. One aligned row a review.

An approval only leaves the fact out of scores. The fact, and that it was late, stay.
"""

from collections.abc import Collection
from enum import StrEnum
from typing import NamedTuple

from app.identity.workflow import Role, senior
from app.incident.workflow import Clock


class AppealState(StrEnum):
    """待派遣员审核, 待受理员审核, 通过, 驳回."""

    PENDING_DISPATCHER = "pending_dispatcher"
    PENDING_ACCEPTOR = "pending_acceptor"
    APPROVED = "approved"
    REJECTED = "rejected"


class AppealAction(StrEnum):
    """What a reviewer says."""

    APPROVE = "approve"
    REJECT = "reject"


class Subject(StrEnum):
    """What was late or missing: a clock of the incident."""

    CLOCK = "clock"


class Review(NamedTuple):
    """One row: what is said, in which state, what it leads to, and in which roles at the commanding centre."""

    action: AppealAction
    label: str
    source: AppealState
    target: AppealState
    roles: frozenset[Role]


A, P = AppealAction, AppealState
FIRST, SECOND = frozenset({Role.DISPATCHER}), frozenset({Role.ACCEPTOR, Role.SHIFT_LEADER})
# fmt: off
ROWS = (
    #      action     zh      from                  to                  who
    Review(A.APPROVE, "初审通过", P.PENDING_DISPATCHER, P.PENDING_ACCEPTOR, FIRST),
    Review(A.REJECT,  "初审驳回", P.PENDING_DISPATCHER, P.REJECTED,         FIRST),
    Review(A.APPROVE, "复审通过", P.PENDING_ACCEPTOR,   P.APPROVED,         SECOND),
    Review(A.REJECT,  "复审驳回", P.PENDING_ACCEPTOR,   P.REJECTED,         SECOND),
)
# fmt: on
TABLE = {(row.source, row.action): row for row in ROWS}
PENDING = frozenset(row.source for row in ROWS)
APPELLANT = Role.DEPARTMENT_DESK
OF_A_DEPARTMENT = frozenset({Clock.ACKNOWLEDGE, Clock.ARRIVE, Clock.HANDLE})
"""The clocks that run against who handles; the others are the centre's own."""


class Reviewer(NamedTuple):
    """Somebody who might review: roles at the commanding centre, and whether a hand of theirs is in it already."""

    roles: frozenset[Role]
    has_part: bool


def reviewing_role(row: Review, reviewer: Reviewer) -> Role | None:
    """The role in which somebody reviews; none for who filed the appeal, is of its department, or reviewed it before."""
    fitting: Collection[Role] = () if reviewer.has_part else row.roles & reviewer.roles
    return senior(fitting)


def allowed(state: AppealState, reviewer: Reviewer) -> list[AppealAction]:
    """What somebody may say about an appeal now."""
    return [row.action for row in ROWS if row.source is state and reviewing_role(row, reviewer) is not None]
