"""The life of a swap: proposed by who has the seat, accepted by who takes it, approved by who runs the duty."""

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from app.roster.workflow import SwapState, Wanted, filled


class SwapAction(StrEnum):
    """What may be done to a swap."""

    ACCEPT = "accept"
    DECLINE = "decline"
    WITHDRAW = "withdraw"
    APPROVE = "approve"
    REFUSE = "refuse"
    EXPIRE = "expire"


class By(StrEnum):
    """Who makes a move: who proposed it, who takes the seat, who runs the duty of the centre, or the clock."""

    PROPOSER = "proposer"
    TAKER = "taker"
    PLANNER = "planner"
    SYSTEM = "system"


class SwapMove(NamedTuple):
    """One row: an action, the states it starts from, the state it leads to, and who makes it."""

    action: SwapAction
    label: str
    source: frozenset[SwapState]
    target: SwapState
    by: By


A, S = SwapAction, SwapState
LIVE = frozenset({S.PROPOSED, S.ACCEPTED})

# fmt: off
ROWS = (
    #        action      zh      from                       to            by
    SwapMove(A.ACCEPT,   "接受", frozenset({S.PROPOSED}),   S.ACCEPTED,   By.TAKER),
    SwapMove(A.DECLINE,  "谢绝", frozenset({S.PROPOSED}),   S.DECLINED,   By.TAKER),
    SwapMove(A.WITHDRAW, "撤回", LIVE,                      S.WITHDRAWN,  By.PROPOSER),
    SwapMove(A.APPROVE,  "批准", frozenset({S.ACCEPTED}),   S.APPROVED,   By.PLANNER),
    SwapMove(A.REFUSE,   "不准", frozenset({S.ACCEPTED}),   S.REFUSED,    By.PLANNER),
    SwapMove(A.EXPIRE,   "过期", LIVE,                      S.EXPIRED,    By.SYSTEM),
)
# fmt: on
MOVES = {move.action: move for move in ROWS}


class Standing(NamedTuple):
    """How a caller stands to a swap: proposed it, is the colleague named, could fill the open seat, runs the duty."""

    is_proposer: bool
    is_named: bool
    may_fill: bool
    is_planner: bool

    def makes(self, move: SwapMove) -> bool:
        """Whether this caller makes this move. Nobody approves their own; what is open to all, nobody declines."""
        match move.by:
            case By.PROPOSER:
                return self.is_proposer
            case By.TAKER:
                return self.is_named or (self.may_fill and move.action is SwapAction.ACCEPT)
            case By.PLANNER:
                return self.is_planner and not self.is_proposer and not self.is_named
            case By.SYSTEM:
                return False


def allowed(state: SwapState, standing: Standing, *, has_begun: bool) -> list[SwapAction]:
    """What this caller may do with a swap now; nothing once a shift of it has begun."""
    if has_begun:
        return []
    return [move.action for move in ROWS if state in move.source and standing.makes(move)]


def same_seat(wanted: Wanted | None, mine: Sequence[str], theirs: Sequence[str]) -> bool:
    """Whether an officer counts for the same of a shift's wanted people as another, by departments nearest first."""
    return wanted is None or filled(wanted, mine) == filled(wanted, theirs)
