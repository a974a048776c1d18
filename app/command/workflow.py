"""What a move does to an incident's clocks. Pure: instants, limits and the calendar are given."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from app.catalogue.workflow import Limit, Unit, WorkCalendar
from app.core.ids import uuid7
from app.incident.workflow import PAUSED_IN, RUNS_IN, Clock, Move, Status

RUNNING, PAUSED, MET, CANCELLED, BREACHED = "running", "paused", "met", "cancelled", "breached"
UNENDED = frozenset({RUNNING, PAUSED, BREACHED})


class Clocks:
    """The current clocks of one incident and of its summons: at most one of a kind each.

    `changed` and `added` are what has to be written.
    """

    def __init__(  # noqa: PLR0913  # one value each of what a clock is made of
        self,
        incident_id: UUID,
        rows: list[dict[str, Any]],
        *,
        now: datetime,
        limit_of: Callable[[Clock], Limit],
        calendar: WorkCalendar,
        level: int,
        round_: int,
    ) -> None:
        self.incident_id = incident_id
        self.current: dict[str, dict[str, Any]] = {_key(r["kind"], r.get("summons_id")): _instants(r) for r in rows}
        self.changed: dict[UUID | str, dict[str, Any]] = {}
        self.added: list[dict[str, Any]] = []
        self.now, self.limit_of, self.calendar, self.level, self.round = now, limit_of, calendar, level, round_

    def after(self, move: Move, status: Status) -> None:
        """Carry out a row's columns: met, started, resumed; then end or pause what has no place in the new status."""
        for kind in move.meets:
            self.end(kind, MET)
        for kind in move.starts:
            self.start(kind)
        for kind in move.resumes:
            self.resume(kind)
        for kind in [Clock(name) for name in self.current if OF_SUMMONS not in name]:
            if kind not in RUNS_IN.get(status, frozenset()):
                self.end(kind, CANCELLED)
            elif status in PAUSED_IN:
                self._pause(kind)

    def end(self, kind: Clock, state: str, summons_id: Any = None) -> None:
        """Stop a clock. One that was breached stays so: an overdue fact is never erased."""
        row = self.current.get(_key(kind, summons_id))
        if row is None or row["state"] not in UNENDED or row["ended_at"] is not None:
            return
        self._set(row, state=row["state"] if row["state"] == BREACHED else state, ended_at=self.now, paused_at=None)

    def start(self, kind: Clock, summons_id: Any = None, limit: Limit | None = None) -> None:
        """Start a clock anew, of the incident or of one summons; the one before it stays in the history."""
        key = _key(kind, summons_id)
        before = self.current.pop(key, None)
        if before is not None:
            state = CANCELLED if before["state"] in (RUNNING, PAUSED) else before["state"]
            self._set(before, is_current=False, state=state, ended_at=before["ended_at"] or self.now)
        limit, started = limit or self.limit_of(kind), self.now
        row = {
            "id": uuid7(),
            "incident_id": self.incident_id,
            "summons_id": summons_id,
            "kind": kind.value,
            "state": RUNNING,
            "is_current": True,
            "round": self.round,
            "level": self.level,
            "amount": limit.amount,
            "unit": limit.unit.value,
            "started_at": started,
            "due_at": self.calendar.due(started, limit),
            "paused_at": None,
            "ended_at": None,
        }
        self.current[key] = row
        self.added.append(row)

    def resume(self, kind: Clock) -> None:
        """Let a clock go on: paused time is added to it; one that had stopped keeps its old start."""
        row = self.current.get(kind)
        if row is None:
            self.start(kind)
        elif row["state"] == PAUSED:
            left = self.calendar.elapsed(row["paused_at"], row["due_at"], Unit(row["unit"]))
            due = self.calendar.due(self.now, Limit(amount=left, unit=Unit(row["unit"]))) if left > 0 else self.now
            self._set(row, state=RUNNING, paused_at=None, due_at=due)
        elif row["ended_at"] is not None:
            limit = self.limit_of(kind)
            due = self.calendar.due(row["started_at"], limit)
            state = BREACHED if row["state"] == BREACHED else RUNNING
            self._set(row, state=state, ended_at=None, amount=limit.amount, due_at=due)

    def extend(self, kind: Clock, by: Limit) -> None:
        """Give a running clock more time, counted from where it would have ended."""
        row = self.current[kind]
        self._set(row, amount=row["amount"] + by.amount, due_at=self.calendar.due(row["due_at"], by))

    def _pause(self, kind: Clock) -> None:
        row = self.current[kind]
        if row["state"] == RUNNING:
            self._set(row, state=PAUSED, paused_at=self.now)

    def _set(self, row: dict[str, Any], **values: Any) -> None:
        row.update({"is_current": True} | values if "is_current" not in row else values)
        if row not in self.added:
            self.changed[row["id"]] = row

    @property
    def due_at(self) -> datetime | None:
        """The nearest limit that runs."""
        return min((r["due_at"] for r in self.current.values() if r["state"] == RUNNING), default=None)

    def overdue(self, kinds: tuple[Clock, ...], summons_id: Any = None) -> bool:
        """Whether any of these clocks is past its limit now."""
        rows = [self.current[key] for kind in kinds if (key := _key(kind, summons_id)) in self.current]
        return any(row["due_at"] < (row["ended_at"] or self.now) for row in rows)


OF_SUMMONS = "@"


def _key(kind: str, summons_id: Any) -> str:
    return str(kind) if summons_id is None else f"{kind}{OF_SUMMONS}{summons_id}"


def _instants(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _instant(value) if name.endswith("_at") else value for name, value in row.items()} | {
        "is_current": True
    }


def _instant(value: Any) -> datetime | None:
    return datetime.fromisoformat(value) if isinstance(value, str) else value
