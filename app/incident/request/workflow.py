"""Requests: side steps that somebody asks for and somebody else, one step up, decides. One aligned row a kind."""

from enum import StrEnum
from typing import NamedTuple

from app.identity.workflow import Role
from app.incident.workflow import VOIDABLE, Action, Standing, Status

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


class Row(NamedTuple):
    """A kind: where it may be asked, who asks in which standing, who decides, what it needs, what approval does."""

    kind: RequestKind
    label: str
    source: frozenset[Status]
    asker: tuple[Standing, frozenset[Role]]
    deciders: frozenset[Role]
    needs: tuple[str, ...]
    approval: Action | None


def _on(*statuses: Status) -> frozenset[Status]:
    return frozenset(statuses)


K = RequestKind
LEADS = (Standing.LEADER, frozenset({R.DEPARTMENT_DESK, R.TEAM_LEADER}))
CENTRE = (Standing.CENTRE, frozenset({R.ACCEPTOR, R.DISPATCHER}))
CHECKS = (Standing.CENTRE, frozenset({R.ACCEPTOR, R.INSPECTOR}))
MOST_EXTENSIONS, MOST_SUSPENSIONS = 2, 1
LONGEST_SUSPENSION_DAYS = 366
REOPEN_WITHIN_DAYS = 30

# fmt: off
ROWS = (
    #   kind          zh      from                            who asks  who decides                              needs                               approval
    Row(K.RETURN,     "退回", _on(S.DISPATCHED, S.HANDLING),  LEADS,    frozenset({R.DISPATCHER}),               ("reason",),                        Action.RETURN),
    Row(K.EXTENSION,  "延期", _on(S.HANDLING),                LEADS,    frozenset({R.DISPATCHER}),               ("reason",),                        None),
    Row(K.SUSPENSION, "挂账", _on(S.HANDLING),                LEADS,    frozenset({R.DISPATCHER}),               ("reason", "reason_code", "until"), Action.SUSPEND),
    Row(K.VOID,       "作废", VOIDABLE,                       CENTRE,   frozenset({R.SHIFT_LEADER}),             ("reason",),                        Action.VOID),
    Row(K.REOPEN,     "重开", _on(S.CLOSED),                  CHECKS,   frozenset({R.SHIFT_LEADER, R.LEADER}),   ("reason", "reason_code"),          Action.REOPEN),
)
# fmt: on
TABLE = {row.kind: row for row in ROWS}
REASON_CODES = {
    K.SUSPENSION: frozenset({"engineering", "season"}),
    K.REOPEN: frozenset({"satisfaction", "inspection"}),
}


def asks(row: Row, standings: frozenset[Standing], at_centre: frozenset[Role], held: frozenset[Role]) -> bool:
    """Whether somebody with these roles and standings may ask."""
    standing, roles = row.asker
    if standing is Standing.CENTRE:
        return bool(roles & at_centre)
    return standing in standings and bool(roles & held)


def deciders(row: Row, approved_before: int) -> frozenset[Role]:
    """Who decides: a second extension goes one step higher than the first."""
    if row.kind is K.EXTENSION and approved_before:
        return frozenset({R.SHIFT_LEADER, R.LEADER})
    return row.deciders
