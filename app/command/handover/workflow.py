"""What may be handed over, and what becomes of it."""

from enum import StrEnum

from app.dispatch.workflow import AssignmentState
from app.incident.workflow import MOVES, Action, Status


class ItemKind(StrEnum):
    """What was open: an assignment that was not begun, or a task to verify or check."""

    ASSIGNMENT = "assignment"
    VERIFY = "verify"
    CHECK = "check"


class ItemState(StrEnum):
    """Given back to the centre; offered to the next crew; or taken by somebody else meanwhile."""

    RETURNED = "returned"
    OFFERED = "offered"
    TAKEN = "taken"


def is_begun(state: AssignmentState) -> bool:
    """Whether the crew has said yes: then it clears the assignment itself, or the dispatcher withdraws it."""
    return state is not AssignmentState.OFFERED


def may_be_offered(status: Status) -> bool:
    """Whether an incident is one that a patrol may be sent to."""
    return status in MOVES[Action.DISPATCH].source
