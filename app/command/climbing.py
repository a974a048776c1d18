"""When a clock climbs its ladder: which step comes next and at which instant. Pure: calendar and ladders are given.

A clock is a row with `kind`, `state`, `amount`, `unit`, `due_at`, `paused_at`; `rung_share` and `rung_min` say how far
it has climbed, as a step does, and `acts_at` when the worker must look at it next. How far is no number of a step: the
ladder may be another one by the time the worker looks.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from app.catalogue.workflow import CLOSE, Limit, Unit, WorkCalendar
from app.incident.workflow import Clock
from app.policy.workflow import Act, Step, Steps

RUNNING, BREACHED = "running", "breached"
YELLOW, RED = "yellow", "red"
Row = Mapping[str, Any]
Set = dict[str, Any]
Rung = tuple[float, int]
"""How far a clock has climbed: a share of the limit, and minutes after that."""
BOTTOM: Rung = (0.0, 0)
MOMENT = timedelta(milliseconds=1)
"""Less than this is the rounding of shares and instants."""


class Passed(NamedTuple):
    """A step of a ladder whose time has come, and when that was."""

    step: Step
    at: datetime


def rung_of(step: Step) -> Rung:
    """How far a clock has climbed with a step."""
    return step.share, step.after_min


def card_of(steps: Sequence[Step], rung: Rung) -> str | None:
    """The card that a clock shows when it has climbed so far."""
    shown = {RED if s.share >= 1 else YELLOW for s in steps if rung_of(s) <= rung and Act.CARD in s.do}
    return RED if RED in shown else YELLOW if shown else None


class Climber(NamedTuple):
    """The ladders, and the calendar by which shares of limits are counted."""

    calendar: WorkCalendar
    ladders: Steps

    def steps(self, row: Row) -> list[Step]:
        """The steps of a clock's ladder."""
        return self.ladders[Clock(row["kind"])]

    def started(self, row: Row) -> Set:
        """What is set when a clock starts: it stands at the bottom."""
        first = self._after_share(row, self.steps(row)[0], row["started_at"])
        return _at_rung(BOTTOM) | {"card": None, "acts_at": first}

    def armed(self, row: Row, now: datetime) -> Set:
        """What is set when a clock goes on, or has another limit, from now: when the next step comes.

        Of a limit that was made longer a smaller share has gone: the steps before it may come again; their card goes.
        """
        steps, rung, card = self.steps(row), _rung(row), row["card"]
        if row["state"] == RUNNING:
            early = (s for s in steps if s.share < 1 and rung_of(s) <= rung)
            reached = [rung_of(s) for s in early if self._own_time(row, s._replace(after_min=0), now) - now < MOMENT]
            rung = min(rung, max(reached, default=BOTTOM))
            card = card_of(steps, rung)
        step = next((s for s in steps if rung_of(s) > rung), None)
        return _at_rung(rung) | {"card": card, "acts_at": step and self._own_time(row, step, now)}

    def climbed(self, row: Row, now: datetime) -> tuple[list[Passed], Set]:
        """Every step whose time has come, and what is set then; at the limit the clock is breached.

        By another ladder than the one that set `acts_at` it may be none: then only that is set anew.
        """
        looked: datetime | None = row["acts_at"]
        if looked is None or row["paused_at"] is not None or looked > now:
            return [], {}
        steps, passed = self.steps(row), list[Passed]()
        coming = [s for s in steps if rung_of(s) > _rung(row)]
        own = self._own_time(row, coming[0], looked) if coming else None
        at = own and (own if own - looked > MOMENT else looked)
        # A clock that stood still after its limit has passed goes on as much later.
        late = at - _on_time(row, coming[0]) if at and coming[0].share >= 1 else timedelta()
        for step, following in zip(coming, [*coming[1:], None], strict=True):
            if at is None or at > now:
                break
            passed.append(Passed(step, at))
            at = following and self._following(row, passed[-1], following, late)
        rung = rung_of(passed[-1].step) if passed else _rung(row)
        made = _at_rung(rung) | {"acts_at": at, "card": card_of(steps, rung) or row["card"]}
        breached = any(step.share >= 1 for step, _ in passed)
        return passed, made | ({"state": BREACHED} if breached else {})

    def _gone(self, row: Row, at: datetime) -> float:
        """The share of the limit that has gone at an instant."""
        left = self.calendar.elapsed(at, row["due_at"], Unit(row["unit"]))
        share: float = 1 - left / row["amount"]
        return share

    def _own_time(self, row: Row, step: Step, since: datetime) -> datetime:
        """When a step comes by the ladder, seen from an instant at which the clock goes."""
        ahead = step if step.share >= 1 else step._replace(share=step.share - self._gone(row, since))
        return self._after_share(row, ahead, since)

    def _following(self, row: Row, last: Passed, step: Step, late: timedelta) -> datetime:
        if step.share >= 1:
            return _on_time(row, step) + late
        wait = step.after_min - (last.step.after_min if step.share == last.step.share else 0)
        more = step._replace(share=step.share - last.step.share, after_min=wait)
        return self._after_share(row, more, last.at)

    def _after_share(self, row: Row, step: Step, since: datetime) -> datetime:
        """When a step comes of which this share of the limit is still to go from an instant on; at the limit at latest.

        A share that has gone already has gone at that instant.
        """
        if step.share >= 1:
            return _on_time(row, step)
        left, unit = step.share * row["amount"], Unit(row["unit"])
        reached = self.calendar.due(since, Limit(amount=left, unit=unit)) if left > CLOSE else since
        latest: datetime = max(row["due_at"], since)
        return min(reached + timedelta(minutes=step.after_min), latest)


def _rung(row: Row) -> Rung:
    return row["rung_share"], row["rung_min"]


def _at_rung(rung: Rung) -> Set:
    return {"rung_share": rung[0], "rung_min": rung[1]}


def _on_time(row: Row, step: Step) -> datetime:
    """When a step at the limit or after it comes, had the clock never stood still since."""
    at: datetime = row["due_at"] + timedelta(minutes=step.after_min)
    return at
