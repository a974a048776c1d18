"""Requests: side steps that somebody asks for and somebody else, one step up, decides. One aligned row a kind."""

from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import NamedTuple

from app.identity.workflow import Role, senior
from app.incident.workflow import VOIDABLE, Action, Facts, Standing, Status

R, S = Role, Status


class RequestKind(StrEnum):
    """退回, 延期, 挂账, 作废, 重开."""

    RETURN = "return"
    EXTENSION = "extension"
    SUSPENSION = "suspension"
    VOID = "void"
    REOPEN = "reopen"


class RequestState(StrEnum):
    """`expired` when the incident ended, or moved on, before it was decided."""

    ASKED = "asked"
    APPROVED = "approved"
    REFUSED = "refused"
    EXPIRED = "expired"


class Decision(StrEnum):
    """What is decided about a request."""

    APPROVE = "approve"
    REFUSE = "refuse"


class Row(NamedTuple):
    """A kind: where it may be asked, who asks in which standing, what it needs, what approval does."""

    kind: RequestKind
    label: str
    source: frozenset[Status]
    asker: tuple[Standing, frozenset[Role]]
    needs: tuple[str, ...]
    approval: Action | None

    @property
    def deciders(self) -> frozenset[Role]:
        """Everybody who may be the one to decide, by who asked."""
        return frozenset(STEP_UP[role] for role in self.asker[1])


def _on(*statuses: Status) -> frozenset[Status]:
    return frozenset(statuses)


K = RequestKind
LEADS = (Standing.LEADER, frozenset({R.DEPARTMENT_DESK, R.TEAM_LEADER}))
TAKE_PART = (Standing.TAKES_PART, LEADS[1])
CENTRE = (Standing.CENTRE, frozenset({R.ACCEPTOR, R.DISPATCHER, R.SHIFT_LEADER}))
CHECKS = (Standing.CENTRE, frozenset({R.ACCEPTOR, R.INSPECTOR}))

# fmt: off
ROWS = (
    #   kind          zh      from                            who asks   needs                               approval
    Row(K.RETURN,     "退回", _on(S.DISPATCHED, S.HANDLING),  LEADS,     ("reason",),                        Action.RETURN),
    Row(K.EXTENSION,  "延期", _on(S.HANDLING),                TAKE_PART, ("reason",),                        None),
    Row(K.SUSPENSION, "挂账", _on(S.HANDLING),                LEADS,     ("reason", "reason_code", "until"), Action.SUSPEND),
    Row(K.VOID,       "作废", VOIDABLE,                       CENTRE,    ("reason",),                        Action.VOID),
    Row(K.REOPEN,     "重开", _on(S.CLOSED),                  CHECKS,    ("reason", "reason_code"),          Action.REOPEN),
)
STEP_UP = {
    # who asked           who decides, at the commanding centre
    R.TEAM_LEADER:        R.DISPATCHER,
    R.DEPARTMENT_DESK:    R.DISPATCHER,
    R.ACCEPTOR:           R.SHIFT_LEADER,
    R.DISPATCHER:         R.SHIFT_LEADER,
    R.INSPECTOR:          R.SHIFT_LEADER,
    R.SHIFT_LEADER:       R.LEADER,
}
# fmt: on
TABLE = {row.kind: row for row in ROWS}
REASON_CODES = {
    K.SUSPENSION: frozenset({"engineering", "season"}),
    K.REOPEN: frozenset({"satisfaction", "inspection"}),
}
BEFORE_IT_GOES_OUT_AGAIN = frozenset({K.VOID})
"""Not asked for while a returned incident waits: whoever received it sends it out again or back, not to an end."""


def asking_role(
    row: Row, standings: frozenset[Standing], at_centre: frozenset[Role], held: frozenset[Role]
) -> Role | None:
    """The role in which somebody with these roles and standings may ask: the first in the order of the roles."""
    standing, roles = row.asker
    fitting = roles & at_centre if standing is Standing.CENTRE else roles & held if standing in standings else ()
    return senior(fitting)


def askable(facts: Facts, open_kinds: Collection[str]) -> list[RequestKind]:
    """The kinds somebody may ask for now, in the order of the table; one of a kind is open at a time."""
    waits = BEFORE_IT_GOES_OUT_AGAIN if facts.is_returned else frozenset()
    return [
        row.kind
        for row in ROWS
        if facts.status in row.source
        and row.kind not in waits
        and row.kind not in open_kinds
        and asking_role(row, facts.standings, facts.roles, facts.held) is not None
    ]


class Asked(NamedTuple):
    """What decides who decides: who asked, whether the hours are the asker's own estimate, and what was granted before."""

    kind: RequestKind
    by: Role
    estimated: bool = False
    approved_before: int = 0


def decider(asked: Asked) -> Role:
    """Who decides: one step up from who asked. A second or a self-estimated extension goes a step higher still."""
    one_up = STEP_UP[asked.by]
    higher = asked.kind is K.EXTENSION and (asked.approved_before > 0 or asked.estimated)
    return STEP_UP[one_up] if higher else one_up


def decisions(asked: Asked, at_centre: frozenset[Role], *, misdispatch: bool = False) -> Mapping[Decision, Role]:
    """What somebody with these roles may decide, and in which of them.

    A return for a proven wrong dispatch is approved on the spot by the shift leader as well.
    """
    one = decider(asked)
    if one in at_centre:
        return dict.fromkeys(Decision, one)
    on_the_spot = misdispatch and asked.kind is K.RETURN and R.SHIFT_LEADER in at_centre
    return {Decision.APPROVE: R.SHIFT_LEADER} if on_the_spot else {}
