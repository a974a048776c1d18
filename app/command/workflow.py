"""What a move, and time, do to an incident's clocks, and by which limits. Pure: instants and the calendar are given."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from app.catalogue.workflow import CLOSE, Limit, Step, Unit, WorkCalendar, chosen
from app.command.climbing import BREACHED, RUNNING, Climber, Passed
from app.core.ids import uuid7
from app.core.time import instant_of
from app.incident.workflow import PAUSED_IN, RUNS_IN, STEP_IN, Clock, Move, Status

PAUSED, MET, CANCELLED = "paused", "met", "cancelled"
UNENDED = frozenset({RUNNING, PAUSED, BREACHED})
MINUTES = {
    Clock.ACCEPT: 15,
    Clock.REGISTER: 15,
    Clock.DISPATCH: 15,
    Clock.ACKNOWLEDGE: 10,
    Clock.ARRIVE: 60,
    Clock.CHECK: 30,
}
"""The limits that hold when no rule, standard or centre says otherwise (workflow.md section 4, rule 9)."""
HANDLE, DECIDE = Limit(amount=1, unit=Unit.WORK_DAY), Limit(amount=24, unit=Unit.WORK_HOUR)


class Basis(NamedTuple):
    """A limit and where it comes from: `rule`, `standard`, `centre`, `default` or `whistle`, its code there, and the override that chose it."""

    limit: Limit
    source: str
    code: str | None = None
    override: Mapping[str, int] = {}

    def told(self, calendar: WorkCalendar) -> dict[str, Any]:
        """As it is kept with a clock: with the calendar it was counted by."""
        found = {"source": self.source, "code": self.code, "override": self.override}
        return self.limit.model_dump(mode="json") | found | _counted_by(calendar)


def basis_of(record: Mapping[str, Any], step: Clock | Step) -> Basis:
    """The limit of a step and where it is from: a routing rule, else the standard, the commanding centre, the default."""
    timed = Step(step.value)
    found = _basis_set(record, timed)
    minutes = MINUTES.get(Clock(step.value)) if step.value in set(Clock) else 30
    usual = HANDLE if minutes is None else Limit(amount=minutes, unit=Unit.MINUTE)
    return found or Basis(DECIDE if timed is Step.DECIDE else usual, "default")


def _basis_set(record: Mapping[str, Any], step: Step) -> Basis | None:
    centre, standard, ruled = record["commanding_centre"], record["standard"] or {}, record["routing"] or {}
    for source, limits, code in (
        ("rule", ruled.get("limits"), ruled.get("rule")),
        ("standard", standard.get("limits"), standard.get("code")),
        ("centre", (record["settings"] or {}).get("limits"), centre["code"]),
    ):
        found = chosen(limits or {}, step, record["priority"], centre["level"])
        if found is not None:
            return Basis(found.limit, source, code, found.override)
    return None


def limit_set(record: Mapping[str, Any], step: Step) -> Limit | None:
    """The limit of a step that the standard sets, or else the commanding centre."""
    found = _basis_set(record, step)
    return found and found.limit


def limit_of(record: Mapping[str, Any], step: Clock | Step) -> Limit:
    """The limit of a step."""
    return basis_of(record, step).limit


class Clocks:
    """The current clocks of one incident and of its summons: at most one of a kind each.

    `changed`, `added` and `entries` have to be written. A start and an end are told by the clock's own row; `entries`
    are what a row cannot tell afterwards: pauses, how much was left after one, extensions, and that a clock which had
    ended went on. `seq` is the line of the incident's history they are of.
    """

    def __init__(  # noqa: PLR0913  # one value each of what a clock is made of
        self,
        incident_id: UUID,
        rows: list[dict[str, Any]],
        *,
        now: datetime,
        basis_of: Callable[[Clock], Basis],
        climber: Climber,
        level: int,
        round_: int,
    ) -> None:
        self.incident_id = incident_id
        self.current: dict[str, dict[str, Any]] = {_key(r["kind"], r.get("summons_id")): _instants(r) for r in rows}
        self.changed: dict[UUID | str, dict[str, Any]] = {}
        self.added: list[dict[str, Any]] = []
        self.entries: list[dict[str, Any]] = []
        self.now = self.stops_at = now
        self.basis_of, self.level, self.round = basis_of, level, round_
        self.climber, self.calendar = climber, climber.calendar
        self.seq = 0

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
        """Stop a clock: one that is met at `stops_at`. One that was breached stays so: that is never erased."""
        row = self.current.get(_key(kind, summons_id))
        if row is None or row["state"] not in UNENDED or row["ended_at"] is not None:
            return
        ended = max(self.stops_at, row["started_at"]) if state == MET else self.now
        state = row["state"] if row["state"] == BREACHED else state
        self._set(row, state=state, ended_at=ended, paused_at=None, acts_at=None)

    def start(self, kind: Clock, summons_id: Any = None, limit: Limit | None = None) -> None:
        """Start a clock anew, of the incident or of one summons; the one before it stays in the history."""
        key = _key(kind, summons_id)
        before = self.current.pop(key, None)
        if before is not None:
            state = CANCELLED if before["state"] in (RUNNING, PAUSED) else before["state"]
            self._set(before, is_current=False, state=state, ended_at=before["ended_at"] or self.now, acts_at=None)
        basis, started = self.basis_of(kind) if limit is None else Basis(limit, "whistle"), self.now
        row = {
            "id": uuid7(),
            "incident_id": self.incident_id,
            "summons_id": summons_id,
            "kind": kind.value,
            "state": RUNNING,
            "is_current": True,
            "round": self.round,
            "level": self.level,
            "amount": basis.limit.amount,
            "limit_amount": basis.limit.amount,
            "unit": basis.limit.unit.value,
            "basis": basis.told(self.calendar),
            "started_at": started,
            "due_at": self.calendar.due(started, basis.limit),
            "paused_at": None,
            "ended_at": None,
        }
        row |= self.climber.started(row)
        self.current[key] = row
        self.added.append(row)

    def resume(self, kind: Clock) -> None:
        """Let a clock go on: paused time is added to it; one that had stopped keeps its old start."""
        row = self.current.get(kind)
        if row is None:
            self.start(kind)
        elif row["state"] == PAUSED:
            left = self.calendar.elapsed(row["paused_at"], row["due_at"], Unit(row["unit"]))
            # One that was late when it paused stays late: it is due when it was.
            late = left <= CLOSE
            due = row["due_at"] if late else self.calendar.due(self.now, Limit(amount=left, unit=Unit(row["unit"])))
            self._set(row, state=RUNNING, paused_at=None, due_at=due)
            self._enter(row, "resumed", left=left)
            self._arm(row)
        elif row["paused_at"] is not None:
            stood = self.now - row["paused_at"]
            self._set(row, paused_at=None, acts_at=row["acts_at"] and row["acts_at"] + stood)
            self._enter(row, "resumed", left=0.0)
        elif row["ended_at"] is not None:
            self._reopen(row, self.basis_of(kind))

    def _reopen(self, row: dict[str, Any], basis: Basis) -> None:
        """Let a clock that had ended go on. With the limit it had it is due when it was, pauses and extensions in it.

        With another one it counts anew from its old start; what pauses and extensions had added is added to that.
        """
        self._enter(row, row["state"], at=row["ended_at"])
        state, limit, had = BREACHED if row["state"] == BREACHED else RUNNING, basis.limit, _limit_of(row)
        self._set(row, state=state, ended_at=None)
        if limit == had:
            self._enter(row, "reopened")
            self._arm(row)
            return
        added = self.calendar.elapsed(self.calendar.due(row["started_at"], had), row["due_at"], had.unit)
        due, amount = self.calendar.due(row["started_at"], limit), limit.amount
        if added > CLOSE:
            more = self.calendar.in_unit(due, Limit(amount=added, unit=had.unit), limit.unit)
            due, amount = self.calendar.due(due, more), amount + more.amount
        told = basis.told(self.calendar) | {
            "amount": limit.amount,
            "unit": limit.unit,
            "carried": amount - limit.amount,
        }
        self._set(row, amount=amount, limit_amount=limit.amount, unit=limit.unit.value, due_at=due)
        self._enter(row, "reopened", **told)
        self._arm(row)

    def extend(self, kind: Clock, by: Limit, **said: Any) -> None:
        """Give a running clock more time, counted in its own unit from where it would have ended."""
        row = self.current[kind]
        more = self.calendar.in_unit(row["due_at"], by, Unit(row["unit"]))
        self._set(row, amount=row["amount"] + more.amount, due_at=self.calendar.due(row["due_at"], more))
        self._enter(row, "extended", amount=more.amount, asked=by.model_dump(mode="json"), **said)
        self._arm(row)

    def climb(self, row: dict[str, Any]) -> list[Passed]:
        """Climb every step of a clock's ladder whose time has come, and say which."""
        passed, made = self.climber.climbed(row, self.now)
        if made:
            self._set(row, **made)
        return passed

    def _arm(self, row: dict[str, Any]) -> None:
        self._set(row, **self.climber.armed(row, self.now))

    def hand(self, status: Status, *, down: bool) -> None:
        """Begin the step anew at the level that commands now. Handing it down was the upper level's part: that is met."""
        kind = STEP_IN.get(status)
        if kind is not None and (down or status is Status.REGISTERED):
            if down:
                self.end(kind, MET)
            self.start(kind)

    def limit(self, kind: Clock) -> Limit:
        """The limit a current clock started with, without what was added."""
        return _limit_of(self.current[kind])

    def _pause(self, kind: Clock) -> None:
        row = self.current[kind]
        if row["state"] in (RUNNING, BREACHED) and row["ended_at"] is None and row["paused_at"] is None:
            self._set(row, state=BREACHED if row["state"] == BREACHED else PAUSED, paused_at=self.now)
            self._enter(row, "paused")

    def _enter(self, row: dict[str, Any], what: str, at: datetime | None = None, **details: Any) -> None:
        entry = {"clock_id": row["id"], "seq": self.seq, "what": what, "at": at or self.now, "due_at": row["due_at"]}
        self.entries.append(entry | {"details": details | _counted_by(self.calendar)})

    def _set(self, row: dict[str, Any], **values: Any) -> None:
        row.update({"is_current": True} | values if "is_current" not in row else values)
        if row not in self.added:
            self.changed[row["id"]] = row

    @property
    def due_at(self) -> datetime | None:
        """The nearest limit that runs, or has passed without its step being done."""
        going = (r for r in self.current.values() if r["state"] in (RUNNING, BREACHED))
        return min((r["due_at"] for r in going if r["ended_at"] is None and r["paused_at"] is None), default=None)

    def overdue(self, kinds: tuple[Clock, ...], summons_id: Any = None) -> bool:
        """Whether any of these clocks is past its limit when it stops."""
        rows = [self.current[key] for kind in kinds if (key := _key(kind, summons_id)) in self.current]
        return any(row["due_at"] < (row["ended_at"] or self.stops_at) for row in rows)


OF_SUMMONS = "@"


def _key(kind: str, summons_id: Any) -> str:
    return str(kind) if summons_id is None else f"{kind}{OF_SUMMONS}{summons_id}"


def _limit_of(row: Mapping[str, Any]) -> Limit:
    return Limit(amount=row["limit_amount"] or row["amount"], unit=Unit(row["unit"]))


def _counted_by(calendar: WorkCalendar) -> dict[str, Any]:
    return {"calendar": calendar.id, "calendar_version": calendar.version}


def _instants(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: instant_of(value) if name.endswith("_at") else value for name, value in row.items()} | {
        "is_current": True
    }
