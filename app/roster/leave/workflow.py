"""The life of a leave: who asks, who decides, who calls it off. Why somebody is away is between them and the planners."""

from datetime import timedelta
from enum import StrEnum
from typing import NamedTuple

from app.roster.workflow import LeaveState

LONGEST_LEAVE = timedelta(days=366)


class LeaveAction(StrEnum):
    """What may be done to a leave."""

    APPROVE = "approve"
    REFUSE = "refuse"
    CANCEL = "cancel"


class LeaveMove(NamedTuple):
    """One row: an action, the states it starts from, the state it leads to, and whether somebody else must decide."""

    action: LeaveAction
    label: str
    source: frozenset[LeaveState]
    target: LeaveState
    by_another: bool


class Standing(NamedTuple):
    """How a caller stands to a leave: runs the duty of its centre, is the officer, asked for it."""

    is_planner: bool
    is_officer: bool
    is_asker: bool

    @property
    def may_decide(self) -> bool:
        """Nobody decides for themselves, nor what they asked for."""
        return self.is_planner and not self.is_officer and not self.is_asker

    @property
    def sees_all(self) -> bool:
        """The kind and who decided are for the officer and the planners; everybody else sees "not available"."""
        return self.is_planner or self.is_officer


A, S = LeaveAction, LeaveState

# fmt: off
ROWS = (
    #         action     zh      from                                 to           by another
    LeaveMove(A.APPROVE, "批准", frozenset({S.ASKED}),                S.APPROVED,  by_another=True),
    LeaveMove(A.REFUSE,  "不准", frozenset({S.ASKED}),                S.REFUSED,   by_another=True),
    LeaveMove(A.CANCEL,  "销假", frozenset({S.ASKED, S.APPROVED}),    S.CANCELLED, by_another=False),
)
# fmt: on
MOVES = {move.action: move for move in ROWS}


def may(move: LeaveMove, standing: Standing) -> bool:
    """Whether this caller makes this move."""
    return standing.may_decide if move.by_another else standing.sees_all


def allowed(state: LeaveState, standing: Standing, *, is_over: bool) -> list[LeaveAction]:
    """What this caller may do with a leave now; one that is over stays as it was."""
    if is_over:
        return []
    return [move.action for move in ROWS if state in move.source and may(move, standing)]
