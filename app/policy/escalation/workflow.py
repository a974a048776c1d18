"""Ladders to begin from: the default, and what centres with other habits would publish. Pure data."""

from typing import NamedTuple

from app.incident.workflow import Clock
from app.policy.workflow import DEFAULT, YELLOW, Act, Ladder, Rung
from app.supervision.workflow import Grade


class Template(NamedTuple):
    """Ladders with a name; a clock that is not named keeps the default."""

    code: str
    edition: int
    name: str
    name_en: str
    ladders: dict[Clock, Ladder]


A = Act
ASK_ON = Rung(share=1, do=(A.CARD, A.TIME_OUT, A.NEXT))
TEMPLATES = (
    Template("default", 0, "默认升级策略", "What holds where a centre has published none", DEFAULT),
    Template(
        "night",
        1,
        "夜间值守升级策略",
        "A small night desk: the next patrol is asked twice, then the incident goes one level up",
        {
            Clock.DISPATCH: (YELLOW, Rung(share=1, do=(A.CARD,)), Rung(after_min=5, do=(A.SUPERVISE, A.UP))),
            Clock.ACKNOWLEDGE: (
                YELLOW,
                ASK_ON,
                Rung(after_min=5, do=(A.TIME_OUT, A.NEXT, A.SUPERVISE)),
                Rung(after_min=10, do=(A.UP,)),
            ),
        },
    ),
    Template(
        "strict",
        1,
        "从严督办升级策略",
        "Pressed again every day until somebody answers",
        {
            Clock.HANDLE: (
                YELLOW,
                Rung(share=1, do=(A.CARD, A.SUPERVISE)),
                Rung(after_min=4 * 60, do=(A.SUPERVISE,), grade=Grade.YELLOW),
                Rung(after_min=24 * 60, do=(A.SUPERVISE, A.UP), grade=Grade.RED, times=3, every_min=24 * 60),
            ),
        },
    ),
)
