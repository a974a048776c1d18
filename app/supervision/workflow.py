"""The life of a supervision order 督办: a centre, or the clock, presses for an answer until it has one.

Also what time does without a request. One aligned row per action. Pure. An order presses the commanding centre of an incident or a department that handles it;
it is opened by a centre that commands the incident or stands above, so never by somebody lower than who is pressed.
"""

from collections.abc import Collection
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from app.agency.workflow import Limit, Unit
from app.identity.workflow import Actor, Role, senior


class Grade(StrEnum):
    """普通, 黄牌, 红牌: how hard is pressed. A grade only rises."""

    NORMAL = "normal"
    YELLOW = "yellow"
    RED = "red"


class OrderState(StrEnum):
    """How far an order is."""

    OPEN = "open"
    ANSWERED = "answered"
    LIFTED = "lifted"


class OrderAction(StrEnum):
    """What happens to an order."""

    OPEN = "open"
    RAISE = "raise"
    ANSWER = "answer"
    LIFT = "lift"


class OrderBy(StrEnum):
    """Who makes a move: the centre that presses or one above it, the desk of who is pressed, or the system by clock."""

    PRESSER = "presser"
    TARGET = "target"
    SYSTEM = "system"


class OrderMove(NamedTuple):
    """One row: an action, the states it starts from (none: it makes the order), the state it leads to, who, needs."""

    action: OrderAction
    label: str
    source: frozenset[OrderState]
    target: OrderState
    by: tuple[OrderBy, ...]
    needs: tuple[str, ...]


A, S, B = OrderAction, OrderState, OrderBy


def _on(*states: OrderState) -> frozenset[OrderState]:
    return frozenset(states)


# fmt: off
ROWS = (
    #         action     zh          from                    to           who                     needs
    OrderMove(A.OPEN,    "督办",     _on(),                  S.OPEN,      (B.PRESSER, B.SYSTEM),  ("reason",)),
    OrderMove(A.RAISE,   "督办升级", _on(S.OPEN),            S.OPEN,      (B.PRESSER, B.SYSTEM),  ("grade", "reason")),
    OrderMove(A.ANSWER,  "督办回复", _on(S.OPEN),            S.ANSWERED,  (B.TARGET,),            ("answer",)),
    OrderMove(A.LIFT,    "解除督办", _on(S.OPEN, S.ANSWERED), S.LIFTED,   (B.PRESSER, B.SYSTEM),  ("reason",)),
)
# fmt: on
MOVES = {move.action: move for move in ROWS}
GRADES = tuple(Grade)
PRESSERS = frozenset({Role.DISPATCHER, Role.SHIFT_LEADER, Role.LEADER})
DESK = frozenset({Role.ACCEPTOR, Role.DISPATCHER, Role.SHIFT_LEADER})
"""Who answers for a centre that is pressed; for a department its desk does."""
REPLY = {
    Grade.NORMAL: Limit(amount=1, unit=Unit.WORK_DAY),
    Grade.YELLOW: Limit(amount=4, unit=Unit.WORK_HOUR),
    Grade.RED: Limit(amount=2, unit=Unit.URGENT_HOUR),
}
"""Until an answer is due, where neither the standard nor the centre sets a limit for `reply`."""


def higher(grade: Grade) -> Grade | None:
    """The next grade, or nothing above the highest."""
    return next((one for one in GRADES if rises(grade, one)), None)


def rises(grade: Grade, to: Grade) -> bool:
    """Whether this is a step upwards."""
    return GRADES.index(to) > GRADES.index(grade)


def pressing(actor: Actor, centre_id: UUID | None) -> Role | None:
    """The role in which somebody presses for a centre, or for one above it."""
    return senior(PRESSERS & actor.roles_at(centre_id))


def presses_from(actor: Actor, centre_id: UUID) -> UUID:
    """The highest centre for which this caller presses whoever handles what this centre commands."""
    own = [g for g in actor.grants if g.role in PRESSERS and g.is_centre and centre_id in g.reach]
    return max(own, key=lambda grant: len(grant.reach)).organisation_id


def answering(actor: Actor, target_id: UUID) -> Role | None:
    """The role in which somebody answers for who is pressed: a centre's own desk, or a department's."""
    own = {grant.role for grant in actor.grants if grant.organisation_id == target_id and grant.is_centre} & DESK
    desk = actor.roles_at(target_id) & {Role.DEPARTMENT_DESK}
    return senior(own | desk)


def allowed(state: OrderState, who: Collection[OrderBy], grade: Grade) -> list[OrderAction]:
    """What somebody may do with an order now; above the highest grade there is nothing to raise it to."""
    can = [move.action for move in ROWS if state in move.source and not set(who).isdisjoint(move.by)]
    return [action for action in can if action is not A.RAISE or higher(grade)]


class Due(StrEnum):
    """What an instant comes for."""

    CLOCK = "clock"
    ORDER = "order"
    TASK = "task"
    REQUEST = "request"
    SUSPENSION = "suspension"


class DueRow(NamedTuple):
    """A kind: at which instant it is due, and what the system does then."""

    due: Due
    label: str
    at: str
    does: str


D = Due
# fmt: off
DUES = (
    #      due            zh          at                                              does
    DueRow(D.CLOCK,       "时限",     "the next step of the clock's ladder",           "climbs: the acts of the step, see the ladders"),
    DueRow(D.ORDER,       "督办超时", "no answer when it is due",                      "raises the order to the next grade, until it is red"),
    DueRow(D.TASK,        "任务超时", "no result when a verify or check task is due",  "shows a red card; offers a task that somebody holds to all who may do it"),
    DueRow(D.REQUEST,     "申请过期", "nobody has decided in time",                    "lets the request expire; the old clock goes on"),
    DueRow(D.SUSPENSION,  "挂账到期", "the date of the suspension",                    "resumes the incident"),
)
# fmt: on
