"""The life of an SOS, and who is told when nobody acknowledges it."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from app.identity.workflow import Role, senior

LIMIT_S = 60
"""How long each rung has to acknowledge, where the centre says nothing else."""


SAME_PRESS = timedelta(seconds=60)
"""A device that says within this time that its button was pressed says the same once more."""


class SosState(StrEnum):
    """How far an SOS is."""

    RAISED = "raised"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


class SosAction(StrEnum):
    """What happens to an SOS."""

    RAISE = "raise"
    REPEAT = "repeat"
    ESCALATE = "escalate"
    ACKNOWLEDGE = "acknowledge"
    RESOLVE = "resolve"


class Cause(StrEnum):
    """Why there is an SOS: somebody called, answered a welfare check with help, or did not answer it."""

    CALLED = "called"
    WELFARE_HELP = "welfare_help"
    WELFARE_UNANSWERED = "welfare_unanswered"


class Resolution(StrEnum):
    """How it ended."""

    SAFE = "safe"
    ASSISTED = "assisted"
    FALSE_ALARM = "false_alarm"


class SosBy(StrEnum):
    """Who makes a move: whoever needs help, the duty roles of the centre, or the clock."""

    OFFICER = "officer"
    DUTY = "duty"
    CLOCK = "clock"


class SosMove(NamedTuple):
    """One row: an action, the states it starts from (none: it makes the SOS), the state it leads to, who, needs."""

    action: SosAction
    label: str
    source: frozenset[SosState]
    target: SosState | None
    by: SosBy
    needs: tuple[str, ...] = ()


A, S = SosAction, SosState
OPEN = frozenset({S.RAISED, S.ACKNOWLEDGED})
DESK = (Role.DISPATCHER, Role.SHIFT_LEADER)
DUTY_ROLES = frozenset({*DESK, Role.LEADER})
"""Who answers for an SOS, at its centre or above it; never whoever raised it."""


def _on(*states: SosState) -> frozenset[SosState]:
    return frozenset(states)


# fmt: off
ROWS = (
    #       action         zh       from                            to               by            needs
    SosMove(A.RAISE,       "求助",  _on(),                          S.RAISED,        SosBy.OFFICER),
    SosMove(A.REPEAT,      "再呼",  _on(S.RAISED, S.ACKNOWLEDGED),  None,            SosBy.OFFICER),
    SosMove(A.ESCALATE,    "升级",  _on(S.RAISED),                  None,            SosBy.CLOCK),
    SosMove(A.ACKNOWLEDGE, "签收",  _on(S.RAISED),                  S.ACKNOWLEDGED,  SosBy.DUTY),
    SosMove(A.RESOLVE,     "解除",  _on(S.ACKNOWLEDGED),            S.RESOLVED,      SosBy.DUTY,   ("resolution",)),
)
# fmt: on
MOVES = {move.action: move for move in ROWS}


def acting_role(roles: Collection[Role], *, raised_it: bool) -> Role | None:
    """The duty role in which somebody answers for an SOS; nobody answers for their own."""
    mine = DUTY_ROLES.intersection(roles) - ({*DUTY_ROLES} if raised_it else set())
    return senior(mine)


def allowed(state: SosState, roles: Collection[Role], *, raised_it: bool) -> list[SosAction]:
    """What this caller may do with an SOS now, beside sending it again."""
    if acting_role(roles, raised_it=raised_it) is None:
        return []
    return [move.action for move in ROWS if move.by is SosBy.DUTY and state in move.source]


class Rung(NamedTuple):
    """Who is told at a level: roles of a centre."""

    centre_id: UUID
    roles: tuple[Role, ...]


def ladder(centres: Sequence[UUID]) -> list[Rung]:
    """Who is told one after the other: the desk of the centre, its leader, then the same at each centre above."""
    return [Rung(centre, roles) for centre in centres for roles in (DESK, (Role.LEADER,))]


def fallen_due(raised_at: datetime, limit_s: int, level: int, top: int, now: datetime) -> range:
    """The levels that have come due since `level`, up to the top: each has its turn one limit after the one below."""
    reached = min(top, int((now - raised_at) / timedelta(seconds=limit_s)))
    return range(level + 1, reached + 1)


def due_at(raised_at: datetime, limit_s: int, level: int) -> datetime:
    """When a level is told."""
    return raised_at + timedelta(seconds=limit_s * level)
