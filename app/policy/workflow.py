"""Escalation as data: what is done when so much of a limit has gone, rung by rung, and again, until somebody acts.

Pure. A ladder is the rungs of one clock; a centre may publish its own, `DEFAULT` holds where none does. What a centre
publishes, ladders or routing rules, it publishes in editions; their life is a table below.
"""

from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache
from typing import Annotated, Any, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator

from app.incident.clock.workflow import YELLOW as YELLOW_AT
from app.incident.workflow import Clock
from app.supervision.workflow import Grade

MOST_RUNGS, MOST_TIMES, LONGEST_WAIT_MIN = 20, 10, 60 * 24 * 30


class Act(StrEnum):
    """What a rung does. All its acts are done in one transaction.

    card: the clock shows a card, yellow before the limit and red from it on, and who is pressed is told. supervise: a
    supervision order 督办 is opened, or raised to the grade. time_out: offers that nobody accepted time out; a summons
    whose own clock it is is missed. next: where an offer has timed out, the incident is offered to the next patrol on
    the rota, the best that was not asked yet. up: one level up, unless it is the clock of one summons only.
    """

    CARD = "card"
    SUPERVISE = "supervise"
    TIME_OUT = "time_out"
    NEXT = "next"
    UP = "up"


class Rung(BaseModel):
    """One rung: when (a share of the limit gone, or minutes after it), how often, what, and at which grade."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={"example": {"share": 1, "do": ["card", "supervise"], "grade": "yellow"}},
    )

    share: Annotated[float, Field(gt=0, le=1, description="Of the limit; 0.8 is the yellow card.")] | None = None
    after_min: Annotated[int, Field(gt=0, le=LONGEST_WAIT_MIN, description="Minutes after the limit.")] | None = None
    do: Annotated[tuple[Act, ...], Field(min_length=1, max_length=len(Act))]
    grade: Grade = Grade.NORMAL
    times: Annotated[int, Field(ge=1, le=MOST_TIMES)] = 1
    every_min: Annotated[int, Field(gt=0, le=LONGEST_WAIT_MIN)] | None = None

    @model_validator(mode="after")
    def _one_time_and_its_repeats(self) -> Self:
        if (self.share is None) == (self.after_min is None):
            raise ValueError("A rung stands at a share of the limit or so many minutes after it, not both.")
        if (self.times > 1) != (self.every_min is not None):
            raise ValueError("A rung that is done several times says every how many minutes, any other does not.")
        return self


Ladder = tuple[Rung, ...]
Ladders = Mapping[Clock, Ladder]


class Step(NamedTuple):
    """A rung as the clock climbs it: its number from 1, the share or the minutes after the limit, and what it does."""

    number: int
    share: float
    after_min: int
    do: tuple[Act, ...]
    grade: Grade


def climbed(ladder: Ladder) -> list[Step]:
    """The steps of a ladder in the order of time, repeats told one by one."""
    steps = [
        (rung.share or 1.0, (rung.after_min or 0) + n * (rung.every_min or 0), rung)
        for rung in ladder
        for n in range(rung.times)
    ]
    steps.sort(key=lambda step: step[:2])
    return [Step(n, share, after, rung.do, rung.grade) for n, (share, after, rung) in enumerate(steps, 1)]


YELLOW = Rung(share=YELLOW_AT, do=(Act.CARD,))
CARDS = (YELLOW, Rung(share=1, do=(Act.CARD,)))
PRESSED = (YELLOW, Rung(share=1, do=(Act.CARD, Act.SUPERVISE), grade=Grade.YELLOW))


def _then(after_min: int, *acts: Act, grade: Grade = Grade.NORMAL) -> Rung:
    return Rung(after_min=after_min, do=acts, grade=grade)


A = Act
DEFAULT: dict[Clock, Ladder] = {
    Clock.ACCEPT: (*CARDS, _then(15, A.SUPERVISE)),
    Clock.REGISTER: (*CARDS, _then(15, A.SUPERVISE)),
    Clock.DISPATCH: (*CARDS, _then(15, A.SUPERVISE, A.UP)),
    Clock.ACKNOWLEDGE: (
        YELLOW,
        Rung(share=1, do=(A.CARD, A.TIME_OUT, A.NEXT, A.SUPERVISE)),
        _then(30, A.UP),
    ),
    Clock.ARRIVE: (YELLOW, Rung(share=1, do=(A.CARD, A.TIME_OUT, A.SUPERVISE), grade=Grade.YELLOW)),
    Clock.HANDLE: (*PRESSED, _then(24 * 60, A.SUPERVISE, A.UP, grade=Grade.RED)),
    Clock.CHECK: CARDS,
    Clock.TOTAL: PRESSED,
}
"""Yellow at 80 % of a limit, red at 100 % (workflow.md section 4, rule 7); the rest is what this software proposes."""


_LADDERS = TypeAdapter[dict[Clock, Ladder]](dict[Clock, Ladder])


def steps_of(ladder: Ladder) -> list[Step]:
    """The steps of a ladder; the limit is one of them, even where nothing is done: a limit that passes is breached."""
    steps = climbed(ladder)
    if not any(step[1:3] == (1.0, 0) for step in steps):
        steps = sorted([*steps, Step(0, 1.0, 0, (), Grade.NORMAL)], key=lambda step: step[1:3])
    return [step._replace(number=number) for number, step in enumerate(steps, 1)]


Steps = Mapping[Clock, list[Step]]
DEFAULT_STEPS = {clock: steps_of(ladder) for clock, ladder in DEFAULT.items()}
MAKES_SENSE: dict[Act, frozenset[Clock]] = {
    A.TIME_OUT: frozenset({Clock.ACKNOWLEDGE, Clock.ARRIVE}),
    A.NEXT: frozenset({Clock.ACKNOWLEDGE}),
}
"""Acts that are about offers and summons: any other clock has none to time out."""
GRADES = list(Grade)


def ladders_of(given: str | bytes | Mapping[str, Any] | None) -> dict[Clock, list[Step]]:
    """The steps of every clock by a policy as it is stored or as the database gives it, the rest by `DEFAULT`."""
    if given is None:
        return DEFAULT_STEPS
    return _parsed(given) if isinstance(given, str | bytes) else _with_default(_LADDERS.validate_python(given))


@lru_cache(maxsize=256)
def _parsed(given: str | bytes) -> dict[Clock, list[Step]]:
    """The same text again costs nothing: every clock that starts asks."""
    return _with_default(_LADDERS.validate_json(given))


def _with_default(own: Mapping[Clock, Ladder]) -> dict[Clock, list[Step]]:
    return DEFAULT_STEPS | {clock: steps_of(ladder) for clock, ladder in own.items()}


def senseless(ladders: Ladders) -> list[str]:
    """What cannot be meant: acts that a clock has nothing for, and grades that fall though they only rise."""
    found = []
    for clock, ladder in ladders.items():
        steps = climbed(ladder)
        wrong = {act for step in steps for act in step.do if clock not in MAKES_SENSE.get(act, frozenset({clock}))}
        found += [f"{clock}: nothing to {act} on this clock." for act in sorted(wrong)]
        grades = [GRADES.index(step.grade) for step in steps if A.SUPERVISE in step.do]
        if grades != sorted(grades):
            found.append(f"{clock}: the grade of a supervision order only rises.")
    return found


class EditionState(StrEnum):
    """How far an edition is. One is published at a centre; it is replaced by the next, or retired without one."""

    DRAFT = "draft"
    PUBLISHED = "published"
    REPLACED = "replaced"
    RETIRED = "retired"


class EditionAction(StrEnum):
    """What may be done to an edition."""

    CHANGE = "change"
    PUBLISH = "publish"
    RETIRE = "retire"
    DROP = "drop"


class EditionMove(NamedTuple):
    """One row: an action, the state it starts from, and the one it leads to (`None`: stays, or nothing is left)."""

    action: EditionAction
    label: str
    source: EditionState
    target: EditionState | None


E, EA = EditionState, EditionAction
# fmt: off
EDITION_ROWS = (
    #           action      zh      from         to
    EditionMove(EA.CHANGE,  "修改", E.DRAFT,     None),
    EditionMove(EA.PUBLISH, "发布", E.DRAFT,     E.PUBLISHED),
    EditionMove(EA.RETIRE,  "停用", E.PUBLISHED, E.RETIRED),
    EditionMove(EA.DROP,    "删除", E.DRAFT,     None),
)
# fmt: on


def may_now(state: EditionState, *, writes: bool) -> list[EditionAction]:
    """What somebody may do with an edition in this state now, in the order of the table."""
    return [move.action for move in EDITION_ROWS if writes and move.source is state]
