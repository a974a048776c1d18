"""What becomes of an operation: when it is its turn, what its time is worth, and what a refusal means for the phone.

Pure. Whether a move may be made is said by the workflow tables alone; here is only what their "no" means to somebody who
was offline when it was made (docs/sync.md has the table).
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

FAR_AHEAD = timedelta(hours=24)
"""What is observed later than this from now is a broken clock's word."""


class Result(StrEnum):
    """What became of an operation. All but `retry` are final: the phone may forget it."""

    APPLIED = "applied"
    DUPLICATE = "duplicate"
    SUPERSEDED = "superseded"
    CONFLICT = "conflict"
    REJECTED = "rejected"
    RETRY = "retry"


class Turn(StrEnum):
    """Whether it is an operation's turn, by the number its device gave it."""

    NOW = "now"
    AHEAD = "ahead"
    PASSED = "passed"


def turn_of(device_seq: int, last_seq: int) -> Turn:
    """Operations of a device are decided one after the other, without a gap."""
    if device_seq == last_seq + 1:
        return Turn.NOW
    return Turn.AHEAD if device_seq > last_seq else Turn.PASSED


def is_far_ahead(observed_at: datetime, now: datetime) -> bool:
    """Whether a time is too far in the future to be worked with."""
    return observed_at > now + FAR_AHEAD


class Asked(NamedTuple):
    """What an operation asked for, as far as a refusal's meaning depends on it."""

    type: str
    action: str | None = None


class Refused(NamedTuple):
    """Why the use case did not do it: the last part of the problem's type, its status, and what stands there now."""

    slug: str
    status: int
    state: str | None = None
    reason: str | None = None


class Verdict(NamedTuple):
    """What a refusal means; `tells`: it is kept in the history, and both sides get to know."""

    result: Result
    tells: bool = False


SUPERSEDED, CONFLICT = Verdict(Result.SUPERSEDED), Verdict(Result.CONFLICT)
REJECTED, RETRY, TOLD = Verdict(Result.REJECTED), Verdict(Result.RETRY), Verdict(Result.SUPERSEDED, tells=True)
OVER = ("cleared", "declined", "withdrawn", "timed_out")

# fmt: off
PAST: dict[tuple[str, str], tuple[tuple[str, ...], tuple[str, ...]]] = {
    # what was to be done                        it is done already, or more than that              it is over: kept in the history
    ("assignment.transition", "accept"):        (("accepted", "en_route", "on_scene"),              ()),
    ("assignment.transition", "decline"):       (OVER,                                              ()),
    ("assignment.transition", "depart"):        (("en_route", "on_scene"),                          OVER),
    ("assignment.transition", "arrive"):        (("on_scene",),                                     OVER),
    ("assignment.transition", "clear"):         ((),                                                OVER),
    ("summons.transition",    "acknowledge"):   (("acknowledged", "arrived", "working", "done"),    ()),
    ("summons.transition",    "arrive"):        (("arrived", "working", "done"),                    ("released", "declined")),
    ("summons.transition",    "work"):          (("working", "done"),                               ("released", "declined", "missed")),
    ("summons.transition",    "done"):          (("done",),                                         ("released", "declined", "missed")),
    ("incident.transition",   "finish"):        (("handled", "checking", "checked"),                ("registered", "dispatched", "suspended", "closed", "merged", "voided")),
}
# fmt: on
"""Moves out of turn that are no news, or news that comes too late. Any other move out of turn is a conflict."""
SIGNED = {"shift.sign_on": "signed_on", "shift.sign_off": "signed_off"}
ILLEGAL, STALE, ELSE = "illegal-move", "version-stale", "not-your-move"
TRY_AGAIN = frozenset({"unavailable", "still-running"})


def verdict(asked: Asked, refused: Refused) -> Verdict:
    """What the refusal of an operation means for the phone that sends it."""
    if refused.slug in TRY_AGAIN:
        return RETRY
    if refused.slug == ILLEGAL:
        return _out_of_turn(asked, refused.state)
    if refused.slug == ELSE and asked == Asked("incident.transition", "finish"):
        return TOLD  # somebody else leads by now
    if asked.type in SIGNED and (refused.reason == SIGNED[asked.type] or refused.slug == "not-on-duty"):
        return SUPERSEDED
    return CONFLICT if refused.slug == STALE or refused.status == 409 else REJECTED  # noqa: PLR2004  # HTTP's own


def _out_of_turn(asked: Asked, state: str | None) -> Verdict:
    done, over = PAST.get((asked.type, asked.action or ""), ((), ()))
    if state in done:
        return SUPERSEDED
    return TOLD if state in over else CONFLICT


def current(extra: Mapping[str, Any]) -> dict[str, Any]:
    """What a problem says about how things stand."""
    names = ("version", "status_now", "state", "allowed", "reason")
    return {name: extra[name] for name in names if name in extra}
