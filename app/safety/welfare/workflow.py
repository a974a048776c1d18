"""The life of a welfare check: when a crew is asked, and what its silence becomes."""

from collections.abc import Collection
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

EVERY_S, GRACE_S = 1800, 300
"""How often a crew is asked and how long it has to answer, where the centre says nothing else."""


class WelfareState(StrEnum):
    """How far a welfare check is; `alarmed` while an SOS stands for it."""

    WAITING = "waiting"
    ASKED = "asked"
    OVERDUE = "overdue"
    ALARMED = "alarmed"
    PAUSED = "paused"
    ENDED = "ended"


class WelfareAction(StrEnum):
    """What happens to a welfare check."""

    SET = "set"
    ASK = "ask"
    ANSWER_OK = "answer_ok"
    ANSWER_HELP = "answer_help"
    ESCALATE = "escalate"
    ALARM = "alarm"
    PAUSE = "pause"
    RESUME = "resume"
    CANCEL = "cancel"
    END = "end"


class WelfareBy(StrEnum):
    """Who makes a move: the crew, who runs the duty of the centre, the clock, or the end of the shift."""

    CREW = "crew"
    DUTY = "duty"
    CLOCK = "clock"
    SHIFT = "shift"


class WelfareMove(NamedTuple):
    """One row. `runs` is the span that starts with it (`every` or `grace`); none: the check's clock stands still."""

    action: WelfareAction
    label: str
    source: frozenset[WelfareState]
    target: WelfareState
    by: frozenset[WelfareBy]
    runs: str | None = None
    needs: tuple[str, ...] = ()


A, W, B = WelfareAction, WelfareState, WelfareBy
LIVE = frozenset(WelfareState) - {W.ENDED}


def _on(*states: WelfareState) -> frozenset[WelfareState]:
    return frozenset(states)


def _by(*who: WelfareBy) -> frozenset[WelfareBy]:
    return frozenset(who)


# fmt: off
ROWS = (
    #           action         zh       from                                          to         by                   starts   needs
    WelfareMove(A.SET,         "设定",  _on(),                                        W.WAITING, _by(B.CREW, B.DUTY), "every"),
    WelfareMove(A.ASK,         "询问",  _on(W.WAITING),                               W.ASKED,   _by(B.CLOCK),        "grace"),
    WelfareMove(A.ANSWER_OK,   "平安",  _on(W.WAITING, W.ASKED, W.OVERDUE, W.ALARMED), W.WAITING, _by(B.CREW),         "every"),
    WelfareMove(A.ANSWER_HELP, "求助",  LIVE,                                         W.ALARMED, _by(B.CREW)),
    WelfareMove(A.ESCALATE,    "上报",  _on(W.ASKED),                                 W.OVERDUE, _by(B.CLOCK),        "grace"),
    WelfareMove(A.ALARM,       "告警",  _on(W.OVERDUE),                               W.ALARMED, _by(B.CLOCK)),
    WelfareMove(A.PAUSE,       "暂停",  _on(W.WAITING, W.ASKED, W.OVERDUE),           W.PAUSED,  _by(B.DUTY),         None,    ("reason",)),
    WelfareMove(A.RESUME,      "恢复",  _on(W.PAUSED),                                W.WAITING, _by(B.DUTY),         "every"),
    WelfareMove(A.CANCEL,      "取消",  LIVE,                                         W.ENDED,   _by(B.DUTY),         None,    ("reason",)),
    WelfareMove(A.END,         "下岗",  LIVE,                                         W.ENDED,   _by(B.SHIFT)),
)
# fmt: on
MOVES = {move.action: move for move in ROWS}
BY_CLOCK = {state: move for move in ROWS if B.CLOCK in move.by for state in move.source}
"""What the clock does to a check that is due, by its state."""


def due_at(move: WelfareMove, every_s: int, grace_s: int, now: datetime) -> datetime | None:
    """When the clock acts next after a move. Counted from when it was made: nobody is late for what was never asked."""
    return None if move.runs is None else now + timedelta(seconds=every_s if move.runs == "every" else grace_s)


def allowed(state: WelfareState, who: Collection[WelfareBy]) -> list[WelfareAction]:
    """What this caller may do with a welfare check now."""
    return [move.action for move in ROWS if state in move.source and move.by.intersection(who)]
