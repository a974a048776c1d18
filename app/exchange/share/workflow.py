"""What a share shows of an incident, and who moves it. One aligned row a field, one an action; nothing reads or writes."""

from collections.abc import Collection, Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from app.identity.workflow import Role

LONGEST = timedelta(days=366)
CONSENT = frozenset({Role.LEADER, Role.SHIFT_LEADER, Role.DEPARTMENT_DESK})
"""Who speaks for an organisation: leader or shift leader of a centre; of a department its desk, which has neither."""


class Tier(StrEnum):
    """How much is shown. Each shows what the one before shows, and more."""

    NOTICE = "notice"
    SUMMARY = "summary"
    RECORD = "record"


class Mask(StrEnum):
    """What is left out within a tier. A reporter's contact is in none, whatever is masked."""

    PLACE = "place"
    TEXT = "text"
    PICTURES = "pictures"
    PEOPLE = "people"


class ShareState(StrEnum):
    """How far a share is. Whether it shows anything now is a matter of its time box, too."""

    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class ShareAction(StrEnum):
    """What may be done to a share."""

    ACCEPT = "accept"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"


class Side(StrEnum):
    """One of the two that agree."""

    GIVER = "giver"
    RECEIVER = "receiver"


class ShareMove(NamedTuple):
    """One row: an action, the states it starts from, the one it leads to, and whether only the other side makes it."""

    action: ShareAction
    label: str
    source: frozenset[ShareState]
    target: ShareState
    by_other: bool


class Shown(NamedTuple):
    """One row: a field of an incident, from which tier on it is shown, and what leaves it out."""

    field: str
    tier: Tier
    mask: Mask | None = None


A, S, T, M = ShareAction, ShareState, Tier, Mask
LIVE = frozenset({S.PROPOSED, S.ACCEPTED})

# fmt: off
ROWS = (
    #         action      zh      from                       to           by the other side
    ShareMove(A.ACCEPT,   "同意", frozenset({S.PROPOSED}),   S.ACCEPTED,  by_other=True),
    ShareMove(A.REFUSE,   "不同意", frozenset({S.PROPOSED}), S.REFUSED,   by_other=True),
    ShareMove(A.WITHDRAW, "撤回", LIVE,                      S.WITHDRAWN, by_other=False),
)
FIELDS = (
    Shown("id",                  T.NOTICE),
    Shown("cell",                T.NOTICE),
    Shown("category",            T.NOTICE),
    Shown("number",              T.SUMMARY),
    Shown("status",              T.SUMMARY),
    Shown("priority",            T.SUMMARY),
    Shown("occurred_at",         T.SUMMARY),
    Shown("reported_at",         T.SUMMARY),
    Shown("status_since",        T.SUMMARY),
    Shown("closed_at",           T.SUMMARY),
    Shown("cell_location",       T.SUMMARY),
    Shown("location",            T.SUMMARY, M.PLACE),
    Shown("title",               T.RECORD,  M.TEXT),
    Shown("description",         T.RECORD,  M.TEXT),
    Shown("history",             T.RECORD),
    Shown("history.action",      T.RECORD),
    Shown("history.from_status", T.RECORD),
    Shown("history.to_status",   T.RECORD),
    Shown("history.at",          T.RECORD),
    Shown("history.role",        T.RECORD),
    Shown("history.note",        T.RECORD,  M.TEXT),
    Shown("history.actor",       T.RECORD,  M.PEOPLE),
    Shown("notes",               T.RECORD,  M.TEXT),
    Shown("notes.at",            T.RECORD),
    Shown("notes.kind",          T.RECORD),
    Shown("notes.note",          T.RECORD),
    Shown("notes.role",          T.RECORD),
    Shown("notes.actor",         T.RECORD,  M.PEOPLE),
    Shown("pictures",            T.RECORD,  M.PICTURES),
    Shown("pictures.id",         T.RECORD),
    Shown("pictures.kind",       T.RECORD),
    Shown("pictures.at",         T.RECORD),
    Shown("pictures.media_type", T.RECORD),
    Shown("pictures.location",   T.RECORD,  M.PLACE),
    Shown("pictures.note",       T.RECORD,  M.TEXT),
    Shown("pictures.actor",      T.RECORD,  M.PEOPLE),
)
# fmt: on
MOVES = {move.action: move for move in ROWS}
RULES = {row.field: row for row in FIELDS}
ORDER = list(Tier)


def shows(field: str, tier: Tier, masks: Collection[Mask]) -> bool:
    """Whether a share of this tier with these masks shows a field; one that is in no row is shown by none."""
    row = RULES.get(field)
    return row is not None and ORDER.index(row.tier) <= ORDER.index(tier) and row.mask not in masks


def redacted(record: Mapping[str, Any], tier: Tier, masks: Collection[Mask], within: str = "") -> dict[str, Any]:
    """What is left of an incident's record: fields that are not shown are not there, rather than empty."""
    left = {name: value for name, value in record.items() if shows(within + name, tier, masks)}
    for name, value in left.items():
        if isinstance(value, list):
            left[name] = [redacted(one, tier, masks, f"{within}{name}.") for one in value]
    return left


def allowed(state: ShareState, proposed_by: Side, sides: Collection[Side], *, is_proposer: bool) -> list[ShareAction]:
    """What somebody who speaks for these sides may do: agreeing is for the other side, and for another person."""
    other = Side.RECEIVER if proposed_by is Side.GIVER else Side.GIVER
    return [
        move.action
        for move in ROWS
        if state in move.source and sides and (not move.by_other or (other in sides and not is_proposer))
    ]
